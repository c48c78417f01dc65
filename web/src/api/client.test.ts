import { afterEach, describe, expect, it, vi } from 'vitest'
import { attempt, Fault, faultOf, take, whenSignedOut } from './client'

const answer = (status: number, more: object) => Promise.resolve({ response: new Response(null, { status }), ...more })

describe('answers', () => {
  afterEach(() => whenSignedOut(() => undefined))

  it('are their data, also when there is none', async () => {
    expect(await take(answer(200, { data: { total: 3 } }))).toEqual({ total: 3 })
    expect(await take(answer(204, {}))).toBeUndefined()
  })

  it('are faults that say what to do', async () => {
    const error = { title: '该案件刚被他人处理过', status: 409, detail: '请刷新后再操作', code: 'outdated' }
    await expect(take(answer(409, { error }))).rejects.toMatchObject({ status: 409, code: 'outdated', message: '该案件刚被他人处理过：请刷新后再操作' })
  })

  it('tell that nobody is signed in any more', async () => {
    const signedOut = vi.fn()
    whenSignedOut(signedOut)
    await expect(take(answer(401, { error: {} }))).rejects.toBeInstanceOf(Fault)
    expect(signedOut).toHaveBeenCalledOnce()
  })

  it('that never came are passing faults; refusals are not', async () => {
    await expect(take(Promise.reject(new TypeError('Failed to fetch')))).rejects.toMatchObject({ isPassing: true })
    expect(faultOf(503, 'not JSON').isPassing).toBe(true)
    expect(faultOf(422, null)).toMatchObject({ isPassing: false, title: '' })
  })

  it('to attempts have names that differ', () => {
    expect(new Set(Array.from({ length: 100 }, attempt)).size).toBe(100)
  })
})
