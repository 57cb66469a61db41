import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Pending } from '../../src/journal/pending.js'
import type { JournalBatch, StoredLetter } from '../../src/journal/records.js'
import { dispatchOf, eventAt } from './support.js'

const letter = (id: string, returns = 0): StoredLetter => ({
  id,
  event: undefined,
  strategy: 's',
  reason: 'poison',
  error: { code: undefined, message: '', stack: [] },
  attempts: 1,
  returns,
  at: 1,
})

/** A pending whose count of dispatch records that were given up is seen. */
function watched() {
  const given: number[] = []
  return { pending: new Pending((count) => given.push(count)), given }
}

const ids = (letters: JournalBatch['letters']) => letters?.map(({ id }) => id)

describe('letters that wait for a journal that takes nothing', () => {
  it('leave nothing behind where they go before a batch with them was tried', () => {
    const { pending } = watched()
    for (let n = 0; n < 50_000; n += 1) {
      pending.letter(letter(`l-${n}`))
      if (n >= 10) pending.letterGone(`l-${n - 10}`)
    }
    const batch = pending.take()
    expect(batch.letters).toHaveLength(10)
    expect(batch.lettersGone).toBeUndefined()
  })

  it('are told gone where a batch with them failed: it may have been written all the same', () => {
    const { pending } = watched()
    pending.letter(letter('tried'))
    pending.letter(letter('stays'))
    const failed = pending.take()
    pending.putBack(failed)
    pending.letterGone('tried')
    pending.letter(letter('untried'))
    pending.letterGone('untried')
    const batch = pending.take()
    expect(ids(batch.letters)).toEqual(['stays'])
    expect(batch.lettersGone).toEqual(['tried'])
  })

  it('are told gone where they go while a batch with them is written, be it that it fails', () => {
    const { pending } = watched()
    pending.letter(letter('a'))
    const failed = pending.take()
    pending.letterGone('a')
    pending.putBack(failed)
    expect(pending.take()).toEqual({ lettersGone: ['a'] })
  })

  it('are told gone where they came back before the journal was told that they had gone', () => {
    const { pending } = watched()
    // It is in the journal, is sent out, comes back, and is evicted.
    pending.letterGone('a')
    pending.letter(letter('a', 1))
    pending.letterGone('a')
    expect(pending.take()).toEqual({ lettersGone: ['a'] })
  })

  it('are no more than were tried in one batch and a bound, however many retries fail', () => {
    const most = 500
    const held = 50
    const pending = new Pending(() => {}, most)
    let largest = 0
    for (let round = 1; round <= 100; round += 1) {
      for (let n = 0; n < held; n += 1) {
        pending.letter(letter(`l-${round}-${n}`))
        if (round > 1) pending.letterGone(`l-${round - 1}-${n}`)
      }
      pending.event(eventAt(round))
      pending.settle(round)
      const batch = pending.take()
      const gone = batch.lettersGone?.length ?? 0
      largest = Math.max(largest, gone)
      // What is new does not go with very many that are gone, so that no more are tried; events do not wait for that.
      expect(batch.letters?.length ?? 0).toBe(gone > most ? 0 : held)
      expect(batch.settled === undefined).toBe(gone > most)
      expect(batch.events?.map(({ sequence }) => sequence)).toEqual([round])
      pending.putBack(batch)
    }
    expect(largest).toBeGreaterThan(most)
    expect(largest).toBeLessThanOrEqual(most + held)
    expect(pending.take()).toMatchObject({ lettersGone: { length: largest } })
    const rest = pending.take()
    expect(rest.letters).toHaveLength(held)
    expect(rest.settled).toEqual([{ from: 1, to: 100 }])
    expect(pending.empty).toBe(true)
  })

  it('go all at once where no further batch may come', () => {
    const { pending } = watched()
    for (let n = 0; n < 60_000; n += 1) pending.letterGone(`l-${n}`)
    pending.letter(letter('last'))
    expect(ids(pending.take(true).letters)).toEqual(['last'])
    expect(pending.empty).toBe(true)
  })

  it('come to what is held, whatever was written of batches that failed', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const) }),
      fc.record({ kind: fc.constantFrom('leave' as const, 'return' as const), pick: fc.nat(1_000) }),
      fc.record({ kind: fc.constant('take' as const) }),
      fc.record({ kind: fc.constantFrom('written' as const, 'failed' as const, 'lost' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const pending = new Pending(() => {}, 3)
        // Two are in the journal from the run before.
        const held = new Map(['r-1', 'r-2'].map((id) => [id, 0]))
        const out = new Map<string, number>()
        const journal = new Map(held)
        let flying: JournalBatch | undefined
        let next = 0
        const apply = (batch: JournalBatch): void => {
          for (const { id, returns } of batch.letters ?? []) journal.set(id, returns)
          for (const id of batch.lettersGone ?? []) journal.delete(id)
        }
        const enter = (id: string, returns: number): void => {
          held.set(id, returns)
          pending.letter(letter(id, returns))
        }
        for (const one of steps) {
          if (one.kind === 'enter') enter(`l-${next++}`, 0)
          if (one.kind === 'leave' && held.size > 0) {
            const [id, returns] = [...held][one.pick % held.size] as [string, number]
            held.delete(id)
            out.set(id, returns)
            pending.letterGone(id)
          }
          if (one.kind === 'return' && out.size > 0) {
            const [id, returns] = [...out][one.pick % out.size] as [string, number]
            out.delete(id)
            enter(id, returns + 1)
          }
          if (one.kind === 'take') flying ??= pending.take()
          if (flying === undefined) continue
          if (one.kind === 'written' || one.kind === 'lost') apply(flying)
          if (one.kind === 'failed' || one.kind === 'lost') pending.putBack(flying)
          if (one.kind === 'written' || one.kind === 'failed' || one.kind === 'lost') flying = undefined
        }
        if (flying !== undefined) pending.putBack(flying)
        while (!pending.empty) apply(pending.take())
        expect([...journal].sort()).toEqual([...held].sort())
      }),
      { numRuns: 2_000 },
    )
  })
})

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
