import { wholeNumber } from './bounds.js'
import { CountedIds, UNKNOWN } from './counted-ids.js'
import { NOBODY, RecentPlaces, WRITTEN } from './recent-places.js'
import { WrittenIds } from './written-ids.js'

/**
 * The last so many ids, compared exactly. The oldest is forgotten first.
 *
 * Every id has a place in a ring, which says in two bytes what has it: a run of ids that count (`counted-ids.ts`),
 * as most feeds number what they send, or the table in which all other ids are written down (`written-ids.ts`).
 *
 * Processor time an id in ns, over making the same ids and not keeping them: least of five runs of 3 M new ids each,
 * Node 20, a window of 65,536, nothing else in the processor's cache. Within an engine, whose events take up that
 * cache, a counted id saves several times this difference, as nothing is fetched from memory for it.
 *
 * |                                     | one feed | two feeds | 100 feeds | one number in nine left out | no feed |
 * |-------------------------------------|---------:|----------:|----------:|----------------------------:|--------:|
 * | this                                |       46 |        48 |        98 |                         118 |      81 |
 * | all ids written down                |       73 |        76 |        70 |                          94 |      57 |
 */
export class DedupeTable {
  readonly window: number
  /** Ids remembered. */
  size = 0
  readonly #places: RecentPlaces
  readonly #counted: CountedIds
  readonly #written: WrittenIds
  /** Ends of laps that deletions went back over: they come once more, and change nothing then. */
  #again = 0

  /**
   * @param window ids remembered, 0 (none) to 16,777,216; else throws OUTCRY_OPTION_INVALID.
   * @param laps of the ring after which places are numbered from 0 again; only tests of the wrap-around set it.
   */
  constructor(window: number, laps?: number) {
    this.window = wholeNumber('dedupe.window', window, 0, 16_777_216)
    this.#places = new RecentPlaces(window, laps)
    this.#counted = new CountedIds(window)
    this.#written = new WrittenIds(this.#places)
  }

  /** Bytes allocated for good, without the strings of long ids. */
  get bytes(): number {
    return this.#places.owners.byteLength + this.#counted.bytes + this.#written.bytes
  }

  /** Remembers the id; false, and nothing is changed, if it is remembered already. */
  add(id: string): boolean {
    if (this.window === 0) return true
    const prefix = this.#counted.read(id, this.#places.taken)
    const run = prefix > 0 ? this.#counted.goOn(prefix, this.#places.taken) : 0
    const owner = run > 0 ? ownerOf(run) : this.#addSlowly(id, prefix)
    if (owner === NOBODY) return false
    this.size += 1
    if (this.#places.take(owner)) this.#forget(this.#places.next)
    if (this.#places.next === 0) this.#endLap()
    return true
  }

  has(id: string): boolean {
    if (this.window === 0) return false
    const prefix = this.#counted.read(id, this.#places.taken)
    if (prefix > 0) {
      if (this.#counted.find(prefix) > 0) return true
      if (!this.#counted.mayBeElsewhere(prefix, this.#places.taken)) return false
    }
    return this.#written.find(id, this.#written.write(id)) >= 0
  }

  /**
   * Forgets one id, so that the same one can be added again; false if it is not remembered. A deleted
   * id keeps its place in the window until it would have been forgotten, or until all ids added after
   * it are deleted too.
   */
  delete(id: string): boolean {
    if (this.window === 0) return false
    const prefix = this.#counted.read(id, this.#places.taken)
    const run = prefix > 0 ? this.#counted.find(prefix) : 0
    if (run > 0) this.#counted.delete(run)
    else {
      const place = this.#written.delete(id, this.#written.write(id))
      if (place < 0) return false
      this.#places.owners[place] = NOBODY
    }
    this.size -= 1
    while (this.#places.used > 0 && this.#isDeleted(this.#places.newest)) {
      if (this.#places.next === 0) this.#again += 1
      this.#places.giveBack()
    }
    return true
  }

  clear(): void {
    this.#places.clear()
    this.#counted.clear()
    this.#written.clear()
    this.#again = 0
    this.size = 0
  }

  /** Who is to have the place of a new id; nobody where the id is remembered. */
  #addSlowly(id: string, prefix: number): number {
    const counted = this.#counted
    const written = this.#written
    const count = this.#places.taken
    if (prefix > 0 && counted.isNew(prefix, count)) {
      const run = counted.take(prefix, count)
      if (run > 0) return ownerOf(run)
      written.keep(id, written.write(id))
      return WRITTEN
    }
    if (prefix > 0 && counted.find(prefix) > 0) return NOBODY
    const hash = written.write(id)
    if (written.find(id, hash) >= 0) return NOBODY
    const run = prefix > 0 ? counted.take(prefix, count) : 0
    if (run > 0) return ownerOf(run)
    if (prefix === UNKNOWN) counted.noteUnknown(id, count)
    written.keep(id, hash)
    return WRITTEN
  }

  /** Whether the youngest place is a deleted id's; a run has it no longer then. */
  #isDeleted(place: number): boolean {
    const owner = this.#places.owners[place] ?? NOBODY
    return owner === NOBODY || (owner > WRITTEN && this.#counted.takeBack(runOf(owner)))
  }

  /** Empties a place. */
  #forget(place: number): void {
    const owner = this.#places.owners[place] ?? NOBODY
    if (owner === NOBODY) return
    this.#places.owners[place] = NOBODY
    if (owner === WRITTEN) this.#written.forget(place)
    else if (!this.#counted.forget(runOf(owner))) return
    this.size -= 1
  }

  /** Each lap ends once, however often deletions go back over its end. */
  #endLap(): void {
    if (this.#again > 0) this.#again -= 1
    else {
      this.#counted.endLap()
      this.#written.endLap()
    }
  }
}

const ownerOf = (run: number): number => run + WRITTEN
const runOf = (owner: number): number => owner - WRITTEN
