import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Digest } from '../../src/metrics/digest.js'

const of = (feed: (digest: Digest) => void, seed = 0): string => {
  const digest = new Digest(seed)
  feed(digest)
  return digest.hex()
}

describe('Digest', () => {
  it('is equal on every machine and version for equal content', () => {
    const digest = new Digest()
    digest.integer(1)
    digest.number(2.5)
    digest.string('AAPL')
    digest.integer(-9_007_199_254_740_991)
    digest.number(Number.NaN)
    expect(digest.hex()).toBe('bcb693dbf45b74cf')
  })

  it('has 16 hexadecimal digits, and is not changed by being read', () => {
    const digest = new Digest(1)
    expect(digest.hex()).toMatch(/^[0-9a-f]{16}$/)
    digest.string('a')
    const first = digest.hex()
    expect(digest.hex()).toBe(first)
    digest.string('b')
    expect(digest.hex()).not.toBe(first)
  })

  it('tells doubles apart by every bit, and takes every NaN as one', () => {
    const numbers = [0, -0, 1, 1 + Number.EPSILON, Number.MIN_VALUE, Number.POSITIVE_INFINITY, Number.NaN]
    expect(new Set(numbers.map((value) => of((digest) => digest.number(value)))).size).toBe(numbers.length)
    const bits = new DataView(new ArrayBuffer(8))
    bits.setBigUint64(0, 0xfff8000000000123n)
    expect(of((digest) => digest.number(bits.getFloat64(0)))).toBe(of((digest) => digest.number(Number.NaN)))
  })

  it('tells integers apart beyond 32 bits and by sign', () => {
    const numbers = [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER]
    expect(new Set(numbers.map((value) => of((digest) => digest.integer(value)))).size).toBe(numbers.length)
  })

  it('depends on order, on where one string ends, and on the seed', () => {
    const words = (...list: string[]): string =>
      of((digest) => {
        for (const word of list) digest.string(word)
      })
    expect(
      new Set([words('ab', 'c'), words('a', 'bc'), words('abc'), words('c', 'ab'), words('ab', 'c', '')]).size,
    ).toBe(5)
    expect(words('\u0000')).not.toBe(words('\u0000\u0000'))
    expect(of((digest) => digest.string('a'), 1)).not.toBe(of((digest) => digest.string('a'), 2))
  })

  it('gives different content a different digest', () => {
    const content = fc.array(fc.oneof(fc.integer(), fc.double(), fc.string()), { maxLength: 8 })
    const digestOf = (values: readonly (number | string)[]): string =>
      of((digest) => {
        for (const value of values) {
          if (typeof value === 'string') digest.string(value)
          else digest.number(value)
        }
      })
    fc.assert(
      fc.property(content, content, (a, b) => {
        const equal = a.length === b.length && a.every((value, at) => Object.is(value, b[at]))
        expect(digestOf(a) === digestOf(b)).toBe(equal)
      }),
    )
  })

  it('moves about half of its bits when one bit of the content moves, and has no collision in 200,000', () => {
    const seen = new Set<string>()
    let moved = 0
    for (let value = 0; value < 100_000; value += 1) {
      const [a, b] = [of((digest) => digest.integer(value)), of((digest) => digest.integer(value + 2 ** 40))]
      seen.add(a).add(b)
      if (value < 1_000) {
        for (const bit of (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2)) if (bit === '1') moved += 1
      }
    }
    expect(seen.size).toBe(200_000)
    expect(moved / 1_000).toBeGreaterThan(30)
    expect(moved / 1_000).toBeLessThan(34)
  })
})
