/** Columns of settlements. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'at', label: 'settlement.at', width: 150 },
  { id: 'id', label: 'settlement.id', width: 200, grow: 1 },
  { id: 'institution', label: 'item.institution', width: 180, grow: 1 },
  { id: 'person', label: 'item.person', width: 160 },
  { id: 'kind', label: 'settlement.kind', width: 110 },
  { id: 'total', label: 'bill.total', width: 120, right: true },
  { id: 'fund', label: 'settlement.fund', width: 120, right: true },
  { id: 'account', label: 'settlement.account', width: 120, right: true },
  { id: 'cash', label: 'settlement.cash', width: 120, right: true },
]
