/** Bounds the streams that one environment remembers. */
const MAX_STREAMS = 65_536

/** Finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit moves every output bit. */
function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * sfc32, "small fast counting" generator by Chris Doty-Humphrey (PractRand): 128 bits of state, one
 * of them a counter, so that no seed has a short period. Only 32-bit integer operations, which are
 * exact by the language's definition, so a seed gives the same numbers on every version of Node.
 */
export class Sfc32 {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(a: number, b: number, c: number) {
    this.#a = a | 0
    this.#b = b | 0
    this.#c = c | 0
    // The author's warm-up: seeds that differ in one bit have drifted apart by then.
    for (let round = 0; round < 12; round += 1) this.next()
  }

  /** An integer in [0, 2^32). */
  next(): number {
    const drawn = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + drawn) | 0
    return drawn >>> 0
  }

  /** A number in [0, 1) with all the 53 bits that a double holds. */
  fraction(): number {
    const high = this.next() >>> 5
    const low = this.next() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }
}

/** A generator whose state is a hash of a seed and a name. */
export function streamOf(seed: number, name: string): Sfc32 {
  // A seed need not be an integer of 32 bits, so all the bits of the double count.
  const bits = new Uint32Array(new Float64Array([seed]).buffer)
  const words = [bits[0] ?? 0, bits[1] ?? 0, name.length]
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = 0xb7e15162
  const absorb = (word: number): void => {
    a = mix(a ^ word)
    b = mix((b + a) ^ Math.imul(word, 0xcc9e2d51))
    c = mix((c + b) ^ Math.imul(word, 0x1b873593))
  }
  for (const word of words) absorb(word)
  for (let at = 0; at < name.length; at += 1) absorb(name.charCodeAt(at))
  return new Sfc32(a, b, c)
}

/**
 * Named streams of one seed. Each is a generator of its own, so that one more draw in one place
 * does not shift what any other place draws.
 */
export class RandomStreams {
  readonly #seed: number
  readonly #limit: number
  readonly #streams = new Map<string, Sfc32>()
  #last: Sfc32 | undefined
  #lastName: string | undefined
  #overflow: Sfc32 | undefined

  constructor(seed: number, limit = MAX_STREAMS) {
    this.#seed = seed
    this.#limit = limit
  }

  /** How many streams are remembered. */
  get size(): number {
    return this.#streams.size
  }

  /**
   * The generator of that name. Names beyond the bound share one stream: to forget one that was
   * drawn from would repeat its numbers, and to fail would make a lack of names a lack of chance.
   */
  stream(name: string): Sfc32 {
    if (this.#last !== undefined && this.#lastName === name) return this.#last
    let found = this.#streams.get(name)
    if (found === undefined) {
      if (this.#streams.size >= this.#limit) {
        this.#overflow ??= streamOf(this.#seed, '')
        return this.#overflow
      }
      found = streamOf(this.#seed, name)
      this.#streams.set(name, found)
    }
    this.#last = found
    this.#lastName = name
    return found
  }
}
