/**
 * A token bucket: `burst` tokens at most, refilled at a steady rate. It is asked before a token is
 * taken, so whoever has to wait loses nothing. A clock that goes back counts as one that stood still.
 */
export class TokenBucket {
  #tokens: number
  #last: number

  /** @param now milliseconds of the clock that it follows. */
  constructor(
    readonly ratePerSecond: number,
    readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst
    this.#last = now
  }

  /** Whole tokens there are. */
  available(now: number): number {
    if (now > this.#last) {
      this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#last) * this.ratePerSecond) / 1_000)
    }
    this.#last = now
    // A token that rounding has left a hair short of whole is whole: else its wait would come to nothing.
    return Math.floor(this.#tokens + 1e-9)
  }

  /** Takes a token that `available` has shown. */
  take(): void {
    this.#tokens = Math.max(0, this.#tokens - 1)
  }

  /** What a token was taken for has come to nothing. */
  putBack(): void {
    this.#tokens = Math.min(this.burst, this.#tokens + 1)
  }

  /** Milliseconds until there is a token. */
  waitMs(now: number): number {
    if (this.available(now) >= 1) return 0
    return ((1 - this.#tokens) * 1_000) / this.ratePerSecond
  }
}
