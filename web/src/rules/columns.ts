/** Columns of the rules, by what became of their findings. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'rule_name', label: 'item.rule', width: 240, grow: 2, sort: 'rule_name' },
  { id: 'items', label: 'rules.items', width: 90, right: true, sort: 'items', descendingFirst: true },
  { id: 'at_stake_fen', label: 'item.atStake', width: 130, right: true, sort: 'at_stake_fen', descendingFirst: true },
  { id: 'open', label: 'rules.open', width: 90, right: true, sort: 'open', descendingFirst: true },
  { id: 'upheld', label: 'rules.upheld', width: 90, right: true, sort: 'upheld', descendingFirst: true },
  { id: 'reversed', label: 'rules.reversed', width: 90, right: true, sort: 'reversed', descendingFirst: true },
  { id: 'precision_parts', label: 'rules.precision', width: 110, right: true, sort: 'precision_parts' },
]
