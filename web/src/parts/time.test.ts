import { describe, expect, it } from 'vitest'
import { daysUntil, moment, today } from './time'

describe('time', () => {
  it('is told in China, wherever the browser stands', () => {
    expect(moment('2026-11-27T20:05:00Z')).toBe('2026-11-28 04:05')
    expect(moment('2026-11-27T13:05:00+08:00')).toBe('2026-11-27 13:05')
    expect(today(new Date('2026-11-27T16:00:00Z'))).toBe('2026-11-28')
  })

  it('counts days over months and leap days', () => {
    expect(daysUntil('2028-03-01', '2028-02-28')).toBe(2)
    expect(daysUntil('2026-11-27', '2026-11-27')).toBe(0)
    expect(daysUntil('2026-11-26', '2026-11-27')).toBe(-1)
  })
})
