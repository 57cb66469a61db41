import { wholeNumber } from './bounds.js'

/** Ids up to this long are kept as bytes: a UUID fits exactly. */
const INLINE_LENGTH = 36
/** Words of a slot: what it holds, its hash, and the bytes, four a word. */
const HOLDS = 0
const HASH = 1
const BYTES = 2
const SLOT_WORDS = BYTES + INLINE_LENGTH / 4
/** Values of the first word, beside an inline id's length. */
const NOTHING = -1
const A_STRING = -2

/**
 * The last so many ids, compared exactly. The oldest is forgotten first.
 *
 * Ids are copied as bytes into a preallocated ring, found through open addressing with linear
 * probing (Knuth, The Art of Computer Programming 3, 6.4, algorithms L and R: entries are shifted
 * back on removal, so no tombstones pile up). So no string is retained and nothing is allocated
 * an id: strings that survive are copied twice by the collector, and growing sets are rehashed in
 * one long step. Ids that are longer than a UUID or have characters above U+00FF are kept as
 * strings in an array beside the ring.
 *
 * Processor time an id, collector included, in ns, over making the same ids and not keeping them:
 * least of three runs of 3 M new ids, Node 20, on 2 cores that others kept busy, so that the
 * ratios count and not the figures. Last, the resident memory with a million UUIDs.
 *
 * |                                     | 65,536 UUIDs | 65,536 numbers | 1 M UUIDs | 1 M numbers |        |
 * |-------------------------------------|-------------:|---------------:|----------:|------------:|-------:|
 * | this, half full                     |          207 |            182 |       566 |         477 | 151 MB |
 * | the same over a ring of strings     |          621 |            225 |     1,018 |         610 | 290 MB |
 * | one Set and a ring to evict by      |        1,300 |            929 |     1,869 |       1,475 | 372 MB |
 * | two generations of Set              |        1,400 |            976 |     2,088 |       1,308 | 249 MB |
 *
 * Evicting by a Set's own iterator took 17,000 ns: it steps over every hole that was left before.
 * A quarter full instead of half took another 15 % off at 65,536 ids and nothing at a million.
 */
export class DedupeTable {
  readonly window: number
  /** Ids remembered. */
  size = 0
  readonly #slots: number
  /** The ring: one slot more than the window, since the next free one is where a candidate is written to be compared. */
  readonly #words: Int32Array
  /** Pairs of hash and slot + 1; 0 is an empty place. A power of two of them, at most a quarter of them full. */
  readonly #places: Int32Array
  readonly #mask: number
  /** By slot; made when the first id comes that does not fit inline. */
  #strings: (string | undefined)[] | undefined
  #next = 0
  /** Slots behind `#next` that hold an id or held one that was deleted since. */
  #used = 0

  /** @param window ids remembered, 0 (none) to 16,777,216; else throws OUTCRY_OPTION_INVALID. */
  constructor(window: number) {
    this.window = wholeNumber('dedupe.window', window, 0, 16_777_216)
    this.#slots = window + 1
    this.#words = new Int32Array(this.#slots * SLOT_WORDS)
    const places = 2 ** Math.ceil(Math.log2(Math.max(16, window * 4)))
    this.#places = new Int32Array(places * 2)
    this.#mask = places - 1
  }

  /** Bytes allocated for good, without the strings of long ids. */
  get bytes(): number {
    return this.#words.byteLength + this.#places.byteLength
  }

