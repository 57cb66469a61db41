import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { streamOf } from '../../src/environment/random.js'
import { type FillRandom, UuidV7 } from '../../src/environment/uuid.js'

const LAYOUT = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function seeded(seed: number): FillRandom {
  const stream = streamOf(seed, 'test')
  return (words) => {
    for (let at = 0; at < words.length; at += 1) words[at] = stream.next() >>> 16
  }
}

const timeOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
const counterOf = (id: string): number =>
  Number.parseInt(id.slice(15, 18), 16) * 16_384 + (Number.parseInt(id.slice(19, 23), 16) & 0x3fff)

describe('UUIDv7', () => {
  it('has the layout, version, variant and time of RFC 9562', () => {
    // The time of the RFC's own example, appendix A.6.
    const id = new UuidV7(seeded(1)).next(0x017f22e279b0)
    expect(id).toMatch(LAYOUT)
    expect(id.slice(0, 13)).toBe('017f22e2-79b0')
  })

  it('cuts off the fraction of a millisecond', () => {
    expect(timeOf(new UuidV7(seeded(1)).next(1_000.999))).toBe(1_000)
  })

  it('ascends in the order of making, whatever the clock does', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.double({ min: 0, max: 2e12, noNaN: true }), { maxLength: 200 }),
        (seed, times) => {
          const ids = new UuidV7(seeded(seed))
          const made = times.map((time) => ids.next(time))
          expect([...new Set(made)].sort()).toEqual(made)
        },
      ),
    )
  })

  it('shows the time of a clock that moves on, and the latest time of one that went back', () => {
    const ids = new UuidV7(seeded(3))
    expect([5_000, 4_000, 5_001].map((time) => timeOf(ids.next(time)))).toEqual([5_000, 5_000, 5_001])
  })

  it('counts within a millisecond from a start below half of its range', () => {
    const ids = new UuidV7(seeded(4))
    const first = counterOf(ids.next(7))
    expect(first).toBeLessThan(2 ** 25)
    expect([counterOf(ids.next(7)), counterOf(ids.next(7.5))]).toEqual([first + 1, first + 2])
  })

  it('runs ahead of the clock when the counter of one millisecond is spent', () => {
    // All bits set: the counter begins at its highest start and is spent after 2^25 more.
    const ids = new UuidV7((words) => words.fill(0xffff))
    let last = ids.next(9)
    for (let made = 0; made < 2 ** 25; made += 1) last = ids.next(9)
    expect(timeOf(last)).toBe(9)
    expect(counterOf(last)).toBe(2 ** 26 - 1)
    expect(timeOf(ids.next(9))).toBe(10)
  })

  it.each([
    [-1, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 2 ** 48 - 1],
  ])('makes of the time %d the nearest that fits', (time, shown) => {
    const ids = new UuidV7(seeded(5))
    const [a, b] = [ids.next(time), ids.next(time)]
    expect(a).toMatch(LAYOUT)
    expect(timeOf(a)).toBe(shown)
    expect(b > a).toBe(true)
  })

  it('gives 200,000 ids without one twice (row 3471)', () => {
    const ids = new UuidV7(seeded(6))
    const seen = new Set<string>()
    for (let made = 0; made < 200_000; made += 1) seen.add(ids.next(made / 1_000))
    expect(seen.size).toBe(200_000)
  })
})
