/** Positions are counted to about here, and then from 0 again. */
const MOST_POSITIONS = 2 ** 30

/** What has a place, in `owners`: nothing any longer, or an id that is written down; from here on it is a run's. */
export const NOBODY = 0
export const WRITTEN = 1

/**
 * The ring of places of a window: the last so many, and one that is free. Places are numbered on from lap to lap, as
 * positions, so that a position says whether what had it is remembered still.
 */
export class RecentPlaces {
  readonly window: number
  readonly places: number
  /** The place that is taken next. */
  next = 0
  nextPosition = 0
  /** Places before it that the window covers. */
  used = 0
  /** Places taken and not given back, since the beginning. */
  taken = 0
  /** By place. */
  readonly owners: Uint16Array
  /** Laps after which positions begin again from 0. */
  readonly laps: number
  /** Positions go from 0 to one below this. */
  readonly #positions: number

  /** @param laps at least 2; only tests of the wrap-around set it. */
  constructor(window: number, laps = Math.floor(MOST_POSITIONS / (window + 1))) {
    this.window = window
    this.places = window + 1
    this.owners = new Uint16Array(this.places)
    this.laps = laps
    this.#positions = laps * this.places
  }

  /** Takes the next place. True if the place that is next now has to be given up for it. */
  take(owner: number): boolean {
    this.owners[this.next] = owner
    this.taken += 1
    this.next = this.next + 1 === this.places ? 0 : this.next + 1
    this.nextPosition = this.nextPosition + 1 === this.#positions ? 0 : this.nextPosition + 1
    if (this.used === this.window) return true
    this.used += 1
    return false
  }

  /** The place that was taken last. */
  get newest(): number {
    return (this.next === 0 ? this.places : this.next) - 1
  }

  /** Gives the place that was taken last back. */
  giveBack(): void {
    this.taken -= 1
    this.next = this.newest
    this.nextPosition = (this.nextPosition === 0 ? this.#positions : this.nextPosition) - 1
    this.used -= 1
  }

  /** Whether a number is 1 more than a position that the window covers. */
  coversEntry(entry: number): boolean {
    const age = this.nextPosition - entry + 1
    return entry > 0 && (age > 0 ? age : age + this.#positions) <= this.used
  }

  clear(): void {
    this.next = 0
    this.nextPosition = 0
    this.used = 0
    this.taken = 0
  }
}
