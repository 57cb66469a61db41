import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RangeSet } from '../../src/journal/ranges.js'

describe('a set of sequences', () => {
  it('is what a plain set is', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(6)).map(([from, length]) => ({ from, to: from + length }))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), fc.nat(70), fc.nat(70), (added, from, to) => {
        const ranges = new RangeSet(added)
        const plain = new Set<number>()
        for (const one of added) for (let n = one.from; n <= one.to; n += 1) plain.add(n)
        expect(ranges.count).toBe(plain.size)
        for (let n = 0; n < 75; n += 1) expect(ranges.has(n)).toBe(plain.has(n))
        const list = ranges.list()
        for (const [index, one] of list.entries()) {
          expect(one.from).toBeLessThanOrEqual(one.to)
          // No two that touch.
          expect(one.from).toBeGreaterThan((list[index - 1]?.to ?? -2) + 1)
        }
        const missing = ranges.missing(from, to).flatMap((gap) => {
          const all: number[] = []
          for (let n = gap.from; n <= gap.to; n += 1) all.push(n)
          return all
        })
        const expected: number[] = []
        for (let n = from; n <= to; n += 1) if (!plain.has(n)) expected.push(n)
        expect(missing).toEqual(expected)
      }),
    )
  })

  it('grows by what comes in order without a search', () => {
    const ranges = new RangeSet()
    for (let n = 1; n <= 10_000; n += 1) ranges.add(n)
    expect(ranges.list()).toEqual([{ from: 1, to: 10_000 }])
  })
})
