export interface Bar {
  /** UTC epoch milliseconds. */
  readonly timestamp: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

export interface Range {
  readonly high: number
  readonly low: number
  readonly meanVolume: number
}

/** The last `size` + 1 bars of one symbol in order of their time, in whatever order they came. */
export class BarWindow {
  readonly size: number
  readonly #bars: Bar[] = []

  constructor(size: number) {
    this.size = size
  }

  /**
   * Puts a bar in its place and answers whether it is the newest. A bar of a time already known is a
   * correction and replaces it; one from before the window is of no use any more.
   */
  add(bar: Bar): boolean {
    let at = this.#bars.length
    while (at > 0 && (this.#bars[at - 1]?.timestamp ?? 0) >= bar.timestamp) at -= 1
    const known = this.#bars[at]?.timestamp === bar.timestamp
    this.#bars.splice(at, known ? 1 : 0, bar)
    if (this.#bars.length > this.size + 1) this.#bars.shift()
    return this.#bars.at(-1) === bar
  }

  /** High, low and mean volume of the `size` bars before a time; undefined while there are not as many. */
  rangeBefore(timestamp: number): Range | undefined {
    let high = Number.NEGATIVE_INFINITY
    let low = Number.POSITIVE_INFINITY
    let volume = 0
    let counted = 0
    for (let at = this.#bars.length - 1; at >= 0 && counted < this.size; at -= 1) {
      const bar = this.#bars[at]
      if (bar === undefined || bar.timestamp >= timestamp) continue
      high = Math.max(high, bar.high)
      low = Math.min(low, bar.low)
      volume += bar.volume
      counted += 1
    }
    return counted < this.size ? undefined : { high, low, meanVolume: volume / counted }
  }
}
