import { describe, expect, it } from 'vitest'
import { RandomStreams, Sfc32, streamOf } from '../../src/environment/random.js'

const draws = (streams: RandomStreams, name: string, count = 5): number[] =>
  Array.from({ length: count }, () => streams.stream(name).fraction())

/** sfc32 written with 64-bit integers and explicit masks, after the author's C. */
function reference(a: number, b: number, c: number, count: number): number[] {
  const mask = 0xffffffffn
  let [x, y, z, n] = [BigInt(a >>> 0), BigInt(b >>> 0), BigInt(c >>> 0), 1n]
  const next = (): number => {
    const drawn = (x + y + n) & mask
    n = (n + 1n) & mask
    x = y ^ (y >> 9n)
    y = (z + ((z << 3n) & mask)) & mask
    z = ((((z << 21n) & mask) | (z >> 11n)) + drawn) & mask
    return Number(drawn)
  }
  for (let round = 0; round < 12; round += 1) next()
  return Array.from({ length: count }, next)
}

describe('random streams', () => {
  it('draw what the published generator draws', () => {
    const generator = new Sfc32(0xdeadbeef, 0x12345678, 0xffffffff)
    expect(Array.from({ length: 100 }, () => generator.next())).toEqual(
      reference(0xdeadbeef, 0x12345678, 0xffffffff, 100),
    )
  })

  it('give one seed and name the same numbers on every machine and version', () => {
    const stream = streamOf(42, 'jitter')
    expect(Array.from({ length: 4 }, () => stream.next())).toEqual([2115410086, 3142948734, 2549825980, 3168613814])
  })

  it('do not shift each other', () => {
    const alone = draws(new RandomStreams(7), 'a', 10)
    const streams = new RandomStreams(7)
    const mixed = Array.from({ length: 10 }, () => {
      draws(streams, 'b', 3)
      return streams.stream('a').fraction()
    })
    expect(mixed).toEqual(alone)
  })

  it('differ by name and by seed, even by the last bit of a fraction', () => {
    const firsts = [
      draws(new RandomStreams(1), 'a'),
      draws(new RandomStreams(1), 'b'),
      draws(new RandomStreams(1), 'ab'),
      draws(new RandomStreams(1 + Number.EPSILON), 'a'),
      draws(new RandomStreams(2), 'a'),
    ]
    expect(new Set(firsts.flat()).size).toBe(25)
  })

  it('stay in [0, 1) and spread evenly', () => {
    const stream = streamOf(9, 'spread')
    const bins = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 100_000; draw += 1) {
      const value = stream.fraction()
      if (!(value >= 0 && value < 1)) expect.unreachable(`drew ${value}`)
      const bin = Math.floor(value * 10)
      bins[bin] = (bins[bin] ?? 0) + 1
    }
    // Six standard deviations of a binomial of 100,000 draws at 1/10 are 570.
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(570)
  })

  it('remember a bounded number of names; those beyond share one stream and leave the others alone', () => {
    const streams = new RandomStreams(3, 2)
    const [firstOfA] = draws(streams, 'a', 1)
    draws(streams, 'b', 1)
    for (let name = 0; name < 1_000; name += 1) streams.stream(`extra ${name}`).fraction()
    expect(streams.size).toBe(2)
    expect([firstOfA, ...draws(streams, 'a', 1)]).toEqual(draws(new RandomStreams(3), 'a', 2))
  })
})
