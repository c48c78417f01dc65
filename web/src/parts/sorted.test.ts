import { expect, it } from 'vitest'
import { sorted } from './sorted'

it('sorts numbers as numbers, words as Chinese, and what is unknown last either way', () => {
  const rows = [{ n: 10, w: '重庆' }, { n: null, w: '北京' }, { n: 9, w: '上海' }]
  const by = (by: string, descending: boolean) => sorted(rows, { by, descending }, (row, name) => (name === 'n' ? row.n : row.w)).map(({ w }) => w)
  expect(by('n', false)).toEqual(['上海', '重庆', '北京'])
  expect(by('n', true)).toEqual(['重庆', '上海', '北京'])
  expect(by('w', false)[0]).toBe('北京')
  expect(rows[0]?.n).toBe(10)
})
