/** Columns of the rules, by what became of their findings; of revisions; of knowledge points. */
import type { Column } from '@/parts/table'

export const COLUMNS: Column[] = [
  { id: 'name', label: 'item.rule', width: 220, grow: 2, sort: 'name' },
  { id: 'version', label: 'rules.version', width: 70, right: true, sort: 'version' },
  { id: 'status', label: 'rules.status', width: 120, sort: 'status' },
  { id: 'severity', label: 'item.severity', width: 112, sort: 'severity' },
  { id: 'mode', label: 'rules.mode', width: 130, sort: 'mode' },
  { id: 'items', label: 'rules.items', width: 80, right: true, sort: 'items', descendingFirst: true },
  { id: 'at_stake_fen', label: 'item.atStake', width: 134, right: true, sort: 'at_stake_fen', descendingFirst: true },
  { id: 'open', label: 'rules.open', width: 70, right: true, sort: 'open', descendingFirst: true },
  { id: 'upheld', label: 'rules.upheld', width: 70, right: true, sort: 'upheld', descendingFirst: true },
  { id: 'reversed', label: 'rules.reversed', width: 80, right: true, sort: 'reversed', descendingFirst: true },
  { id: 'precision_parts', label: 'rules.precision', width: 100, right: true, sort: 'precision_parts' },
]

export const REVISIONS: Column[] = [
  { id: 'number', label: 'revision.number', width: 80, right: true, sort: 'number', descendingFirst: true },
  { id: 'rule_name', label: 'item.rule', width: 200, grow: 1, sort: 'rule_name' },
  { id: 'version', label: 'rules.version', width: 100, sort: 'version' },
  { id: 'stage', label: 'item.state', width: 120, sort: 'stage' },
  { id: 'author_name', label: 'revision.author', width: 120, sort: 'author_name' },
  { id: 'changed_at', label: 'users.changed', width: 150, sort: 'changed_at', descendingFirst: true },
  { id: 'note', label: 'revision.note', width: 220, grow: 2 },
]

export const POINTS: Column[] = [
  { id: 'name', label: 'knowledge.name', width: 200, grow: 2 },
  { id: 'rule_name', label: 'item.rule', width: 170, grow: 1 },
  { id: 'kind_label', label: 'knowledge.kind', width: 110 },
  { id: 'text', label: 'knowledge.limit', width: 240, grow: 3 },
  { id: 'status', label: 'rules.status', width: 130 },
  { id: 'valid', label: 'knowledge.valid', width: 190 },
  { id: 'code_count', label: 'knowledge.codes', width: 90, right: true },
]
