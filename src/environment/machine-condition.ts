import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { LoopDelay, Memory } from './environment.js'

/** How often the event loop's lateness is sampled, outside of JavaScript. Milliseconds. */
const RESOLUTION_MS = 20
const NS_PER_MS = 1_000_000

/** One of Node's histograms; the first sample after a reset only sets its clock. */
class Sampler {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  private counted = 0

  constructor() {
    this.histogram.enable()
  }

  /** Samples since the last call. */
  count(): number {
    const { count } = this.histogram
    const since = count - this.counted
    this.counted = count
    return since
  }

  /** The longest time between two samples since the reset: milliseconds, the interval itself among them. */
  get longestMs(): number {
    return this.histogram.max / NS_PER_MS
  }

  reset(): void {
    this.histogram.reset()
    this.counted = 0
  }

  close(): void {
    this.histogram.disable()
  }
}

/**
 * How late timers ran, on average over the time that passed, where that many samples fell into it and
 * none took longer than the longest: the most that it can have been, and exact for blocks of one length.
 */
export function latenessOf(elapsedMs: number, samples: number, longestMs: number): number {
  const lateMs = longestMs - RESOLUTION_MS
  if (samples === 0 || lateMs <= 0) return 0
  const lostMs = Math.max(0, elapsedMs - samples * RESOLUTION_MS)
  const blocks = Math.min(samples, lostMs / lateMs)
  // A block weighs by its own length: that of a second outweighs the fifty samples of the next.
  const squares = blocks * longestMs ** 2 + (samples - blocks) * RESOLUTION_MS ** 2
  const time = blocks * longestMs + (samples - blocks) * RESOLUTION_MS
  return Math.max(0, squares / time - RESOLUTION_MS)
}

/**
 * Watches how late the event loop runs its timers; each watch holds handles until it is closed.
 *
 * Two histograms take turns, so that a read always has one that was running before the time it looks
 * at: what a reset loses would be the very sample that a loop blocked for seconds takes. Only counts and
 * maxima are read, as a mean or a percentile of Node's costs half a millisecond.
 */
export class LoopDelays {
  #open = 0

  /** Watches that are not closed. */
  get open(): number {
    return this.#open
  }

  /** @param now The monotonic clock, milliseconds. */
  watch(now: () => number): LoopDelay {
    let older = new Sampler()
    let newer = new Sampler()
    let readAt = now()
    let closed = false
    this.#open += 1
    return {
      read() {
        const at = now()
        const lateness = latenessOf(at - readAt, older.count(), older.longestMs)
        readAt = at
        older.reset()
        newer.count()
        const turned = older
        older = newer
        newer = turned
        return lateness
      },
      close: () => {
        if (closed) return
        closed = true
        older.close()
        newer.close()
        this.#open -= 1
      },
    }
  }
}

/** What V8 says of its heap. */
export function heapMemory(): Memory {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics()
  return { usedBytes, limitBytes }
}
