/** How often, at most, the wall clock is compared with the operating system's. Milliseconds. */
const CHECK_EVERY_MS = 1_000

/** The operating system's clock shows whole milliseconds; a difference beyond this is a step of it. */
const TOLERANCE_MS = 2

/**
 * UTC epoch milliseconds with a fraction: the monotonic clock over an origin, since `Date.now` has
 * no fraction. The monotonic clock knows nothing of a machine that slept or whose time was set, so
 * the origin is compared with `Date.now` once a second and moved when the two have parted.
 */
export class WallClock {
  readonly #monotonic: () => number
  readonly #date: () => number
  #origin: number
  #checkAt = 0

  constructor(monotonic: () => number, date: () => number, origin: number) {
    this.#monotonic = monotonic
    this.#date = date
    this.#origin = origin
  }

  now(): number {
    const elapsed = this.#monotonic()
    if (elapsed >= this.#checkAt) this.#check(elapsed)
    return this.#origin + elapsed
  }

  #check(elapsed: number): void {
    this.#checkAt = elapsed + CHECK_EVERY_MS
    // Date.now cuts the fraction off, so the middle of its millisecond is the best guess.
    const date = this.#date() + 0.5
    const parted = date - (this.#origin + elapsed)
    if (parted > TOLERANCE_MS || parted < -TOLERANCE_MS) this.#origin += parted
  }
}
