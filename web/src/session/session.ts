/** Who is signed in, and what they may do. Held by a cookie that scripts cannot read. */
import { api, Fault, take, type Schema } from '@/api/client'
import { queries } from '@/api/queries'
import { ref, shallowRef } from 'vue'

export type Session = Schema['SessionAnswer']

/** The session; nothing while nobody is signed in. */
export const current = shallowRef<Session | undefined>()
const asked = ref(false)

/** The session, asked of the server once a page load. */
export async function load(): Promise<Session | undefined> {
  if (!asked.value) {
    try {
      current.value = await take(api.GET('/api/session'))
    } catch (fault) {
      if (!(fault instanceof Fault) || fault.status !== 401) throw fault
      current.value = undefined
    }
    asked.value = true
  }
  return current.value
}

/** Asks again: rights may have changed. */
export async function reload(): Promise<Session | undefined> {
  asked.value = false
  return load()
}

export async function signIn(account: string, password: string, code: string): Promise<Session> {
  const session = await take(api.POST('/api/session', { body: { account, password, code: code || null } }))
  queries.clear()
  current.value = session
  asked.value = true
  return session
}

export async function signOut(): Promise<void> {
  await take(api.DELETE('/api/session'))
  forget()
}

/** Drops everything that the last user saw. */
export function forget(): void {
  queries.clear()
  current.value = undefined
  asked.value = true
}

/** Whether the session may do something, by the name of the server's permission table. */
export function may(action: string): boolean {
  return current.value?.actions.includes(action) ?? false
}
