/** Times kept per ticker at most; in a wilder window the count stops here, which is a burst by any measure. */
const MAX_TIMES = 64

export interface BurstOptions {
  /** Width of the sliding window, in event time. Milliseconds. */
  readonly windowMs: number
  /** Memory of the usual rate. Milliseconds. */
  readonly baselineMs: number
  /** A burst is at least this many stories in one window ... */
  readonly minStories: number
  /** ... and at least this many times the usual. */
  readonly factor: number
}

/**
 * Counts stories of one ticker in a sliding window of event time, and knows how many are usual for it.
 *
 * The usual is an exponentially decayed count of what has left the window, so that a burst is not
 * measured against itself. Stories may come in any order: one inside the window is put in its place, one
 * behind it only adds to the usual.
 */
export class Burst {
  readonly options: BurstOptions
  /** Times inside the window, oldest first. UTC epoch milliseconds. */
  readonly #times: number[] = []
  #usualWeight = 0
  #usualAsOf = 0
  #firstAt: number | undefined
  #bursting = false

  constructor(options: BurstOptions) {
    this.options = options
  }

  /** Stories held at this moment. */
  get held(): number {
    return this.#times.length
  }

  /** Takes in a story; answers when a burst begins, and then not again before this one is over. */
  see(timestamp: number): { readonly stories: number; readonly usual: number } | undefined {
    this.#firstAt = Math.min(this.#firstAt ?? timestamp, timestamp)
    const newest = Math.max(timestamp, this.#times.at(-1) ?? timestamp)
    this.#insert(timestamp)
    this.#expire(newest - this.options.windowMs)
    const stories = this.#times.length
    const usual = this.#usual(newest)
    const limit = Math.max(this.options.minStories, this.options.factor * usual)
    // Half the limit ends a burst, so that a count which hovers at the limit is one burst and not ten.
    if (this.#bursting) this.#bursting = stories * 2 > limit
    else if (stories >= limit) {
      this.#bursting = true
      return { stories, usual }
    }
    return undefined
  }

  #insert(timestamp: number): void {
    let at = this.#times.length
    while (at > 0 && (this.#times[at - 1] ?? 0) > timestamp) at -= 1
    this.#times.splice(at, 0, timestamp)
  }

  #expire(start: number): void {
    let oldest = this.#times[0]
    while (oldest !== undefined && (oldest <= start || this.#times.length > MAX_TIMES)) {
      this.#times.shift()
      this.#addToUsual(oldest)
      oldest = this.#times[0]
    }
  }

  #addToUsual(timestamp: number): void {
    if (timestamp > this.#usualAsOf) {
      this.#usualWeight = this.#usualWeight * Math.exp((this.#usualAsOf - timestamp) / this.options.baselineMs) + 1
      this.#usualAsOf = timestamp
    } else {
      this.#usualWeight += Math.exp((timestamp - this.#usualAsOf) / this.options.baselineMs)
    }
  }

  /** Stories that a window usually holds: at least a half, since a ticker never seen before has no usual. */
  #usual(now: number): number {
    const { windowMs, baselineMs } = this.options
    const knownMs = now - windowMs - (this.#firstAt ?? now)
    if (knownMs <= 0) return 0.5
    const weight = this.#usualWeight * Math.exp((this.#usualAsOf - now + windowMs) / baselineMs)
    // The decayed count of a steady rate r over a time t is r * baseline * (1 - exp(-t / baseline)).
    const horizonMs = baselineMs * (1 - Math.exp(-knownMs / baselineMs))
    return Math.max(0.5, (weight * windowMs) / Math.max(horizonMs, windowMs))
  }
}
