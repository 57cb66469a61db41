import { RecentFilter } from './recent-filter.js'
import type { RecentPlaces } from './recent-places.js'

/** Ids up to this long are kept as bytes: a UUID fits exactly. */
const INLINE_LENGTH = 36
/** Words of a slot: what it holds, and the bytes, four a word. */
const HOLDS = 0
const BYTES = 1
const SLOT_WORDS = BYTES + INLINE_LENGTH / 4
/** The first word of one that is kept as a string, beside an inline id's length. */
const A_STRING = -2

/** Ids that are given their entries at once. */
const MOST_PENDING = 64
/** What is left of an entry whose id was deleted: it can be taken, and those behind it are found past it. */
const DELETED = -1

/**
 * Ids written down in the places of a window, compared exactly.
 *
 * They are copied as bytes into a preallocated slot for each place, found through open addressing with linear
 * probing (Knuth, The Art of Computer Programming 3, 6.4). So no string is retained and nothing is
 * allocated an id: strings that survive are copied twice by the collector, and growing sets are
 * rehashed in one long step. Ids that are longer than a UUID or have characters above U+00FF are
 * kept as strings in an array beside the slots.
 *
 * The table of entries is larger than the processor's cache, so that each look at it is a wait for
 * memory. Nearly all ids are new: a filter that stays in the cache says so without that look, and
 * ids are given their entries many at once, with all reads made before any is needed. Nothing is
 * removed from an entry: an id that the window does not cover any longer gives its entry to the next.
 *
 * Processor time an id, collector included, in ns, over making the same ids and not keeping them:
 * least of three runs of 2 to 3 M new ids each, Node 20, on 2 cores that others kept busy, so that
 * the ratios count and not the figures. The first two were measured beside each other, and so were
 * the second and the rest; the filter had two bytes an id then, with four an event costs 2 to 5 % less,
 * and no ring of owners stood before it.
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
export class WrittenIds {
  readonly #places: RecentPlaces
  readonly #words: Int32Array
  /** Pairs of hash and position + 1; 0 is an entry that was never taken. A power of two, at most half of them in use. */
  readonly #entries: Int32Array
  readonly #mask: number
  readonly #filter: RecentFilter
  /** By place; made when the first id comes that does not fit inline. */
  #strings: (string | undefined)[] | undefined
  /** Hashes and positions of the youngest ids, which have no entry yet, oldest first. */
  readonly #pending = new Int32Array(MOST_PENDING)
  readonly #pendingPositions = new Int32Array(MOST_PENDING)
  #pendingCount = 0
  /** Entries that a search looks at, at most: of ids that got theirs in this lap, and in the one before. */
  #reach = 0
  #reachBefore = 0
  /** Laps since entries were taken out. */
  #laps = 0
  /** Keeps the compiler from leaving out loads whose only purpose is to be made. */
  #touched = 0

  constructor(places: RecentPlaces) {
    this.#places = places
    this.#words = new Int32Array(places.places * SLOT_WORDS)
    const entries = 2 ** Math.ceil(Math.log2(Math.max(16, places.window * 2)))
    this.#entries = new Int32Array(entries * 2)
    this.#mask = entries - 1
    this.#filter = new RecentFilter(Math.max(1, places.window))
  }

  /** Bytes allocated for good, without the strings of long ids. */
  get bytes(): number {
    return this.#words.byteLength + this.#entries.byteLength + this.#filter.bytes
  }

  /** Writes a candidate into the free place, to be looked up or to be kept there. Its hash. */
  write(id: string): number {
    const words = this.#words
    const start = this.#places.next * SLOT_WORDS
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

  /** The place that has the candidate's id; -1 if none has. */
  find(id: string, hash: number): number {
    if (!this.#filter.mayHave(hash)) return -1
    const { places } = this.#places
    for (let at = this.#pendingCount - 1; at >= 0; at -= 1) {
      const position = this.#pendingPositions[at] ?? 0
      if (!this.#places.coversEntry(position + 1)) break
      if (this.#pending[at] === hash && this.#isWritten(position % places, id)) return position % places
    }
    const entry = this.#find(id, hash)
    return entry < 0 ? -1 : ((this.#entries[entry * 2 + 1] ?? 0) - 1) % places
  }

  /** Keeps the candidate in the free place, which is about to be taken for it. */
  keep(id: string, hash: number): void {
    const { next, nextPosition } = this.#places
    if (this.#words[next * SLOT_WORDS + HOLDS] === A_STRING) this.#keepString(next, id)
    this.#filter.add(hash)
    if (this.#pendingCount === MOST_PENDING) this.#settle()
    this.#pending[this.#pendingCount] = hash
    this.#pendingPositions[this.#pendingCount] = nextPosition
    this.#pendingCount += 1
  }

  /** Gives up the place, whose id the window does not cover any longer. */
  forget(place: number): void {
    if (this.#strings !== undefined) this.#strings[place] = undefined
  }

  /** Gives up the place of the candidate's id; -1 if none has it. */
  delete(id: string, hash: number): number {
    this.#settle()
    const entry = this.#find(id, hash)
    if (entry < 0) return -1
    const place = ((this.#entries[entry * 2 + 1] ?? 0) - 1) % this.#places.places
    this.#entries[entry * 2 + 1] = DELETED
    this.forget(place)
    return place
  }

  /** The window covers ids of this lap and of the one before, and so do the filter and the reach. */
  endLap(): void {
    this.#filter.turn()
    this.#reachBefore = this.#reach
    this.#reach = 0
    this.#laps += 1
    if (this.#laps >= this.#places.laps >> 1) this.#purge()
  }

  clear(): void {
    this.#entries.fill(0)
    this.#filter.clear()
    this.#strings = undefined
    this.#pendingCount = 0
    this.#reach = 0
    this.#reachBefore = 0
    this.#laps = 0
  }

  /** Takes out all entries of positions that are covered no longer, before these come again and mean others. */
  #purge(): void {
    this.#settle()
    this.#laps = 0
    for (let at = 1; at < this.#entries.length; at += 2) {
      const mark = this.#entries[at] ?? 0
      if (mark !== 0 && !this.#places.coversEntry(mark)) this.#entries[at] = DELETED
    }
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

  #keepString(place: number, id: string): void {
    this.#strings ??= new Array<string | undefined>(this.#places.places).fill(undefined)
    this.#strings[place] = id
  }

  /** The entry of the candidate's id; -1 if it has none. */
  #find(id: string, hash: number): number {
    const entries = this.#entries
    let entry = hash & this.#mask
    for (let reach = Math.max(this.#reach, this.#reachBefore); reach > 0; reach -= 1) {
      const mark = entries[entry * 2 + 1] ?? 0
      if (mark === 0) return -1
      const same = entries[entry * 2] === hash && this.#places.coversEntry(mark)
      if (same && this.#isWritten((mark - 1) % this.#places.places, id)) return entry
      entry = (entry + 1) & this.#mask
    }
    return -1
  }

  /** Gives the pending ids their entries, each the first from its own on whose id is not remembered any longer. */
  #settle(): void {
    const entries = this.#entries
    const pending = this.#pending
    const mask = this.#mask
    const places = this.#places
    const count = this.#pendingCount
    // None of these reads waits for another, so that the processor has them all fetched from memory
    // at once. The loop below would wait for each.
    let touched = this.#touched
    for (let at = 0; at < count; at += 1) touched ^= entries[((pending[at] ?? 0) & mask) * 2 + 1] ?? 0
    this.#touched = touched
    for (let at = 0; at < count; at += 1) {
      const hash = pending[at] ?? 0
      let entry = hash & mask
      let reach = 1
      for (; places.coversEntry(entries[entry * 2 + 1] ?? 0); entry = (entry + 1) & mask) reach += 1
      entries[entry * 2] = hash
      entries[entry * 2 + 1] = (this.#pendingPositions[at] ?? 0) + 1
      if (reach > this.#reach) this.#reach = reach
    }
    this.#pendingCount = 0
  }

  #isWritten(place: number, id: string): boolean {
    const words = this.#words
    const theirs = place * SLOT_WORDS
    const ours = this.#places.next * SLOT_WORDS
    const length = words[theirs] ?? 0
    if (length !== words[ours]) return false
    if (length === A_STRING) return this.#strings?.[place] === id
    const end = BYTES + ((length + 3) >> 2)
    for (let i = BYTES; i < end; i += 1) if (words[theirs + i] !== words[ours + i]) return false
    return true
  }
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input sways every bit of the result. */
const finish = (value: number): number => {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
