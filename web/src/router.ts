/** Addresses. Each view is loaded when it is first opened; a view says which action it is for (`needs`). */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { whenSignedOut } from './api/client'
import { i18n } from './locale'
import { current, forget, load } from './session/session'
import { home } from './shell/navigation'

declare module 'vue-router' {
  interface RouteMeta {
    /** Stands without the shell, and for everybody. */
    alone?: boolean
    /** The action that it is for. */
    needs?: string
    /** Key of its title under `nav`, when its name is none. */
    title?: string
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'signIn', component: () => import('./session/sign-in.vue'), meta: { alone: true } },
  { path: '/password', name: 'password', component: () => import('./session/password.vue'), meta: { alone: true } },
  { path: '/', name: 'home', redirect: () => ({ name: current.value ? home(current.value) : 'signIn' }) },
  { path: '/review', name: 'review', component: () => import('./review/queue.vue'), meta: { needs: 'read_queue' } },
  { path: '/review/:key', name: 'reviewItem', component: () => import('./review/case.vue'), meta: { needs: 'read_item', title: 'review' } },
  { path: '/batch', name: 'batch', component: () => import('./review/many/batch.vue'), meta: { needs: 'batch' } },
  { path: '/assign', name: 'assign', component: () => import('./review/many/assign.vue'), meta: { needs: 'assign' } },
  { path: '/samples', name: 'samples', component: () => import('./review/many/samples.vue'), meta: { needs: 'sample' } },
  { path: '/inbox', name: 'inbox', component: () => import('./review/queue.vue'), meta: { needs: 'read_queue' } },
  { path: '/inbox/:key', name: 'inboxItem', component: () => import('./review/case.vue'), meta: { needs: 'read_item', title: 'inbox' } },
  { path: '/cockpit', name: 'cockpit', component: () => import('./cockpit/cockpit.vue'), meta: { needs: 'read_dashboard' } },
  { path: '/library', name: 'rules', component: () => import('./rules/list.vue'), meta: { needs: 'read_rules' } },
  { path: '/library/:id', name: 'rule', component: () => import('./rules/rule.vue'), meta: { needs: 'read_rules', title: 'rules' } },
  { path: '/library/:id/revise', name: 'newRevision', component: () => import('./rules/new-revision.vue'), meta: { needs: 'manage_rules', title: 'revisions' } },
  { path: '/revisions', name: 'revisions', component: () => import('./rules/revisions.vue'), meta: { needs: 'read_revisions' } },
  { path: '/revisions/:number', name: 'revision', component: () => import('./rules/revision.vue'), meta: { needs: 'read_revisions', title: 'revisions' } },
  { path: '/knowledge', name: 'knowledge', component: () => import('./rules/knowledge.vue'), meta: { needs: 'read_rules' } },
  { path: '/settlements', name: 'settlements', component: () => import('./settlements/list.vue'), meta: { needs: 'read_settlements' } },
  { path: '/settlements/:id', name: 'settlement', component: () => import('./settlements/settlement.vue'), meta: { needs: 'read_settlements', title: 'settlements' } },
  { path: '/statement', name: 'statement', component: () => import('./settlements/statement.vue'), meta: { needs: 'read_notice' } },
  { path: '/notices', redirect: ({ query }) => ({ name: 'statement', query }) },
  { path: '/institutions', name: 'institutions', component: () => import('./institutions/list.vue'), meta: { needs: 'read_dashboard' } },
  { path: '/institutions/:id', name: 'institution', component: () => import('./institutions/institution.vue'), meta: { needs: 'read_institutions', title: 'institutions' } },
  { path: '/persons', name: 'persons', component: () => import('./persons/list.vue'), meta: { needs: 'read_persons' } },
  { path: '/users', name: 'users', component: () => import('./users/list.vue'), meta: { needs: 'read_users' } },
  { path: '/access-log', name: 'accessLog', component: () => import('./access-log/list.vue'), meta: { needs: 'read_access_log' } },
  { path: '/account', name: 'account', component: () => import('./session/account.vue') },
  { path: '/:elsewhere(.*)*', name: 'notFound', component: () => import('./shell/not-found.vue') },
]

export const router = createRouter({ history: createWebHistory(), routes })

router.beforeEach(async (to) => {
  const session = await load()
  if (to.name === 'signIn') return session ? { name: home(session) } : true
  if (!session) return { name: 'signIn', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (session.must_change_password && to.name !== 'password') return { name: 'password' }
  return true
})

router.afterEach((to) => {
  const { t, te } = i18n.global
  const key = `nav.${to.meta.title ?? String(to.name)}`
  document.title = te(key) ? `${t(key)} · ${t('app.name')}` : t('app.name')
})

whenSignedOut(() => {
  const at = router.currentRoute.value
  forget()
  if (!at.meta.alone) void router.replace({ name: 'signIn', query: { next: at.fullPath } })
})
