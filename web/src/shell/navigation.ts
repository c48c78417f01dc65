/** What the menu offers: each entry to those who may do the thing it is for. */
import type { Session } from '@/session/session'

export interface Entry {
  /** Name of its route, and of its text under `nav`. */
  name: string
  group: 'work' | 'supervision' | 'rules' | 'money' | 'system'
  /** The action, as the server's permission table names it. */
  needs: string
  /** Further condition. */
  when?: (session: Session) => boolean
}

/** An account of an institution answers findings; the agency's accounts review them. */
export function isProvider(session: Session): boolean {
  return session.user.role === 'hospital_office' || session.user.role === 'clinician'
}

export const ENTRIES: Entry[] = [
  { name: 'review', group: 'work', needs: 'read_queue', when: (session) => !isProvider(session) },
  { name: 'inbox', group: 'work', needs: 'read_queue', when: isProvider },
  { name: 'samples', group: 'work', needs: 'sample' },
  { name: 'cockpit', group: 'supervision', needs: 'read_dashboard' },
  { name: 'institutions', group: 'supervision', needs: 'read_dashboard', when: (session) => !isProvider(session) },
  { name: 'persons', group: 'supervision', needs: 'read_persons' },
  { name: 'rules', group: 'rules', needs: 'read_rules' },
  { name: 'revisions', group: 'rules', needs: 'read_revisions' },
  { name: 'knowledge', group: 'rules', needs: 'read_rules' },
  { name: 'settlements', group: 'money', needs: 'read_settlements' },
  { name: 'statement', group: 'money', needs: 'read_notice' },
  { name: 'users', group: 'system', needs: 'read_users' },
  { name: 'accessLog', group: 'system', needs: 'read_access_log' },
]

/** The entries of a session, in order. */
export function offered(session: Session): Entry[] {
  return ENTRIES.filter((entry) => session.actions.includes(entry.needs) && (entry.when?.(session) ?? true))
}

/** Where a session begins: a leader with figures, others with their work. */
export function home(session: Session): string {
  const names = offered(session).map((entry) => entry.name)
  if (session.user.role === 'leader' && names.includes('cockpit')) return 'cockpit'
  return names[0] ?? 'account'
}
