/** Columns of the queue. What the server can sort by carries `sort`. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'state', label: 'item.state', width: 126, sort: 'state' },
  { id: 'at_stake', label: 'item.atStake', width: 134, right: true, sort: 'at_stake', descendingFirst: true },
  { id: 'rule', label: 'item.rule', width: 156, grow: 3, sort: 'rule' },
  { id: 'severity', label: 'item.severity', width: 112, sort: 'severity' },
  { id: 'institution', label: 'item.institution', width: 146, grow: 2, sort: 'institution' },
  { id: 'person', label: 'item.person', width: 150 },
  { id: 'occurred_on', label: 'item.occurredOn', width: 108, sort: 'occurred_on', descendingFirst: true },
  { id: 'due_on', label: 'item.dueOn', width: 202, sort: 'due_on' },
  { id: 'assignee', label: 'item.assignee', width: 84, sort: 'assignee' },
]

/** An institution knows who it is, and who reviews it is none of its business. */
export const INBOX_COLUMNS: Column[] = COLUMNS.filter(({ id }) => !['institution', 'assignee'].includes(id))
