import { describe, expect, it } from 'vitest'
import { CHOICES, missing, open } from './choices'

const filled = { amount_fen: null, members: [], text: '', reason: 'rule_confirmed' }
const choice = (id: string, may: string) => {
  const found = CHOICES.find((one) => one.id === id && one.may === may)
  if (!found) throw new Error(id)
  return found
}

describe('choices', () => {
  it('a first reviewer decides with the keys one to five, an institution with one and two', () => {
    expect(open(['assign', 'first_review', 'escalate']).map(({ id }) => id)).toEqual(['violation', 'part', 'noViolation', 'needDocuments', 'escalate'])
    expect(open(['accept', 'appeal']).map(({ id }) => id)).toEqual(['accept', 'appeal'])
    expect(open([])).toEqual([])
  })

  it('send what they say', () => {
    expect(choice('violation', 'first_review').step(filled)).toEqual({ kind: 'first_review', verdict: 'violation', amount_fen: null })
    expect(choice('part', 'first_review').step({ ...filled, amount_fen: 120 })).toEqual({ kind: 'first_review', verdict: 'violation', amount_fen: 120 })
    expect(choice('reverse', 'vote').step(filled)).toEqual({ kind: 'vote', amount_fen: 0 })
    expect(choice('uphold', 'second_review').step(filled)).toEqual({ kind: 'second_review', amount_fen: null })
  })

  it.each([
    ['part', 'first_review', { amount_fen: 101 }, 'decide.amountBetween'],
    ['part', 'first_review', { amount_fen: 0 }, 'decide.amountBetween'],
    ['part', 'first_review', { amount_fen: null }, 'decide.amountBetween'],
    ['part', 'first_review', { amount_fen: 100 }, undefined],
    ['violation', 'first_review', { reason: '' }, 'decide.chooseReason'],
    ['violation', 'first_review', { reason: 'other' }, 'decide.writeText'],
    ['violation', 'first_review', {}, undefined],
    ['appeal', 'appeal', { text: ' ' }, 'decide.writeText'],
    ['convene', 'convene', { members: ['a', 'b'] }, 'decide.oddMembers'],
    ['convene', 'convene', { members: ['a', 'b', 'c', 'd'] }, 'decide.oddMembers'],
    ['convene', 'convene', { members: ['a', 'b', 'c'] }, undefined],
  ])('%s of %s with %o lacks %s', (id, may, more, lacks) => {
    expect(missing(choice(id, may), { ...filled, ...more }, 100)).toBe(lacks)
  })
})
