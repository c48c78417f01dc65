/** Columns of the access log. It is read as it was written: newest first. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'at', label: 'log.at', width: 150 },
  { id: 'account', label: 'signIn.account', width: 120 },
  { id: 'action', label: 'log.action', width: 190 },
  { id: 'subject', label: 'log.subject', width: 240, grow: 2 },
  { id: 'outcome', label: 'log.outcome', width: 90 },
  { id: 'reason', label: 'log.reason', width: 200, grow: 2 },
]
