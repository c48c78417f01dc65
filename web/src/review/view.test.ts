import { describe, expect, it } from 'vitest'
import { BY_MONEY, queryOf, same, viewOf, type View } from './view'

describe('view', () => {
  it.each<View>([
    { filters: {}, order: BY_MONEY },
    { filters: { stage: 'first', q: '李 & 王' }, order: { by: 'due_on', descending: false } },
  ])('comes back from its address', (view) => {
    const address = new URLSearchParams(queryOf(view) as Record<string, string>).toString()
    const read = viewOf(Object.fromEntries(new URLSearchParams(address)))
    expect(read).toEqual(view)
    expect(same(read, view)).toBe(true)
  })

  it('takes nothing from an address that it does not know', () => {
    expect(viewOf({ stage: '', sort: 'money;drop', page: '7' })).toEqual({ filters: {}, order: BY_MONEY })
  })
})
