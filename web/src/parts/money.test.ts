import { describe, expect, it } from 'vitest'
import { fenOf, yuan } from './money'

describe('money', () => {
  it.each([
    [0, '0.00'],
    [5, '0.05'],
    [-5, '-0.05'],
    [123456, '1,234.56'],
    [100000000, '1,000,000.00'],
    [-99999999999999, '-999,999,999,999.99'],
  ])('%d fen reads %s', (fen, text) => {
    expect(yuan(fen)).toBe(text)
  })

  it.each([
    ['1,234.5', 123450],
    ['0.05', 5],
    [' 12 ', 1200],
    ['0.1', 10],
  ])('%s is %d fen', (text, fen) => {
    expect(fenOf(text)).toBe(fen)
  })

  it.each(['', '1.234', '-1', 'abc', '1.', '.5', '1e3'])('%s is no amount', (text) => {
    expect(fenOf(text)).toBeUndefined()
  })
})
