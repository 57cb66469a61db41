import { IdPrefixes, NOT_COUNTED, UNKNOWN } from './id-prefixes.js'
import { NumberRuns } from './number-runs.js'

export { UNKNOWN }

/** Prefixes and runs kept at the same time; what comes beyond is kept as any other id is. */
const MOST_PREFIXES = 1_024
const MOST_RUNS = 4_096
/** Prefixes that were seen once and may count: the newest of each of so many groups. A power of two. */
const GROUPS_BITS = 10
const GROUPS = 2 ** GROUPS_BITS
/** Where no id counts, 16 of 256 are looked at. */
const LOOKS = 16
const NAP = 0xff

/**
 * Ids that count, as those of an exchange, a log or a stream do: `tape:1042` behind `tape:1041`. Of those that follow upon each
 * other only the first and the last are kept, so that a step of a few bytes does for writing each down and for looking
 * it up in a table. What is out of its turn is kept as any other id, and this knows up to which number that may be so.
 *
 * A prefix is kept from its second number on, if that follows upon its first: ids that end in a figure by chance
 * would fill the table. Until then, and when the table is full, what is said of a prefix is `UNKNOWN`.
 */
export class CountedIds {
  readonly #window: number
  readonly #prefixes = new IdPrefixes(MOST_PREFIXES)
  readonly #runs = new NumberRuns(MOST_RUNS, MOST_PREFIXES)
  /** By prefix: the run that goes on, 0 for none. */
  readonly #active = new Uint16Array(MOST_PREFIXES + 1)
  /** By prefix: no number above this is remembered anywhere but in the active run. */
  readonly #highest = new Float64Array(MOST_PREFIXES + 1)
  /** By prefix: from how many ids on that is so. */
  readonly #knownFrom = new Float64Array(MOST_PREFIXES + 1)
  /** By prefix: the last number that was kept elsewhere, and how many ids had come before it. */
  readonly #last = new Float64Array(MOST_PREFIXES + 1)
  readonly #lastAt = new Float64Array(MOST_PREFIXES + 1)
  /** By group of prefixes: the last one seen that is not kept, its number, and how many ids had come before it. */
  readonly #seen = new Int32Array(GROUPS)
  readonly #seenNumber = new Float64Array(GROUPS).fill(-2)
  readonly #seenAt = new Float64Array(GROUPS)
  /** By group: how many ids come before all others of it are forgotten. */
  readonly #seenFrom = new Float64Array(GROUPS)
  #used = 0
  /** No prefix is kept, and most ids are not looked at. */
  #asleep = false
  /** How many ids come before those that were not looked at are forgotten. */
  #unreadFrom = 0
  /** The prefix whose turn it is to be asked whether it is in use still. */
  #hand = 0

  /** @param window ids remembered, of all kinds. */
  constructor(window: number) {
    this.#window = window
  }

