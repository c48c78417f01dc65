/** Columns of the accounts. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'account', label: 'signIn.account', width: 130, sort: 'account' },
  { id: 'name', label: 'account.name', width: 110, sort: 'name' },
  { id: 'role_label', label: 'account.role', width: 120, sort: 'role_label' },
  { id: 'areas', label: 'users.scope', width: 200, grow: 1 },
  { id: 'state', label: 'users.state', width: 170 },
  { id: 'changed_at', label: 'users.changed', width: 150, sort: 'changed_at', descendingFirst: true },
  { id: 'acts', label: 'users.acts', width: 250 },
]
