import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TopK } from '../../src/metrics/top-k.js'

describe('TopK', () => {
  it('keeps at most K keys and one bucket for the others, with exact sums, over 100,000 types (row 3467)', () => {
    const statistics = new TopK(100, ['delivered', 'failed'])
    for (let type = 0; type < 100_000; type += 1) {
      statistics.add(`type.${type}`, 'delivered', 3)
      if (type % 10 === 0) statistics.add(`type.${type}`, 'failed')
    }
    expect(statistics.size).toBe(100)
    expect(statistics.entries()).toHaveLength(100)
    expect(statistics.totals()).toEqual({ delivered: 300_000, failed: 10_000 })
    const kept = statistics.entries().reduce((sum, entry) => sum + entry.figures.delivered, 0)
    expect(kept + statistics.other().delivered).toBe(300_000)
  })

  it('is exact for every key while there is room', () => {
    const statistics = new TopK(3, ['count'])
    for (const key of ['a', 'b', 'a', 'c', 'a', 'c']) statistics.add(key, 'count')
    expect(statistics.entries()).toEqual([
      { key: 'a', figures: { count: 3 } },
      { key: 'c', figures: { count: 2 } },
      { key: 'b', figures: { count: 1 } },
    ])
    expect(statistics.other()).toEqual({ count: 0 })
  })

  it('keeps a heavy key that comes late among many that come once', () => {
    const statistics = new TopK(10, ['count'])
    for (let once = 0; once < 5_000; once += 1) statistics.add(`early ${once}`, 'count')
    for (let once = 0; once < 5_000; once += 1) {
      statistics.add(`late ${once}`, 'count')
      if (once % 3 === 0) statistics.add('heavy', 'count')
    }
    expect(statistics.entries()[0]?.key).toBe('heavy')
  })

  it('keeps every key that has more than 1 / K of all counts, and loses none', () => {
    const stream = fc.array(fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 5 })), { maxLength: 300 })
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 8 }), (adds, limit) => {
        const statistics = new TopK(limit, ['count'])
        const exact = new Map<string, number>()
        let total = 0
        for (const [key, count] of adds) {
          statistics.add(`${key}`, 'count', count)
          exact.set(`${key}`, (exact.get(`${key}`) ?? 0) + count)
          total += count
        }
        expect(statistics.totals()).toEqual({ count: total })
        const entries = statistics.entries()
        expect(entries.length).toBeLessThanOrEqual(limit)
        for (const { key, figures } of entries) expect(figures.count).toBeLessThanOrEqual(exact.get(key) ?? 0)
        for (const [key, count] of exact) {
          if (count > total / limit) expect(entries.map((entry) => entry.key)).toContain(key)
        }
      }),
    )
  })

  it('moves the figures of a key that it forgets to the others', () => {
    const statistics = new TopK(2, ['count'])
    statistics.add('a', 'count', 5)
    statistics.add('b', 'count', 2)
    expect([statistics.forget('a'), statistics.forget('a')]).toEqual([true, false])
    statistics.add('b', 'count')
    expect(statistics.get('a')).toBeUndefined()
    expect(statistics.get('b')).toEqual({ count: 3 })
    expect([statistics.size, statistics.other(), statistics.totals()]).toEqual([1, { count: 5 }, { count: 8 }])
  })

  it('ranks the rest as before when a key is forgotten', () => {
    const statistics = new TopK(3, ['count'])
    for (const [key, count] of [
      ['a', 5],
      ['b', 2],
      ['c', 1],
    ] as const)
      statistics.add(key, 'count', count)
    statistics.forget('a')
    expect(statistics.entries().map(({ key }) => key)).toEqual(['b', 'c'])
    statistics.add('d', 'count', 3)
    statistics.add('e', 'count', 1)
    expect(statistics.entries().map(({ key }) => key)).toEqual(['d', 'b', 'e'])
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a limit of %d', (limit) => {
    expect(() => new TopK(limit, ['count'])).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'limit' }),
    )
  })
})