  /** Remembers the id; false, and nothing is changed, if it is remembered already. */
  add(id: string): boolean {
    if (this.window === 0) return true
    const hash = this.#write(id)
    const place = this.#find(id, hash)
    if (place >= 0) return false
    const slot = this.#next
    const words = this.#words
    words[slot * SLOT_WORDS + HASH] = hash
    if (words[slot * SLOT_WORDS + HOLDS] === A_STRING) this.#keepString(slot, id)
    this.#places[~place * 2] = hash
    this.#places[~place * 2 + 1] = slot + 1
    this.size += 1
    this.#next = slot + 1 === this.#slots ? 0 : slot + 1
    if (this.#used === this.window) this.#forget(this.#next)
    else this.#used += 1
    return true
  }

  has(id: string): boolean {
    return this.window > 0 && this.#find(id, this.#write(id)) >= 0
  }

  /**
   * Forgets one id, so that the same one can be added again; false if it is not remembered. A deleted
   * id keeps its place in the window until it would have been forgotten, or until all ids added after
   * it are deleted too.
   */
  delete(id: string): boolean {
    if (this.window === 0) return false
    const place = this.#find(id, this.#write(id))
    if (place < 0) return false
    const slot = (this.#places[place * 2 + 1] ?? 0) - 1
    this.#forget(slot)
    for (;;) {
      const newest = (this.#next === 0 ? this.#slots : this.#next) - 1
      if (this.#used === 0 || this.#words[newest * SLOT_WORDS + HOLDS] !== NOTHING) return true
      this.#next = newest
      this.#used -= 1
    }
  }

  clear(): void {
    this.#places.fill(0)
    this.#strings = undefined
    this.#next = 0
    this.#used = 0
    this.size = 0
  }

  /** Writes the id into the next free slot, and returns its hash. */
  #write(id: string): number {
    const words = this.#words
    const start = this.#next * SLOT_WORDS
    const { length } = id
    if (length > INLINE_LENGTH) return this.#writeString(id, start)
    let hash = length
    let wide = 0
    let word = start + BYTES
    const whole = length & ~3
    let i = 0
    for (; i < whole; i += 4) {
      const a = id.charCodeAt(i)
      const b = id.charCodeAt(i + 1)
      const c = id.charCodeAt(i + 2)
      const d = id.charCodeAt(i + 3)
      wide |= a | b | c | d
      const four = a | (b << 8) | (c << 16) | (d << 24)
      words[word++] = four
      hash = Math.imul(hash ^ four, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    if (i < length) {
      let rest = 0
      for (let shift = 0; i < length; i += 1, shift += 8) {
        const unit = id.charCodeAt(i)
        wide |= unit
        rest |= unit << shift
      }
      words[word] = rest
      hash = Math.imul(hash ^ rest, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    if (wide > 0xff) return this.#writeString(id, start)
    words[start + HOLDS] = length
    return finish(hash)
  }

  #writeString(id: string, start: number): number {
    this.#words[start + HOLDS] = A_STRING
    let hash = id.length
    for (let i = 0; i < id.length; i += 1) {
      hash = Math.imul(hash ^ id.charCodeAt(i), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return finish(hash)
  }

  #keepString(slot: number, id: string): void {
    this.#strings ??= new Array<string | undefined>(this.#slots).fill(undefined)
    this.#strings[slot] = id
  }

  /** The place of the id just written, or, if it is not remembered, the bitwise complement of the place where it belongs. */
  #find(id: string, hash: number): number {
    const places = this.#places
    let place = hash & this.#mask
    for (;;) {
      const slot = (places[place * 2 + 1] ?? 0) - 1
      if (slot < 0) return ~place
      if (places[place * 2] === hash && this.#isWritten(slot, id)) return place
      place = (place + 1) & this.#mask
    }
  }

  #isWritten(slot: number, id: string): boolean {
    const words = this.#words
    const theirs = slot * SLOT_WORDS
    const ours = this.#next * SLOT_WORDS
    const length = words[theirs] ?? 0
    if (length !== words[ours]) return false
    if (length === A_STRING) return this.#strings?.[slot] === id
    const end = BYTES + ((length + 3) >> 2)
    for (let i = BYTES; i < end; i += 1) if (words[theirs + i] !== words[ours + i]) return false
    return true
  }

  /** Empties a slot, and closes the gap that its place leaves in the run of places. */
  #forget(slot: number): void {
    const words = this.#words
    const at = slot * SLOT_WORDS
    if (words[at + HOLDS] === NOTHING) return
    if (words[at + HOLDS] === A_STRING && this.#strings !== undefined) this.#strings[slot] = undefined
    words[at + HOLDS] = NOTHING
    this.size -= 1
    const places = this.#places
    const mask = this.#mask
    let gap = (words[at + HASH] ?? 0) & mask
    while (places[gap * 2 + 1] !== slot + 1) gap = (gap + 1) & mask
    for (let place = (gap + 1) & mask; places[place * 2 + 1] !== 0; place = (place + 1) & mask) {
      const home = (places[place * 2] ?? 0) & mask
      if (((place - home) & mask) < ((place - gap) & mask)) continue
      places[gap * 2] = places[place * 2] ?? 0
      places[gap * 2 + 1] = places[place * 2 + 1] ?? 0
      gap = place
    }
    places[gap * 2 + 1] = 0
  }
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input sways every bit of the result. */
const finish = (value: number): number => {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
