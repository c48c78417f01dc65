import { describe, expect, it } from 'vitest'
import { limit, overall, stands, type Place } from './funnel'

const place = (items: number, visits: number): Place => ({ code: 'H1', name: '', items, visits })

describe('a funnel', () => {
  it('has one rate for all, by visits and not by institution', () => {
    expect(overall([place(1, 10), place(9, 90)])).toBeCloseTo(0.1)
    expect(overall([])).toBe(0)
  })

  it('is wide where there are few visits, and never below nothing', () => {
    expect(limit(0.1, 10, 1.96)).toBeGreaterThan(limit(0.1, 1000, 1.96))
    expect(limit(0.1, 10, -1.96)).toBe(0)
    expect(limit(0.04, 10_000, 3.09)).toBeCloseTo(0.04 + 3.09 * 0.002)
  })

  it('accuses nobody of what chance explains', () => {
    expect(stands(place(2, 10), 0.1)).toBe('within')
    expect(stands(place(200, 1000), 0.1)).toBe('above')
    expect(stands(place(20, 1000), 0.1)).toBe('below')
    expect(stands(place(3, 0), 0.1)).toBe('within')
  })
})
