/**
 * What can be decided about an item. The server says which steps are open to whoever asks (`may`); this table says how each is
 * offered: as which choices, with which reasons, and what has to be filled in. Their order is that of the keys 1, 2, 3 …
 */
import type { Schema } from '@/api/client'

/** What is sent, without reason and words. */
export type Step = Pick<Schema['ActWish'], 'kind'> & Partial<Schema['ActWish']>

export interface Choice {
  /** Its text under `choice`. */
  id: string
  /** The word in `may` that opens it. */
  may: string
  /** Reasons are those of this step; none are asked for when absent. */
  reasons?: string
  /** The reason that is chosen at first. */
  reason?: string
  /** An amount is to be given. */
  amount?: boolean
  /** Words are to be given. */
  text?: boolean
  /** Files may be attached. */
  attach?: boolean
  /** Members of a panel are to be named. */
  members?: boolean
  tone: 'refuse' | 'clear' | 'ask' | 'plain'
  /** What is sent. */
  step: (filled: Filled) => Step
}

export interface Filled {
  amount_fen: number | null
  members: string[]
}

const whole = (kind: 'second_review' | 'vote') => (): Step => ({ kind, amount_fen: null })
const part = (kind: 'second_review' | 'vote') => ({ amount_fen }: Filled): Step => ({ kind, amount_fen })
const nothing = (kind: 'second_review' | 'vote') => (): Step => ({ kind, amount_fen: 0 })

export const CHOICES: Choice[] = [
  {
    id: 'violation',
    may: 'first_review',
    reasons: 'first_review',
    reason: 'rule_confirmed',
    tone: 'refuse',
    step: () => ({ kind: 'first_review', verdict: 'violation', amount_fen: null }),
  },
  {
    id: 'part',
    may: 'first_review',
    reasons: 'first_review',
    reason: 'part_confirmed',
    amount: true,
    tone: 'refuse',
    step: ({ amount_fen }) => ({ kind: 'first_review', verdict: 'violation', amount_fen }),
  },
  {
    id: 'noViolation',
    may: 'first_review',
    reasons: 'first_review',
    reason: 'clinically_justified',
    tone: 'clear',
    step: () => ({ kind: 'first_review', verdict: 'no_violation' }),
  },
  {
    id: 'needDocuments',
    may: 'first_review',
    reasons: 'first_review',
    reason: 'need_record',
    tone: 'ask',
    step: () => ({ kind: 'first_review', verdict: 'need_documents' }),
  },
  { id: 'accept', may: 'accept', tone: 'clear', step: () => ({ kind: 'accept' }) },
  {
    id: 'appeal',
    may: 'appeal',
    reasons: 'appeal',
    reason: 'appeal_clinical',
    text: true,
    attach: true,
    tone: 'ask',
    step: () => ({ kind: 'appeal' }),
  },
  { id: 'withdraw', may: 'withdraw_appeal', tone: 'plain', step: () => ({ kind: 'withdraw_appeal' }) },
  { id: 'uphold', may: 'second_review', reasons: 'second_review', reason: 'rule_confirmed', tone: 'refuse', step: whole('second_review') },
  {
    id: 'upholdPart',
    may: 'second_review',
    reasons: 'second_review',
    reason: 'part_confirmed',
    amount: true,
    tone: 'refuse',
    step: part('second_review'),
  },
  {
    id: 'reverse',
    may: 'second_review',
    reasons: 'second_review',
    reason: 'clinically_justified',
    tone: 'clear',
    step: nothing('second_review'),
  },
  { id: 'convene', may: 'convene', members: true, tone: 'plain', step: ({ members }) => ({ kind: 'convene', members }) },
  { id: 'uphold', may: 'vote', reasons: 'vote', reason: 'rule_confirmed', text: true, tone: 'refuse', step: whole('vote') },
  { id: 'upholdPart', may: 'vote', reasons: 'vote', reason: 'part_confirmed', amount: true, text: true, tone: 'refuse', step: part('vote') },
  { id: 'reverse', may: 'vote', reasons: 'vote', reason: 'clinically_justified', text: true, tone: 'clear', step: nothing('vote') },
  { id: 'deduct', may: 'deduct', tone: 'refuse', step: () => ({ kind: 'deduct' }) },
  { id: 'resume', may: 'resume', reasons: 'resume', reason: 'investigated', tone: 'plain', step: () => ({ kind: 'resume' }) },
  { id: 'restore', may: 'restore', reasons: 'restore', reason: 'deducted_in_error', tone: 'clear', step: () => ({ kind: 'restore' }) },
  { id: 'escalate', may: 'escalate', reasons: 'escalate', reason: 'large_amount', tone: 'plain', step: () => ({ kind: 'escalate' }) },
]

/** The choices that are open. */
export function open(may: readonly string[]): Choice[] {
  return CHOICES.filter((choice) => may.includes(choice.may))
}

/** What is missing before a choice can be sent, as a key of the locale. */
export function missing(choice: Choice, filled: Filled & { text: string; reason: string }, most: number): string | undefined {
  if (choice.reasons && filled.reason === '') return 'decide.chooseReason'
  if (choice.amount && (filled.amount_fen === null || filled.amount_fen <= 0 || filled.amount_fen > most)) return 'decide.amountBetween'
  if ((choice.text || filled.reason === 'other') && filled.text.trim() === '') return 'decide.writeText'
  if (choice.members && (filled.members.length < 3 || filled.members.length % 2 === 0)) return 'decide.oddMembers'
  return undefined
}
