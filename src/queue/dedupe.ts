import { wholeNumber } from './bounds.js'
import { RecentFilter } from './recent-filter.js'

/** Ids up to this long are kept as bytes: a UUID fits exactly. */
const INLINE_LENGTH = 36
/** Words of a slot: what it holds, and the bytes, four a word. */
const HOLDS = 0
const BYTES = 1
const SLOT_WORDS = BYTES + INLINE_LENGTH / 4
/** Values of the first word, beside an inline id's length. */
const NOTHING = -1
const A_STRING = -2

/** Ids that are given their places at once. */
const MOST_PENDING = 64
/** What is in a place whose id was deleted: it can be taken, and those behind it are found past it. */
const DELETED = -1
/** Positions are counted to about here, and then from 0 again. */
const MOST_POSITIONS = 2 ** 30

/**
 * The last so many ids, compared exactly. The oldest is forgotten first.
 *
 * Ids are copied as bytes into a preallocated ring, found through open addressing with linear
 * probing (Knuth, The Art of Computer Programming 3, 6.4). So no string is retained and nothing is
 * allocated an id: strings that survive are copied twice by the collector, and growing sets are
 * rehashed in one long step. Ids that are longer than a UUID or have characters above U+00FF are
 * kept as strings in an array beside the ring.
 *
 * The table of places is larger than the processor's cache, so that each look at it is a wait for
 * memory. Nearly all ids are new: a filter that stays in the cache says so without that look, and
 * ids are given their places many at once, with all reads made before any is needed. Nothing is
 * removed from a place: an id that the window does not cover any longer gives its place to the next.
 *
 * Processor time an id, collector included, in ns, over making the same ids and not keeping them:
 * least of three runs of 2 to 3 M new ids each, Node 20, on 2 cores that others kept busy, so that
 * the ratios count and not the figures. The first two were measured beside each other, and so were
 * the second and the rest; the filter had two bytes an id then, with four an event costs 2 to 5 % less.
 * Last, for a million UUIDs, what the first two allocate, and what was resident with each of the others.
 *
 * |                                     | 65,536 UUIDs | 65,536 numbers | 1 M UUIDs | 1 M numbers |        |
 * |-------------------------------------|-------------:|---------------:|----------:|------------:|-------:|
 * | this                                |          128 |             71 |       198 |         228 |  61 MB |
 * | without a filter, each at once      |          240 |             83 |       526 |         421 |  78 MB |
 * | the same over a ring of strings     |          621 |            225 |     1,018 |         610 | 290 MB |
 * | one Set and a ring to evict by      |        1,300 |            929 |     1,869 |       1,475 | 372 MB |
 * | two generations of Set              |        1,400 |            976 |     2,088 |       1,308 | 249 MB |
 *
 * Evicting by a Set's own iterator took 17,000 ns: it steps over every hole that was left before.
 */
export class DedupeTable {
  readonly window: number
  /** Ids remembered. */
  size = 0
  /** The ring: one slot more than the window, since the next free one is where a candidate is written to be compared. */
  readonly #words: Int32Array
  readonly #slots: number
  /** Positions number the slots on from lap to lap; this many of them, a multiple of the slots, then from 0 again. */
  readonly #positions: number
  /** Pairs of hash and position + 1; 0 is a place that was never taken. A power of two, at most half of them in use. */
  readonly #places: Int32Array
  readonly #mask: number
  readonly #filter: RecentFilter
  /** By slot; made when the first id comes that does not fit inline. */
  #strings: (string | undefined)[] | undefined
  #nextSlot = 0
  #nextPosition = 0
  /** Slots behind the next that the window covers: they hold an id or held one that was deleted since. */
  #used = 0
  /** Hashes of the youngest ids, which have no place yet, oldest first. */
  readonly #pending = new Int32Array(MOST_PENDING)
  #pendingCount = 0
  /** Places that a search looks at, at most: of ids that got theirs in this lap, and in the one before. */
  #reach = 0
  #reachBefore = 0
  /** Ends of laps that deletions went back over: they come once more, and change nothing then. */
  #again = 0
  /** Keeps the compiler from leaving out loads whose only purpose is to be made. */
  #touched = 0

  /** @param window ids remembered, 0 (none) to 16,777,216; else throws OUTCRY_OPTION_INVALID. */
  constructor(window: number) {
    this.window = wholeNumber('dedupe.window', window, 0, 16_777_216)
    this.#slots = window + 1
    this.#positions = Math.floor(MOST_POSITIONS / this.#slots) * this.#slots
    this.#words = new Int32Array(this.#slots * SLOT_WORDS)
    const places = 2 ** Math.ceil(Math.log2(Math.max(16, window * 2)))
    this.#places = new Int32Array(places * 2)
    this.#mask = places - 1
    this.#filter = new RecentFilter(Math.max(1, window))
  }

  /** Bytes allocated for good, without the strings of long ids. */
  get bytes(): number {
    return this.#words.byteLength + this.#places.byteLength + this.#filter.bytes
  }