  get bytes(): number {
    const own = [this.#active, this.#highest, this.#knownFrom, this.#last, this.#lastAt]
    const groups = [this.#seen, this.#seenNumber, this.#seenAt, this.#seenFrom]
    let bytes = this.#prefixes.bytes + this.#runs.bytes
    for (const { byteLength } of [...own, ...groups]) bytes += byteLength
    return bytes
  }

  /**
   * The number of the id's prefix, to be given to what is asked next; or `NOT_COUNTED` or `UNKNOWN`.
   *
   * @param count ids that have come before.
   */
  read(id: string, count: number): number {
    return this.#asleep && (count & NAP) >= LOOKS ? NOT_COUNTED : this.#prefixes.read(id)
  }

  /** A window has passed. Where no id of it counts, only a few are looked at until one does. */
  endLap(): void {
    if (this.#asleep || this.#runs.inUse > 0) return
    this.#prefixes.clear()
    this.#used = 0
    this.#asleep = true
  }

  /** The run that the id lengthens, if it follows upon its last and is certainly new: the short way. Else 0. */
  goOn(prefix: number, count: number): number {
    const run = this.#active[prefix] ?? 0
    const { number } = this.#prefixes
    if (run === 0 || this.#runs.endOf(run) !== number) return 0
    if (number <= (this.#highest[prefix] ?? 0) || count < (this.#knownFrom[prefix] ?? 0)) return 0
    this.#runs.lengthen(run)
    return run
  }

  /** The run that has the id; 0 if none has. */
  find(prefix: number): number {
    return this.#runs.find(prefix, this.#prefixes.number)
  }

  /** Whether the id may be kept elsewhere. */
  mayBeElsewhere(prefix: number, count: number): boolean {
    return this.#prefixes.number <= (this.#highest[prefix] ?? 0) || count < (this.#knownFrom[prefix] ?? 0)
  }

  /** Whether the id is certainly new, as its number is above all that are remembered. */
  isNew(prefix: number, count: number): boolean {
    const end = this.#runs.endOf(this.#active[prefix] ?? 0)
    return this.#prefixes.number >= end && !this.mayBeElsewhere(prefix, count)
  }

  /** The run of a new id that follows upon another; 0 if it does not, and is to be kept elsewhere. */
  take(prefix: number, count: number): number {
    const { number } = this.#prefixes
    const active = this.#active[prefix] ?? 0
    const end = this.#runs.endOf(active)
    if (active !== 0 && end === number) {
      this.#runs.lengthen(active)
      return active
    }
    const run = number === (this.#last[prefix] ?? 0) + 1 ? this.#runs.begin(prefix, number) : 0
    if (run === 0) {
      this.#elsewhere(prefix, number, count)
      return 0
    }
    if (active !== 0) this.#highest[prefix] = Math.max(this.#highest[prefix] ?? 0, end - 1)
    this.#active[prefix] = run
    return run
  }

  /** An id whose prefix is not kept was kept elsewhere: its prefix is, from its second on. */
  noteUnknown(id: string, count: number): void {
    const { hash, number } = this.#prefixes
    const group = hash >>> (32 - GROUPS_BITS)
    const follows = this.#seen[group] === hash && (this.#seenNumber[group] ?? 0) + 1 === number
    const prefix = follows ? this.#place(count) : 0
    if (prefix === 0) {
      if ((this.#seenNumber[group] ?? -2) !== -2) this.#seenFrom[group] = (this.#seenAt[group] ?? 0) + this.#window + 1
      this.#seen[group] = hash
      this.#seenNumber[group] = number
      this.#seenAt[group] = count
      return
    }
    this.#seenNumber[group] = -2
    this.#prefixes.keep(prefix, id)
    this.#active[prefix] = 0
    this.#highest[prefix] = 0
    if (this.#asleep) this.#wake(count)
    this.#knownFrom[prefix] = Math.max(this.#seenFrom[group] ?? 0, this.#unreadFrom)
    this.#elsewhere(prefix, number, count)
  }

  /** The oldest id of the run is forgotten. True if it was remembered still, and not deleted. */
  forget(run: number): boolean {
    const was = this.#runs.shift(run)
    if (this.#runs.isEmpty(run)) this.#release(run)
    return was
  }

  /** Deletes the id that was read last from its run. It keeps its place in it. */
  delete(run: number): void {
    this.#runs.punch(run, this.#prefixes.number)
  }

  /** Takes the youngest id of the run back if it is deleted. */
  takeBack(run: number): boolean {
    if (!this.#runs.popHole(run)) return false
    if (this.#runs.isEmpty(run)) this.#release(run)
    return true
  }

  clear(): void {
    this.#prefixes.clear()
    this.#runs.clear()
    this.#active.fill(0)
    this.#seenNumber.fill(-2)
    this.#seenFrom.fill(0)
    this.#used = 0
    this.#hand = 0
    this.#asleep = false
    this.#unreadFrom = 0
  }

  #wake(count: number): void {
    this.#asleep = false
    this.#unreadFrom = count + this.#window + 1
  }

  #elsewhere(prefix: number, number: number, count: number): void {
    if (number > (this.#highest[prefix] ?? 0)) this.#highest[prefix] = number
    this.#last[prefix] = number
    this.#lastAt[prefix] = count
  }

  /** Nothing of a run is remembered any longer; what comes next may follow upon it still. */
  #release(run: number): void {
    const prefix = this.#runs.release(run)
    if (this.#active[prefix] !== run) return
    this.#active[prefix] = 0
    this.#last[prefix] = Math.max(this.#last[prefix] ?? 0, this.#runs.endOf(run) - 1)
  }

  /** A place for one more prefix: a new one, or that of one of which nothing is remembered; 0 if there is none. */
  #place(count: number): number {
    const { most } = this.#prefixes
    if (this.#used < most) {
      this.#used += 1
      return this.#used
    }
    // One is asked each time, so that a full table costs every id the same.
    this.#hand = (this.#hand % most) + 1
    const prefix = this.#hand
    if (this.#runs.hasAny(prefix) || (this.#lastAt[prefix] ?? 0) + this.#window >= count) return 0
    this.#prefixes.drop(prefix)
    return prefix
  }
}
