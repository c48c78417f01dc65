/** Columns of settlements. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'at', label: 'settlement.at', width: 146 },
  { id: 'id', label: 'settlement.id', width: 186, grow: 1 },
  { id: 'institution', label: 'item.institution', width: 140, grow: 2 },
  { id: 'person', label: 'item.person', width: 186 },
  { id: 'kind', label: 'settlement.kind', width: 64 },
  { id: 'total', label: 'bill.total', width: 116, right: true },
  { id: 'fund', label: 'settlement.fund', width: 116, right: true },
  { id: 'account', label: 'settlement.account', width: 116, right: true },
  { id: 'cash', label: 'settlement.cash', width: 116, right: true },
]
