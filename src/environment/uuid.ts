/** Fills the whole array with random words of 16 bits. */
export type FillRandom = (words: Uint16Array) => void

/** Random words are drawn this many at a time: one draw for some 1,300 ids. */
const POOL_WORDS = 4_096

/** The largest time that the 48 bits of a UUIDv7 hold: the year 10889. */
const MAX_TIME = 281_474_976_710_655

/** Bits of the counter: 12 of `rand_a` and the 14 first of `rand_b`. */
const COUNTER_END = 67_108_864

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const DASH = 45
const SEVEN = 55

/** The character code of the hexadecimal digit of the low four bits. */
const hex = (bits: number): number => DIGITS[bits & 15] ?? 0

/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7) that ascend in the order in which they are made.
 *
 * Within a millisecond they ascend by a counter (section 6.2, method 1, with its guard against
 * rollover): 26 bits wide, begun anew at random with its top bit clear, so that 33 million ids fit a
 * millisecond. When it is spent, or when the clock goes back, the id's time stays ahead of the
 * clock. That matters over recorded data, whose clock stands still for a whole chunk. The last 48
 * bits are random in every id.
 *
 * A call costs some 0.09 µs of CPU time, and the clock 0.04 µs more: one call of
 * `String.fromCharCode` for the part that changes, and a prefix that is made once a millisecond.
 */
export class UuidV7 {
  readonly #fill: FillRandom
  readonly #pool = new Uint16Array(POOL_WORDS)
  #drawn = POOL_WORDS
  #time = -1
  #counter = 0
  #prefix = ''

  constructor(fill: FillRandom) {
    this.#fill = fill
  }

  /** @param epochMs UTC epoch milliseconds; a fraction is cut off, and what does not fit is clamped. */
  next(epochMs: number): string {
    const now = Math.min(epochMs, MAX_TIME)
    if (now >= this.#time + 1) this.#begin(Math.trunc(now))
    else if (this.#time < 0) this.#begin(0)
    else {
      this.#counter += 1
      if (this.#counter === COUNTER_END) this.#begin(this.#time + 1)
    }
    const a = this.#counter >>> 14
    const b = (this.#counter & 0x3fff) | 0x8000
    if (this.#drawn + 3 > POOL_WORDS) this.#refill()
    const x = this.#pool[this.#drawn] ?? 0
    const y = this.#pool[this.#drawn + 1] ?? 0
    const z = this.#pool[this.#drawn + 2] ?? 0
    this.#drawn += 3
    // biome-ignore format: one line a group of the UUID.
    return this.#prefix + String.fromCharCode(
      SEVEN, hex(a >>> 8), hex(a >>> 4), hex(a),
      DASH, hex(b >>> 12), hex(b >>> 8), hex(b >>> 4), hex(b),
      DASH, hex(x >>> 12), hex(x >>> 8), hex(x >>> 4), hex(x),
      hex(y >>> 12), hex(y >>> 8), hex(y >>> 4), hex(y),
      hex(z >>> 12), hex(z >>> 8), hex(z >>> 4), hex(z),
    )
  }

  #begin(time: number): void {
    this.#time = Math.min(time, MAX_TIME)
    if (this.#drawn + 2 > POOL_WORDS) this.#refill()
    this.#counter = ((this.#pool[this.#drawn] ?? 0) << 9) | ((this.#pool[this.#drawn + 1] ?? 0) & 0x1ff)
    this.#drawn += 2
    const digits = this.#time.toString(16).padStart(12, '0')
    this.#prefix = `${digits.slice(0, 8)}-${digits.slice(8)}-`
  }

  #refill(): void {
    this.#fill(this.#pool)
    this.#drawn = 0
  }
}
