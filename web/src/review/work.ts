/** Work under way on an item: who has it in hand, and what was written but not decided. Neither stops anybody from reading. */
import { api, Fault, take } from '@/api/client'
import type { Item } from './items'

export interface Draft {
  /** Which choice it was for. */
  choice: string
  amount: string
  reason: string
  text: string
}

/** The draft that came with an item, if it is one that this console wrote. */
export function draftOf(item: Item): Draft | undefined {
  const draft = item.draft as Partial<Draft> | null
  if (typeof draft?.choice !== 'string' || typeof draft.text !== 'string' || draft.text === '') return undefined
  return { choice: draft.choice, amount: draft.amount ?? '', reason: draft.reason ?? '', text: draft.text }
}

/** Keeps a draft. One that cannot be kept now is no reason to stop writing. */
export async function keep(key: string, draft: Draft): Promise<void> {
  const body = draft as unknown as Record<string, never>
  await take(api.PUT('/api/review/items/{key}/draft', { params: { path: { key } }, body })).catch(() => undefined)
}

export async function drop(key: string): Promise<void> {
  await take(api.DELETE('/api/review/items/{key}/draft', { params: { path: { key } } })).catch(() => undefined)
}

/** Takes an item in hand; the answer says who has it already. */
export async function hold(key: string): Promise<string> {
  try {
    await take(api.PUT('/api/review/items/{key}/lock', { params: { path: { key } } }))
    return ''
  } catch (fault) {
    return fault instanceof Fault && fault.status === 409 ? fault.message : ''
  }
}

export async function letGo(key: string): Promise<void> {
  await take(api.DELETE('/api/review/items/{key}/lock', { params: { path: { key } } })).catch(() => undefined)
}
