const C1 = 0x239b961b
const C2 = 0xab0e9789

/** Begins a string, so that `string('ab')` and two numbers of the same bits differ. */
const STRING = 0x53545247

/** Finaliser of MurmurHash3: every input bit moves every output bit. */
function finish(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/**
 * A rolling 64-bit hash of what happened in a run, to tell two runs apart. It is not cryptographic.
 *
 * The mixing is that of MurmurHash3_x86_128 (Austin Appleby, public domain) cut to two of its four
 * 32-bit lanes, with its finaliser. Only 32-bit integer operations and the bits of doubles, which
 * the language defines exactly, so that a digest is equal on every version of Node.
 *
 * The order of calls counts and values do not run into each other: a string is closed by its length.
 */
export class Digest {
  readonly #double = new Float64Array(1)
  readonly #words = new Uint32Array(this.#double.buffer)
  // Which word of a double is the low one differs between machines; the digest must not.
  readonly #low: 0 | 1
  readonly #high: 0 | 1
  #a: number
  #b: number
  #length = 0

  /** @param seed Distinguishes digests of equal content, such as by format version. */
  constructor(seed = 0) {
    this.#a = seed | 0
    this.#b = seed | 0
    this.#double[0] = 1
    this.#low = this.#words[0] === 0 ? 0 : 1
    this.#high = this.#low === 0 ? 1 : 0
  }

  /** Any double by its bits: 0 and -0 differ, all NaN are one. Costs some 10 ns. */
  number(value: number): void {
    this.#double[0] = value
    // The language leaves the bits of NaN open.
    if (Number.isNaN(value)) this.#mix(0, 0x7ff80000)
    else this.#mix(this.#words[this.#low] ?? 0, this.#words[this.#high] ?? 0)
  }

  /** A safe integer; one of 32 bits costs the least. */
  integer(value: number): void {
    const low = value | 0
    this.#mix(low, low === value ? low >> 31 : Math.floor(value / 4_294_967_296))
  }

  /**
   * A string by its UTF-16 code units and its length. Hashes of repeated strings are not cached: a
   * look-up costs what hashing eight characters does.
   */
  string(text: string): void {
    const length = text.length
    let at = 0
    for (; at + 4 <= length; at += 4) {
      this.#mix(
        text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16),
        text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16),
      )
    }
    let low = 0
    let high = 0
    if (at < length) low = text.charCodeAt(at)
    if (at + 1 < length) low |= text.charCodeAt(at + 1) << 16
    if (at + 2 < length) high = text.charCodeAt(at + 2)
    if (at < length) this.#mix(low, high)
    this.#mix(STRING, length)
  }

  /** The digest so far as 16 hexadecimal digits; more may be added afterwards. */
  hex(): string {
    let a = this.#a ^ this.#length
    let b = this.#b ^ this.#length
    a = (a + b) | 0
    b = (b + a) | 0
    a = finish(a)
    b = finish(b)
    a = (a + b) | 0
    b = (b + a) | 0
    return hex(a) + hex(b)
  }

  #mix(low: number, high: number): void {
    let k = Math.imul(low, C1)
    k = Math.imul((k << 15) | (k >>> 17), C2)
    let a = this.#a ^ k
    a = (a << 19) | (a >>> 13)
    a = (Math.imul(a + this.#b, 5) + 0x561ccd1b) | 0
    k = Math.imul(high, C2)
    k = Math.imul((k << 16) | (k >>> 16), C1)
    let b = this.#b ^ k
    b = (b << 17) | (b >>> 15)
    b = (Math.imul(b + a, 5) + 0x0bcaa747) | 0
    this.#a = a
    this.#b = b
    this.#length = (this.#length + 1) | 0
  }
}
