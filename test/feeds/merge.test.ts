import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trade } from '../../src/events/catalogue/market.js'
import type { EventDraft } from '../../src/events/draft.js'
import { type Feed, type FeedItem, FeedProblem } from '../../src/feeds/feed.js'
import { memoryFeed } from '../../src/feeds/memory.js'
import { mergeFeeds } from '../../src/feeds/merge.js'
import { contextOf, failure, readAll } from './support.js'

const at = (timestamp: number, id: string): EventDraft =>
  trade({ id, timestamp, symbol: 'A', price: 1, size: 1, source: 'test' })

const ids = (items: readonly FeedItem[]): string[] =>
  items.map((item) => (item instanceof FeedProblem ? `problem ${item.position}` : (item.id ?? '')))

/** A feed that tells when it was closed. */
function watched(name: string, items: readonly FeedItem[], failAt = Number.POSITIVE_INFINITY) {
  const state = { closed: false, pulled: 0 }
  const feed: Feed = {
    name,
    recorded: true,
    total: items.length,
    progress: () => state.pulled,
    async *read() {
      try {
        for (const item of items) {
          if (state.pulled === failAt) throw new Error('the disk is gone')
          state.pulled += 1
          yield [item]
        }
      } finally {
        state.closed = true
      }
    },
  }
  return { feed, state }
}

describe('mergeFeeds', () => {
  it('orders by time, then by feed, then by place in the feed', async () => {
    const a = memoryFeed('a', [at(1, 'a1'), at(3, 'a2'), at(3, 'a3'), at(9, 'a4')], { batchItems: 1 })
    const b = memoryFeed('b', [at(1, 'b1'), at(2, 'b2'), at(3, 'b3')], { batchItems: 2 })
    const c = memoryFeed('c', [])
    expect(ids((await readAll(mergeFeeds([a, b, c]))).items)).toEqual(['a1', 'b1', 'b2', 'a2', 'a3', 'b3', 'a4'])
  })

  it('gives what a stable sort of all gives, whatever the feeds and their batches', async () => {
    const feedOf = fc.tuple(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 1, max: 5 }))
    await fc.assert(
      fc.asyncProperty(fc.array(feedOf, { maxLength: 9 }), async (specs) => {
        const lists = specs.map(([times], k) => times.sort((x, y) => x - y).map((time, i) => at(time, `${k}.${i}`)))
        const feeds = lists.map((list, k) => memoryFeed(`${k}`, list, { batchItems: specs[k]?.[1] ?? 1 }))
        const expected = lists.flat().sort((x, y) => (x.timestamp ?? 0) - (y.timestamp ?? 0))
        expect(ids((await readAll(mergeFeeds(feeds))).items)).toEqual(ids(expected))
      }),
    )
  })

  it('loses nothing of a feed that is out of order, and keeps its own order', async () => {
    const a = memoryFeed('a', [at(5, 'a1'), at(1, 'a2'), at(7, 'a3')])
    const b = memoryFeed('b', [at(2, 'b1'), at(6, 'b2')])
    expect(ids((await readAll(mergeFeeds([a, b]))).items)).toEqual(['b1', 'a1', 'a2', 'b2', 'a3'])
  })

  it('passes problems and inputs without a time through in their place', async () => {
    const a = memoryFeed('a', [at(1, 'a1'), new FeedProblem('a', 2, 'broken'), at(9, 'a3')])
    const b = memoryFeed('b', [
      at(2, 'b1'),
      { type: 'x', id: 'b2' },
      { type: 'x', id: 'b3', timestamp: 'nonsense' },
      at(3, 'b4'),
    ])
    expect(ids((await readAll(mergeFeeds([a, b]))).items)).toEqual(['a1', 'problem 2', 'b1', 'b2', 'b3', 'b4', 'a3'])
  })

  it('orders inputs by their time, whatever form it has', async () => {
    const a = memoryFeed('a', [{ type: 'x', id: 'a1', timestamp: '1970-01-01T00:00:00.005Z' }])
    const b = memoryFeed('b', [
      { type: 'x', id: 'b1', timestamp: new Date(4) },
      { type: 'x', id: 'b2', timestamp: 6 },
    ])
    expect(ids((await readAll(mergeFeeds([a, b]))).items)).toEqual(['b1', 'a1', 'b2'])
  })

  it('adds totals and progress up', async () => {
    const merged = mergeFeeds([memoryFeed('a', [at(1, 'a')]), memoryFeed('b', [at(1, 'b'), at(2, 'c')])])
    expect(merged.total).toBe(3)
    await readAll(merged)
    expect(merged.progress?.()).toBe(3)
    expect(mergeFeeds([memoryFeed('a', new Set([at(1, 'a')]))]).total).toBeUndefined()
  })

  it('closes every feed when the reader ends early', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => at(i, `${i}`))
    const a = watched('a', many)
    const b = watched('b', many)
    for await (const batch of mergeFeeds([a.feed, b.feed]).read(contextOf())) {
      expect(batch).toHaveLength(256)
      break
    }
    expect([a.state.closed, b.state.closed]).toEqual([true, true])
    // One batch of each is held, and no more.
    expect(a.state.pulled + b.state.pulled).toBeLessThanOrEqual(258)
  })

  it('fails with the error of the feed that failed, and closes the others', async () => {
    const a = watched('a', [at(1, 'a'), at(2, 'b')], 1)
    const b = watched('b', [at(1, 'c'), at(5, 'd')])
    expect(await failure(() => readAll(mergeFeeds([a.feed, b.feed])))).toBe(
      'OUTCRY_FEED_FAILED a + b: the disk is gone',
    )
    expect([a.state.closed, b.state.closed]).toEqual([true, true])
  })

  it('ends when the engine stops', async () => {
    const stop = new AbortController()
    const many = Array.from({ length: 1000 }, (_, i) => at(i, `${i}`))
    const a = watched('a', many)
    let batches = 0
    for await (const _ of mergeFeeds([a.feed]).read(contextOf(stop.signal))) {
      batches += 1
      stop.abort()
    }
    expect(batches).toBe(1)
    expect(a.state.closed).toBe(true)
  })

  it('refuses a live feed', async () => {
    expect(await failure(() => mergeFeeds([memoryFeed('ticker', [], { recorded: false })]))).toMatch(
      /^OUTCRY_OPTION_INVALID mergeFeeds: feed ticker is live/,
    )
  })
})
