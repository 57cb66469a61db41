import { describe, expect, it } from 'vitest'
import { Pending } from '../../src/journal/pending.js'
import { dispatchOf } from './support.js'

/** A pending whose count of dispatch records that were given up is seen. */
function watched() {
  const given: number[] = []
  return { pending: new Pending((count) => given.push(count)), given }
}

describe('dispatch records that wait for a journal that takes nothing', () => {
  it('are given up beyond 100,000, the oldest first, and told of', () => {
    const { pending, given } = watched()
    for (let chunk = 1; chunk <= 100_001; chunk += 1) pending.dispatch(dispatchOf(chunk, chunk, chunk))
    expect(given).toEqual([50_000])
    const { dispatches } = pending.take()
    expect(dispatches).toHaveLength(50_001)
    expect(dispatches?.[0]?.chunk).toBe(50_001)
  })
})
