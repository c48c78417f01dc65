import { describe, expect, it } from 'vitest'
import { CHOICES } from '@/review/choices'
import { COLUMNS } from '@/review/columns'
import { ENTRIES } from '@/shell/navigation'
import en from './en'
import zh from './zh-CN'

function texts(tree: object, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : texts(value as object, `${path}${key}.`)))
}

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()

describe('texts', () => {
  const chinese = new Map(texts(zh))
  const english = new Map(texts(en))

  it('are the same in both languages, with the same places to fill', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
    for (const [key, text] of chinese) expect([key, places(english.get(key) ?? '')]).toEqual([key, places(text)])
  })

  it('are Chinese in Chinese and not in English', () => {
    for (const [key, text] of chinese) if (key !== 'app.language') expect([key, /\p{Script=Han}/u.test(text)]).toEqual([key, true])
    for (const [key, text] of english) if (key !== 'app.language') expect([key, /\p{Script=Han}/u.test(text)]).toEqual([key, false])
  })

  it('are there for every key that a view names', () => {
    const sources = import.meta.glob<string>('../**/*.{vue,ts}', { query: '?raw', import: 'default', eager: true })
    const keys = Object.values(sources).flatMap((source) => [...source.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key ?? ''))
    expect(keys.length).toBeGreaterThan(100)
    expect(keys.filter((key) => !chinese.has(key))).toEqual([])
  })

  it('are there for everything that is named by data', () => {
    const named = [...CHOICES.map(({ id }) => `choice.${id}`), ...COLUMNS.map(({ label }) => label), ...ENTRIES.map(({ name }) => `nav.${name}`)]
    expect(named.filter((key) => !chinese.has(key))).toEqual([])
  })
})