  /** Remembers the id; false, and nothing is changed, if it is remembered already. */
  add(id: string): boolean {
    if (this.window === 0) return true
    const hash = this.#write(id)
    if (this.#filter.mayHave(hash) && this.#isKnown(id, hash)) return false
    const slot = this.#nextSlot
    if (this.#words[slot * SLOT_WORDS + HOLDS] === A_STRING) this.#keepString(slot, id)
    this.#filter.add(hash)
    this.size += 1
    this.#advance()
    if (this.#used === this.window) this.#forget(this.#nextSlot)
    else this.#used += 1
    this.#pending[this.#pendingCount] = hash
    this.#pendingCount += 1
    if (this.#pendingCount === MOST_PENDING) this.#settle()
    return true
  }

  has(id: string): boolean {
    if (this.window === 0) return false
    const hash = this.#write(id)
    return this.#filter.mayHave(hash) && this.#isKnown(id, hash)
  }

  /**
   * Forgets one id, so that the same one can be added again; false if it is not remembered. A deleted
   * id keeps its place in the window until it would have been forgotten, or until all ids added after
   * it are deleted too.
   */
  delete(id: string): boolean {
    if (this.window === 0) return false
    this.#settle()
    const place = this.#find(id, this.#write(id))
    if (place < 0) return false
    this.#forget(((this.#places[place * 2 + 1] ?? 0) - 1) % this.#slots)
    this.#places[place * 2 + 1] = DELETED
    for (;;) {
      const newest = (this.#nextSlot === 0 ? this.#slots : this.#nextSlot) - 1
      if (this.#used === 0 || this.#words[newest * SLOT_WORDS + HOLDS] !== NOTHING) return true
      if (this.#nextSlot === 0) this.#again += 1
      this.#nextSlot = newest
      this.#nextPosition = (this.#nextPosition === 0 ? this.#positions : this.#nextPosition) - 1
      this.#used -= 1
    }
  }

  clear(): void {
    this.#places.fill(0)
    this.#filter.clear()
    this.#strings = undefined
    this.#nextSlot = 0
    this.#nextPosition = 0
    this.#used = 0
    this.#pendingCount = 0
    this.#reach = 0
    this.#reachBefore = 0
    this.#again = 0
    this.size = 0
  }

  /** Writes the id into the next free slot, and returns its hash. */
  #write(id: string): number {
    const words = this.#words
    const start = this.#nextSlot * SLOT_WORDS
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

  #advance(): void {
    this.#nextSlot = this.#nextSlot + 1 === this.#slots ? 0 : this.#nextSlot + 1
    this.#nextPosition = this.#nextPosition + 1 === this.#positions ? 0 : this.#nextPosition + 1
    if (this.#nextSlot === 0) this.#endLap()
  }

  /** The window covers ids of this lap and of the one before, and so do the filter and the reach. */
  #endLap(): void {
    if (this.#again > 0) {
      this.#again -= 1
      return
    }
    this.#filter.turn()
    this.#reachBefore = this.#reach
    this.#reach = 0
  }

  /** Whether the id just written is remembered, be it one that has no place yet. */
  #isKnown(id: string, hash: number): boolean {
    let slot = this.#nextSlot
    const oldest = Math.max(0, this.#pendingCount - this.#used)
    for (let at = this.#pendingCount - 1; at >= oldest; at -= 1) {
      slot = (slot === 0 ? this.#slots : slot) - 1
      if (this.#pending[at] === hash && this.#isWritten(slot, id)) return true
    }
    return this.#find(id, hash) >= 0
  }

  /** The place of the id just written; -1 if it has none. */
  #find(id: string, hash: number): number {
    const places = this.#places
    let place = hash & this.#mask
    for (let reach = Math.max(this.#reach, this.#reachBefore); reach > 0; reach -= 1) {
      const entry = places[place * 2 + 1] ?? 0
      if (entry === 0) return -1
      if (places[place * 2] === hash && this.#covers(entry) && this.#isWritten((entry - 1) % this.#slots, id))
        return place
      place = (place + 1) & this.#mask
    }
    return -1
  }

  /** Whether what is in a place is the position + 1 of a slot that the window covers. */
  #covers(entry: number): boolean {
    const age = this.#nextPosition - entry + 1
    return entry > 0 && (age > 0 ? age : age + this.#positions) <= this.#used
  }

  /** Gives the pending ids their places, each the first from its own on whose id is not remembered any longer. */
  #settle(): void {
    const places = this.#places
    const pending = this.#pending
    const mask = this.#mask
    const count = this.#pendingCount
    // None of these reads waits for another, so that the processor has them all fetched from memory
    // at once. The loop below would wait for each.
    let touched = this.#touched
    for (let at = 0; at < count; at += 1) touched ^= places[((pending[at] ?? 0) & mask) * 2 + 1] ?? 0
    this.#touched = touched
    let entry = this.#nextPosition - count + 1
    for (let at = 0; at < count; at += 1) {
      const hash = pending[at] ?? 0
      let place = hash & mask
      let reach = 1
      for (; this.#covers(places[place * 2 + 1] ?? 0); place = (place + 1) & mask) reach += 1
      places[place * 2] = hash
      places[place * 2 + 1] = entry > 0 ? entry : entry + this.#positions
      if (reach > this.#reach) this.#reach = reach
      entry += 1
    }
    this.#pendingCount = 0
  }

  #isWritten(slot: number, id: string): boolean {
    const words = this.#words
    const theirs = slot * SLOT_WORDS
    const ours = this.#nextSlot * SLOT_WORDS
    const length = words[theirs] ?? 0
    if (length !== words[ours]) return false
    if (length === A_STRING) return this.#strings?.[slot] === id
    const end = BYTES + ((length + 3) >> 2)
    for (let i = BYTES; i < end; i += 1) if (words[theirs + i] !== words[ours + i]) return false
    return true
  }

  /** Empties a slot. */
  #forget(slot: number): void {
    const at = slot * SLOT_WORDS + HOLDS
    const held = this.#words[at]
    if (held === NOTHING) return
    if (held === A_STRING && this.#strings !== undefined) this.#strings[slot] = undefined
    this.#words[at] = NOTHING
    this.size -= 1
  }
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input sways every bit of the result. */
const finish = (value: number): number => {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
