/** The shortest duration told apart is 2^-10 ms, a little under a microsecond. */
const LOWEST = -10
/** Four buckets to a power of two: a percentile is at most 19 % off. */
const STEPS = 4
const BUCKETS = 24 * STEPS

/** Durations of one actor's calls, coarse and small: there may be a thousand actors. */
export class Durations {
  private readonly counts = new Uint32Array(BUCKETS)
  private total = 0

  record(durationMs: number): void {
    const at = Math.floor((Math.log2(Math.max(durationMs, 0.001)) - LOWEST) * STEPS)
    const bucket = Math.min(BUCKETS - 1, Math.max(0, at))
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.total += 1
  }

  /** The upper end of the bucket that holds it, in milliseconds; undefined while nothing is recorded. */
  percentile(percent: number): number | undefined {
    if (this.total === 0) return undefined
    let left = (percent / 100) * this.total
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.counts[bucket] ?? 0
      if (left <= 0) return 2 ** ((bucket + 1) / STEPS + LOWEST)
    }
    return undefined
  }
}
