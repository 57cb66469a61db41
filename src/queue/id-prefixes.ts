/** What `read` answers of an id that is no prefix with a number, and of one whose prefix is not kept. */
export const NOT_COUNTED = -1
export const UNKNOWN = 0

/** Longest prefix, in characters, and most digits behind it: numbers stay exact, and a UUID is no counted id. */
const MOST_PREFIX = 23
const MOST_DIGITS = 15

const NUL = 48
const WIDEST = 0xff

/**
 * The prefixes of counted ids, such as `tape:` of `tape:1042`, numbered from 1 up: a bounded number of them, whose
 * characters lie in one array. Reading an id allocates nothing.
 *
 * A counted id is at most 23 characters below U+0100 and behind them a decimal number as it is usually written, without
 * leading zeros. What comes before is free of digits or ends in no letter, so that a hexadecimal hash is none.
 */
export class IdPrefixes {
  /** Of the id that was read last, where it is counted: its number, and a hash of its prefix. */
  number = 0
  hash = 0
  readonly most: number
  #length = 0
  /** The prefix of the last id that had one. */
  #last = 0
  readonly #units: Uint8Array
  readonly #lengths: Uint8Array
  readonly #hashes: Int32Array
  /** Chains of prefixes by their hash: the first of each, and what comes after each. */
  readonly #firsts: Uint16Array
  readonly #nexts: Uint16Array
  readonly #mask: number

  /** @param most prefixes kept at the same time, a power of two, at most 32,768. */
  constructor(most: number) {
    this.most = most
    this.#units = new Uint8Array((most + 1) * MOST_PREFIX)
    this.#lengths = new Uint8Array(most + 1)
    this.#hashes = new Int32Array(most + 1)
    this.#firsts = new Uint16Array(most * 2)
    this.#nexts = new Uint16Array(most + 1)
    this.#mask = most * 2 - 1
  }

  get bytes(): number {
    const units = this.#units.byteLength + this.#lengths.byteLength
    return units + this.#hashes.byteLength + this.#firsts.byteLength + this.#nexts.byteLength
  }

  /** The number of the id's prefix, `UNKNOWN` if it is not kept, `NOT_COUNTED` if the id is not counted at all. */
  read(id: string): number {
    return this.#last !== 0 && this.#readAsLast(id) ? this.#last : this.#readAny(id)
  }

  /** Keeps the prefix of the id that was read last, under a number that is free. */
  keep(prefix: number, id: string): void {
    const { hash } = this
    const from = prefix * MOST_PREFIX
    for (let at = 0; at < this.#length; at += 1) this.#units[from + at] = id.charCodeAt(at)
    this.#lengths[prefix] = this.#length
    this.#hashes[prefix] = hash
    this.#nexts[prefix] = this.#firsts[hash & this.#mask] ?? 0
    this.#firsts[hash & this.#mask] = prefix
  }

  /** Forgets a prefix, whose number is about to be another's. */
  drop(prefix: number): void {
    const chain = (this.#hashes[prefix] ?? 0) & this.#mask
    const after = this.#nexts[prefix] ?? 0
    if (this.#firsts[chain] === prefix) this.#firsts[chain] = after
    else {
      let before = this.#firsts[chain] ?? 0
      while (before !== 0 && this.#nexts[before] !== prefix) before = this.#nexts[before] ?? 0
      this.#nexts[before] = after
    }
  }

  clear(): void {
    this.#firsts.fill(0)
    this.#last = 0
  }

  /** The short way, on which each character is looked at once: an id with the prefix of the one before. */
  #readAsLast(id: string): boolean {
    const { length } = id
    const units = this.#units
    const start = this.#lengths[this.#last] ?? 0
    const digits = length - start
    if (digits < 1 || digits > MOST_DIGITS) return false
    let unit = this.#last * MOST_PREFIX
    for (let at = 0; at < start; at += 1, unit += 1) if (units[unit] !== id.charCodeAt(at)) return false
    let number = id.charCodeAt(start) - NUL
    if (number < 0 || number > 9 || (number === 0 && digits > 1)) return false
    for (let at = start + 1; at < length; at += 1) {
      const digit = id.charCodeAt(at) - NUL
      if (digit < 0 || digit > 9) return false
      number = number * 10 + digit
    }
    this.number = number
    return true
  }

  #readAny(id: string): number {
    const { length } = id
    if (length > MOST_PREFIX + MOST_DIGITS) return NOT_COUNTED
    let start = length
    let number = 0
    let first = 0
    for (let scale = 1; start > 0; start -= 1, scale *= 10) {
      const digit = id.charCodeAt(start - 1) - NUL
      if (digit < 0 || digit > 9) break
      first = digit
      number += digit * scale
    }
    const digits = length - start
    if (digits === 0 || start > MOST_PREFIX || digits > MOST_DIGITS || (digits > 1 && first === 0)) return NOT_COUNTED
    if (start > 0 && !mayCount(id, start)) return NOT_COUNTED
    this.number = number
    this.#length = start
    return this.#search(id)
  }

  #search(id: string): number {
    const length = this.#length
    let hash = length
    let wide = 0
    for (let at = 0; at < length; at += 1) {
      const unit = id.charCodeAt(at)
      wide |= unit
      hash = Math.imul(hash ^ unit, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    if (wide > WIDEST) return NOT_COUNTED
    this.hash = hash
    let prefix = this.#firsts[hash & this.#mask] ?? 0
    while (prefix !== 0 && !(this.#hashes[prefix] === hash && this.#begins(id, prefix)))
      prefix = this.#nexts[prefix] ?? 0
    if (prefix !== 0) this.#last = prefix
    return prefix
  }

  #begins(id: string, prefix: number): boolean {
    const length = this.#length
    if (this.#lengths[prefix] !== length) return false
    let unit = prefix * MOST_PREFIX
    for (let at = 0; at < length; at += 1, unit += 1) if (this.#units[unit] !== id.charCodeAt(at)) return false
    return true
  }
}

/** Whether what comes before a number may be a prefix. Looks from the end, where a hash has a digit soon. */
const mayCount = (id: string, length: number): boolean => {
  const last = id.charCodeAt(length - 1) | 32
  if (!(last >= 97 && last <= 122)) return true
  for (let at = length - 2; at >= 0; at -= 1) {
    const digit = id.charCodeAt(at) - NUL
    if (digit >= 0 && digit <= 9) return false
  }
  return true
}
