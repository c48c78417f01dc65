/** Columns of the institutions of the register and of findings, by what was found there and what became of it. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'name', label: 'item.institution', width: 210, grow: 2, sort: 'name' },
  { id: 'area', label: 'institutions.area', width: 90, sort: 'area' },
  { id: 'items', label: 'rules.items', width: 90, right: true, sort: 'items', descendingFirst: true },
  { id: 'at_stake_fen', label: 'item.atStake', width: 130, right: true, sort: 'at_stake_fen', descendingFirst: true },
  { id: 'open', label: 'rules.open', width: 90, right: true, sort: 'open', descendingFirst: true },
  { id: 'upheld', label: 'rules.upheld', width: 90, right: true, sort: 'upheld', descendingFirst: true },
  { id: 'reversed', label: 'rules.reversed', width: 90, right: true, sort: 'reversed', descendingFirst: true },
  { id: 'decided_fen', label: 'item.decided', width: 130, right: true, sort: 'decided_fen', descendingFirst: true },
  { id: 'deducted_fen', label: 'institutions.deducted', width: 130, right: true, sort: 'deducted_fen', descendingFirst: true },
]
