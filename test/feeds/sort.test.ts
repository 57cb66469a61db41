import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { trade } from '../../src/events/catalogue/market.js'
import { defineEvent } from '../../src/events/define.js'
import type { EventDraft } from '../../src/events/draft.js'
import { type Feed, type FeedItem, FeedProblem } from '../../src/feeds/feed.js'
import { memoryFeed } from '../../src/feeds/memory.js'
import { sortFeed } from '../../src/feeds/sort.js'
import { stocknetFeed } from '../../src/feeds/stocknet.js'
import { behind, contextOf, data, failure, folder, onData, readAll, withoutData } from './support.js'

const at = (timestamp: number, id: string): EventDraft =>
  trade({
    id,
    timestamp,
    symbol: 'Ä',
    symbols: ['Ä', 'B'],
    price: 1.1,
    size: 1,
    correlationId: 'root',
    causationId: 'parent',
  })

const ids = (items: readonly FeedItem[]): string[] =>
  items.map((item) => (item instanceof FeedProblem ? `problem ${item.position}` : (item.id ?? '')))

/** Numbers that look shuffled and are the same each time. */
const shuffled = (count: number, range: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 7919 + 13) % range)

describe('sortFeed', () => {
  it('is a stable sort, in memory and through the temporary file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 1200 }), async (times) => {
        const items = times.map((time, i) => at(time, `${i}`))
        const expected = ids([...items].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0)))
        for (const maxEvents of [256, 100_000]) {
          const { drafts, largestBatch } = await readAll(sortFeed(memoryFeed('m', items), { maxEvents }))
          expect(ids(drafts)).toEqual(expected)
          expect(largestBatch).toBeLessThanOrEqual(256)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('merges runs by level when there are very many', async () => {
    // 70 runs of 256: 64 of them become one of the next level.
    const items = shuffled(256 * 70 + 10, 1000).map((time, i) => at(time, `${i}`))
    const expected = ids([...items].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0)))
    expect(ids((await readAll(sortFeed(memoryFeed('m', items), { maxEvents: 256 }))).drafts)).toEqual(expected)
  })

  it('gives events back from the file as they were', async () => {
    const own = defineEvent({
      type: 'own.thing',
      payload: z.object({ when: z.date(), tags: z.map(z.string(), z.bigint()), gone: z.string().optional() }),
    })
    const payload = { when: new Date(5), tags: new Map([['a', 2n ** 70n]]) }
    const items: FeedItem[] = [
      own({ id: 'own', timestamp: 0.25, ...payload }),
      { type: 'x', id: 'input', timestamp: '1970-01-01T00:00:00.001Z', payload: { at: new Date(7), nan: Number.NaN } },
      ...shuffled(600, 600).map((time) => at(time + 2.125, `t${time}`)),
    ]
    const { items: sorted, drafts } = await readAll(sortFeed(memoryFeed('m', items), { maxEvents: 256 }))
    expect(sorted).toHaveLength(602)
    expect(sorted.slice(0, 2)).toEqual(items.slice(0, 2))
    expect(drafts[0]?.definition).toBe(own)
    expect(drafts[1]).toEqual(at(2.125, 't0'))
    expect(drafts[1]?.definition).toBe(trade)
  })

  it('passes problems on, and puts inputs without a time behind the event that they followed', async () => {
    const items: FeedItem[] = [
      at(9, 'a'),
      { type: 'x', id: 'b' },
      new FeedProblem('m', 3, 'broken'),
      at(1, 'c'),
      { type: 'x', id: 'd' },
    ]
    const { items: sorted } = await readAll(sortFeed(memoryFeed('m', items)))
    expect(ids(sorted)).toEqual(['problem 3', 'c', 'd', 'a', 'b'])
  })

  it('shows the way in and the way out as progress', async () => {
    const sorted = sortFeed(
      memoryFeed(
        'm',
        shuffled(1000, 1000).map((time) => at(time, `${time}`)),
      ),
      { maxEvents: 256 },
    )
    expect(sorted.total).toBe(2000)
    let first: number | undefined
    for await (const _ of sorted.read(contextOf())) first ??= sorted.progress?.()
    expect(first).toBeGreaterThan(1000)
    expect(first).toBeLessThan(1400)
    expect(sorted.progress?.()).toBe(2000)
  })

  describe('its temporary files', () => {
    const many = shuffled(2000, 2000).map((time) => at(time, `${time}`))

    it('are gone when the feed has been read', async () => {
      const directory = await folder()
      await readAll(sortFeed(memoryFeed('m', many), { maxEvents: 256, directory }))
      expect(readdirSync(directory)).toEqual([])
    })

    it('are gone when the reader ends early', async () => {
      const directory = await folder()
      for await (const _ of sortFeed(memoryFeed('m', many), { maxEvents: 256, directory }).read(contextOf())) break
      expect(readdirSync(directory)).toEqual([])
    })

    it('are gone when the input fails, whose own error is told', async () => {
      const directory = await folder()
      let closed = false
      const failing: Feed = {
        name: 'failing',
        recorded: true,
        async *read() {
          try {
            yield many
            throw new Error('the disk is gone')
          } finally {
            closed = true
          }
        },
      }
      const sorted = sortFeed(failing, { maxEvents: 256, directory })
      expect(await failure(() => readAll(sorted))).toBe('OUTCRY_FEED_FAILED failing: the disk is gone')
      expect(closed).toBe(true)
      expect(readdirSync(directory)).toEqual([])
    })

    it('cannot be made where there is no such folder, which is said', async () => {
      const sorted = sortFeed(memoryFeed('m', many), { maxEvents: 256, directory: '/no/such/folder' })
      expect(await failure(() => readAll(sorted))).toMatch(/^OUTCRY_FEED_FAILED m: there is no such file/)
    })
  })

  it('refuses a live feed and options out of range', async () => {
    expect(await failure(() => sortFeed(memoryFeed('live', [], { recorded: false })))).toMatch(/^OUTCRY_OPTION_INVALID/)
    expect(await failure(() => sortFeed(memoryFeed('m', []), { maxEvents: 0 }))).toMatch(
      /^OUTCRY_OPTION_INVALID sortFeed.maxEvents: .*\(got 0\)$/,
    )
  })

  it.skipIf(withoutData)(onData('puts the tweets in order, of which 2,479 were not'), async () => {
    const path = data('news/stocknet/tweets-88tickers-2014-06-02_09.jsonl')
    expect(behind((await readAll(stocknetFeed(path))).drafts)).toBe(2479)
    const { drafts } = await readAll(sortFeed(stocknetFeed(path), { maxEvents: 300 }))
    expect(drafts).toHaveLength(2555)
    expect(behind(drafts)).toBe(0)
  })
})
