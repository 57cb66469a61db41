/** Runs of one owner at most: so many are looked through at worst, the newest first. */
const MOST_OF_ONE = 1_024

/**
 * Runs of whole numbers that follow upon each other, each a series' own: a number is a step at one end, and costs
 * no memory. Runs are numbered from 1 up. Numbers can be taken out of a run's middle, and leave a hole.
 */
export class NumberRuns {
  /** By run: its first number, the one after its last, whose it is, and the owner's next or the next free one. */
  readonly #first: Float64Array
  readonly #end: Float64Array
  readonly #owner: Uint16Array
  readonly #next: Uint16Array
  /** By run: the owner's one before it, 0 for the newest. */
  readonly #before: Uint16Array
  /** By owner: its runs, newest first, and how many they are. */
  readonly #runs: Uint16Array
  readonly #counts: Uint16Array
  readonly #holes = new Map<number, Set<number>>()
  /** Runs that have a number. */
  inUse = 0
  #free = 0
  #used = 0

  /** @param most runs at the same time, at most 65,000. @param owners numbered from 1 up, at most 65,000. */
  constructor(most: number, owners: number) {
    this.#first = new Float64Array(most + 1)
    this.#end = new Float64Array(most + 1)
    this.#owner = new Uint16Array(most + 1)
    this.#next = new Uint16Array(most + 1)
    this.#before = new Uint16Array(most + 1)
    this.#runs = new Uint16Array(owners + 1)
    this.#counts = new Uint16Array(owners + 1)
  }

  get bytes(): number {
    const long = this.#first.length + this.#end.length
    const short = this.#owner.length + this.#next.length + this.#before.length
    return long * 8 + (short + this.#runs.length + this.#counts.length) * 2
  }

  /** The number that would lengthen the run. */
  endOf(run: number): number {
    return this.#end[run] ?? 0
  }

  lengthen(run: number): void {
    this.#end[run] = (this.#end[run] ?? 0) + 1
  }

  /** The run of the owner's that has the number; 0 if none has. */
  find(owner: number, number: number): number {
    let run = this.#runs[owner] ?? 0
    for (; run !== 0; run = this.#next[run] ?? 0) {
      if (number >= (this.#first[run] ?? 0) && number < (this.#end[run] ?? 0)) {
        if (this.#holes.size === 0 || this.#holes.get(run)?.has(number) !== true) return run
      }
    }
    return 0
  }

  hasAny(owner: number): boolean {
    return this.#runs[owner] !== 0
  }

  /** A run of this number alone; 0 if the owner has too many or all have. */
  begin(owner: number, number: number): number {
    if ((this.#counts[owner] ?? 0) >= MOST_OF_ONE) return 0
    let run = this.#free
    if (run !== 0) this.#free = this.#next[run] ?? 0
    else if (this.#used + 1 < this.#first.length) {
      this.#used += 1
      run = this.#used
    } else return 0
    this.#first[run] = number
    this.#end[run] = number + 1
    this.#owner[run] = owner
    const newest = this.#runs[owner] ?? 0
    this.#next[run] = newest
    this.#before[run] = 0
    if (newest !== 0) this.#before[newest] = run
    this.#runs[owner] = run
    this.#counts[owner] = (this.#counts[owner] ?? 0) + 1
    this.inUse += 1
    return run
  }

  /** Takes a number that the run has out of it: what is asked for its end or its first is asked as before. */
  punch(run: number, number: number): void {
    const holes = this.#holes.get(run)
    if (holes === undefined) this.#holes.set(run, new Set([number]))
    else holes.add(number)
  }

  /** Takes the first number off. True if it was there still, and not a hole. */
  shift(run: number): boolean {
    const first = this.#first[run] ?? 0
    this.#first[run] = first + 1
    if (this.#holes.size > 0 && this.#fill(run, first)) return false
    return true
  }

  isEmpty(run: number): boolean {
    return this.#first[run] === this.#end[run]
  }

  /** Takes the last number off if it is a hole. */
  popHole(run: number): boolean {
    const last = (this.#end[run] ?? 0) - 1
    if (!this.#fill(run, last)) return false
    this.#end[run] = last
    return true
  }

  /** Gives the run back. Whose it was. */
  release(run: number): number {
    const owner = this.#owner[run] ?? 0
    const after = this.#next[run] ?? 0
    const before = this.#before[run] ?? 0
    if (before === 0) this.#runs[owner] = after
    else this.#next[before] = after
    if (after !== 0) this.#before[after] = before
    this.#counts[owner] = (this.#counts[owner] ?? 0) - 1
    this.#next[run] = this.#free
    this.#free = run
    this.inUse -= 1
    return owner
  }

  clear(): void {
    this.#runs.fill(0)
    this.#counts.fill(0)
    this.#holes.clear()
    this.inUse = 0
    this.#free = 0
    this.#used = 0
  }

  #fill(run: number, number: number): boolean {
    const holes = this.#holes.get(run)
    if (holes?.delete(number) !== true) return false
    if (holes.size === 0) this.#holes.delete(run)
    return true
  }
}
