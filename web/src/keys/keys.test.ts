import { afterEach, describe, expect, it } from 'vitest'
import { holding, meant, type Key } from './keys'

const key = (press: string): Key => ({ press, label: press, act: () => undefined })
const press = (name: string, extra: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent('keydown', { key: name, ...extra })

describe('keys', () => {
  afterEach(() => holding.splice(0))

  it('the innermost view is asked first', () => {
    const [outer, inner] = [key('j'), key('j')]
    holding.push([outer, key('?')], [inner])
    expect(meant(press('j'), 0)?.label).toBe('j')
    expect(holding[1]?.[0]).toBe(meant(press('j'), 0))
    expect(meant(press('?'), 0)?.press).toBe('?')
  })

  it('two letters are one key when the second comes soon', () => {
    holding.push([key('g q'), key('q')])
    expect(meant(press('g'), 0)).toBeUndefined()
    expect(meant(press('q'), 500)?.press).toBe('g q')
    expect(meant(press('g'), 1000)).toBeUndefined()
    expect(meant(press('q'), 9000)?.press).toBe('q')
  })

  it('what the browser or an input method means is left alone', () => {
    holding.push([key('r')])
    expect(meant(press('r', { ctrlKey: true }), 0)).toBeUndefined()
    expect(meant(press('r', { isComposing: true }), 0)).toBeUndefined()
  })
})
