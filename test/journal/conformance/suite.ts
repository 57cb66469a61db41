import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isOutcryError } from '../../../src/errors.js'
import type { Journal } from '../../../src/journal/journal.js'
import type { StoredLetter } from '../../../src/journal/records.js'
import { all, dispatchOf, eventAt, eventsAt, run } from '../support.js'

/** One place to keep a journal, as the suite needs it. */
export interface Subject {
  /** A journal on the same place each time it is called: what another process would open. */
  journal(): Journal
  /** Lets go of it as a killed process would: nothing is written and nothing is kept from others. */
  kill(journal: Journal): Promise<void>
  dispose(): Promise<void>
}

/** What every journal has to do, whatever it stands on. */
export function conformance(name: string, make: () => Promise<Subject>): void {
  describe(`the journal's contract: ${name}`, () => {
    let subject: Subject
    let journal: Journal

    beforeEach(async () => {
      subject = await make()
      journal = subject.journal()
    })

    afterEach(async () => {
      await journal.close('clean', 0)
      await subject.dispose()
    })

    const reopen = async () => {
      await journal.close('clean', 2_000)
      journal = subject.journal()
      return journal.open(run(3_000))
    }

    const crash = async () => {
      await subject.kill(journal)
      journal = subject.journal()
      return journal.open(run(3_000))
    }

    it('is empty at first, and says so', async () => {
      const recovered = await journal.open(run())
      expect(recovered).toMatchObject({
        run: 1,
        lastSequence: 0,
        lastChunk: 0,
        unsettled: [],
        acknowledged: {},
        letters: [],
        snapshots: [],
        halts: [],
        breakers: [],
        position: undefined,
        damage: [],
      })
      expect(await all(journal.read())).toEqual([])
      expect(await all(journal.dispatches())).toEqual([])
      expect(await journal.recentIds(10)).toEqual([])
    })

    it('gives back what was appended, in order and equal in every field', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 600) }, true)
      await journal.append({ events: eventsAt(601, 601) }, false)
      await journal.append({ events: eventsAt(602, 700) }, true)
      expect(await all(journal.read())).toEqual(eventsAt(1, 700))
      await reopen()
      expect(await all(journal.read())).toEqual(eventsAt(1, 700))
      expect(journal.figures()).toMatchObject({ firstSequence: 1, lastSequence: 700 })
    })

    it('reads by sequence, by type, by symbol and by time', async () => {
      await journal.open(run())
      for (let from = 1; from <= 2_000; from += 100) await journal.append({ events: eventsAt(from, from + 99) }, false)
      const everything = eventsAt(1, 2_000)
      expect(await all(journal.read({ from: 250, to: 777 }))).toEqual(eventsAt(250, 777))
      expect(await all(journal.read({ types: ['news'] }))).toEqual(everything.filter(({ type }) => type === 'news'))
      expect(await all(journal.read({ types: ['none'] }))).toEqual([])
      expect(await all(journal.read({ types: ['news', 'bar'], from: 1_500 }))).toEqual(
        everything.filter(({ type, sequence }) => (type === 'news' || type === 'bar') && sequence >= 1_500),
      )
      expect(await all(journal.read({ symbols: ['EXTRA'] }))).toEqual(
        everything.filter(({ symbols }) => symbols.includes('EXTRA')),
      )
      expect(await all(journal.read({ since: 2_000_100, until: 2_000_110 }))).toEqual(eventsAt(100, 109))
    })

    it('reads a batch at a time, while more is appended', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 3_000) }, false)
      const sizes: number[] = []
      for await (const batch of journal.read()) {
        if (sizes.length === 0) await journal.append({ events: eventsAt(3_001, 3_100) }, false)
        sizes.push(batch.length)
      }
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3_000)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000)
      expect(Math.min(...sizes)).toBeGreaterThan(0)
    })

    it('knows which events are not at their end', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 100), settled: [{ from: 1, to: 40 }] }, true)
      await journal.append({ settled: [{ from: 50, to: 60 }] }, true)
      await journal.append({ settled: [{ from: 41, to: 45 }] }, true)
      const { unsettled } = await crash()
      expect(unsettled).toEqual([
        { from: 46, to: 49 },
        { from: 61, to: 100 },
      ])
    })

    it('keeps thousands of settled ranges, in whatever order they come', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 4_000) }, false)
      const some = (first: number, step: number) =>
        Array.from({ length: 5 }, (_, index) => ({ from: first + index * step, to: first + index * step })).filter(
          ({ from }) => from > 0,
        )
      // Every second one, and then from the back all the others but the last.
      for (let n = 2; n <= 3_992; n += 10) await journal.append({ settled: some(n, 2) }, false)
      for (let n = 3_997; n >= 1; n -= 10) await journal.append({ settled: some(n, -2) }, n < 10)
      const { unsettled } = await reopen()
      expect(unsettled).toEqual([{ from: 3_999, to: 3_999 }])
    })

    it('keeps dispatch records in the order in which they were made, a laggard among them', async () => {
      await journal.open(run())
      const first = [dispatchOf(1, 1, 256), dispatchOf(2, 257, 300)]
      const late = { ...dispatchOf(1, 0, -1), sequences: [], late: true, after: 320 }
      await journal.append({ events: eventsAt(1, 320), dispatches: first }, true)
      await journal.append({ dispatches: [dispatchOf(3, 301, 320), late, dispatchOf(4, 310, 311)] }, true)
      const entries = [...first, dispatchOf(3, 301, 320), late, dispatchOf(4, 310, 311)]
      expect(await all(journal.dispatches())).toEqual(entries)
      const { lastChunk } = await crash()
      expect(lastChunk).toBe(4)
      expect(await all(journal.dispatches())).toEqual(entries)
      expect((await all(journal.dispatches(3))).map(({ chunk }) => chunk)).toEqual([3, 4])
    })

    it('gives the last ids, oldest first: row 3471, dedupe kept across restarts', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 900) }, true)
      await reopen()
      expect(await journal.recentIds(3)).toEqual(['id-898', 'id-899', 'id-900'])
      expect(await journal.recentIds(700)).toEqual(eventsAt(201, 900).map(({ id }) => id))
      expect((await journal.recentIds(5_000)).length).toBe(900)
      expect(await journal.recentIds(0)).toEqual([])
    })

    it('keeps halts, breakers, snapshots, acknowledgements and the place in a recording', async () => {
      await journal.open(run())
      const halt = { symbol: 'AAPL', reason: 'news', since: 17 }
      const whole = { symbol: undefined, reason: 'all', since: 18 }
      const breaker = {
        format: 1 as const,
        name: 'breakout',
        state: 'open' as const,
        openings: 3,
        waitMs: 1_000,
        openUntil: 99_000,
        savedAt: 98_000,
        window: { ok: 1, failed: 2, slow: 0 },
      }
      const state = { levels: new Map([['AAPL', 1n]]), at: new Date(5) }
      await journal.append({ halts: [whole, halt], breakers: [breaker], acknowledged: { broker: 7, file: 3 } }, true)
      await journal.append(
        { snapshots: [{ strategy: 'a', chunk: 1, state: 'old' }], acknowledged: { broker: 9 } },
        true,
      )
      await journal.append({ snapshots: [{ strategy: 'a', chunk: 5, state }], halts: [halt] }, true)
      await journal.append({ position: { items: 12, sequence: 10 } }, true)
      const recovered = await crash()
      expect(recovered).toMatchObject({
        halts: [halt],
        breakers: [breaker],
        acknowledged: { broker: 9, file: 3 },
        position: { items: 12, sequence: 10 },
      })
      expect(recovered.snapshots).toEqual([{ strategy: 'a', chunk: 5, state }])
      await journal.append({ snapshotsGone: ['a'], halts: [] }, true)
      expect(await reopen()).toMatchObject({ snapshots: [], halts: [] })
    })

    it('keeps dead letters until they are gone: row 3463', async () => {
      await journal.open(run())
      const letter = (id: string, sequence: number): StoredLetter => ({
        id,
        event: eventAt(sequence),
        strategy: 's',
        reason: 'poison',
        error: { code: undefined, message: 'boom', stack: ['at x'] },
        attempts: 2,
        returns: 0,
        at: 1_234,
      })
      const bare: StoredLetter = {
        ...letter('01-c', 3),
        event: undefined,
        strategy: undefined,
        reason: 'refused',
        error: { code: 'X', message: '', stack: [] },
      }
      await journal.append({ letters: [letter('01-a', 1), letter('01-b', 2), bare] }, true)
      await journal.append({ lettersGone: ['01-a'], letters: [{ ...letter('01-b', 2), returns: 1 }] }, true)
      const { letters } = await crash()
      expect(letters).toEqual([{ ...letter('01-b', 2), returns: 1 }, bare])
    })

    it('takes what is appended again after a failure in the place of what that left behind', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 100) }, true)
      // Perhaps an append failed behind the caller's back, and was kept all the same.
      await journal.append({ events: eventsAt(101, 400) }, true)
      const again = eventsAt(101, 150).map(({ sequence }) => eventAt(sequence, { id: `again-${sequence}` }))
      await journal.append({ events: again }, true)
      expect((await all(journal.read({ from: 95 }))).map(({ id }) => id)).toEqual([
        ...eventsAt(95, 100).map(({ id }) => id),
        ...again.map(({ id }) => id),
      ])
    })

    it('lets go of events that were refused after all, and never gives their numbers out again', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 10) }, true)
      await journal.append({ removed: [{ from: 8, to: 12 }], settled: [{ from: 1, to: 7 }] }, true)
      expect((await all(journal.read())).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
      const { lastSequence, unsettled } = await reopen()
      expect(lastSequence).toBe(12)
      expect(unsettled).toEqual([])
    })

    it('remembers its runs and how each ended', async () => {
      await journal.open(run(1_000))
      await crash()
      expect((await reopen()).runs).toMatchObject([
        { run: 1, startedAt: 1_000, end: 'crashed', recovered: false, version: '0.0.0-test', configuration: 'c0ffee' },
        { run: 2, startedAt: 3_000, end: 'clean', endedAt: 2_000, recovered: true },
        { run: 3, startedAt: 3_000, end: undefined, recovered: false, quarantined: false },
      ])
    })

    it('forgets a run that only looked, and has what had crashed taken over by the next that does more', async () => {
      const killed = async () => {
        await subject.kill(journal)
        journal = subject.journal()
      }
      await journal.open(run(1_000))
      await killed()
      const looked = await journal.open({ ...run(2_000), look: true })
      expect(looked.runs).toMatchObject([{ end: 'crashed' }, { end: undefined, look: true }])
      await journal.close('clean', 2_500)
      journal = subject.journal()
      await journal.open({ ...run(2_600), look: true })
      await killed()
      const { runs } = await journal.open(run(3_000))
      expect(runs).toMatchObject([
        { run: 1, startedAt: 1_000, end: 'crashed' },
        { run: 2, startedAt: 3_000, end: undefined, recovered: true },
      ])
      expect(runs).toHaveLength(2)
    })

    it('is held by one at a time', async () => {
      await journal.open(run())
      const second = subject.journal()
      if (second === journal) return
      const error = await second.open(run()).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(isOutcryError(error) && error.code).toBe('OUTCRY_JOURNAL_LOCKED')
      // The first is none the worse for it.
      await journal.append({ events: eventsAt(1, 3) }, true)
      expect((await all(journal.read())).length).toBe(3)
    })

    it('forgets what is old and settled, and nothing that is not', async () => {
      await journal.open(run())
      for (let from = 1; from <= 1_000; from += 100) {
        const dispatches = [dispatchOf(from / 100 + 1, from, from + 99)].map((d) => ({
          ...d,
          chunk: Math.ceil(d.chunk),
        }))
        await journal.append({ events: eventsAt(from, from + 99), dispatches }, false)
      }
      await journal.append({ settled: [{ from: 1, to: 450 }] }, true)
      expect(await journal.trim({ before: 2_000_000 })).toBe(0)
      const forgotten = await journal.trim({ before: 9_000_000 })
      expect(forgotten).toBeGreaterThanOrEqual(400)
      expect(forgotten).toBeLessThanOrEqual(450)
      const { firstSequence } = journal.figures()
      expect(firstSequence).toBe(forgotten + 1)
      expect(await all(journal.read())).toEqual(eventsAt(firstSequence, 1_000))
      const { unsettled } = await reopen()
      expect(unsettled).toEqual([{ from: 451, to: 1_000 }])
      expect(await all(journal.read())).toEqual(eventsAt(firstSequence, 1_000))
      expect((await all(journal.dispatches())).every(({ sequences }) => (sequences.at(-1) ?? 0) >= firstSequence)).toBe(
        true,
      )
    })

    it('keeps as many events as the dedupe window asks for, however old', async () => {
      await journal.open(run())
      for (let from = 1; from <= 1_000; from += 50) await journal.append({ events: eventsAt(from, from + 49) }, false)
      await journal.append({ settled: [{ from: 1, to: 1_000 }] }, true)
      await journal.trim({ before: 9_000_000, keepEvents: 300 })
      expect((await all(journal.read())).length).toBeGreaterThanOrEqual(300)
      expect((await journal.recentIds(300)).length).toBe(300)
    })

    it('has nothing to complain of in what it wrote', async () => {
      await journal.open(run())
      await journal.append({ events: eventsAt(1, 500), dispatches: [dispatchOf(1, 1, 256)] }, true)
      const check = await journal.verify()
      expect(check).toMatchObject({ events: 500, dispatches: 1, problems: [] })
    })

    it('closes twice without harm, and takes nothing after that', async () => {
      await journal.open(run())
      await journal.close('clean', 1)
      await journal.close('clean', 2)
      const error = await journal.append({ events: eventsAt(1, 1) }, true).catch((reason: unknown) => reason)
      expect(isOutcryError(error) && error.code).toBe('OUTCRY_JOURNAL_FAILED')
    })
  })
}
