import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { LoopDelay, Memory } from './environment.js'

/** How often the event loop's lateness is sampled, outside of JavaScript. Milliseconds. */
const RESOLUTION_MS = 20
const NS_PER_MS = 1_000_000

/** Sums over all samples so far: each is the time between two timers, in milliseconds. */
interface Sums {
  readonly time: number
  readonly square: number
}

function sumsOf({ count, mean, stddev }: IntervalHistogram): Sums {
  if (count === 0) return { time: 0, square: 0 }
  const meanMs = mean / NS_PER_MS
  const deviationMs = stddev / NS_PER_MS
  return { time: count * meanMs, square: count * (meanMs * meanMs + deviationMs * deviationMs) }
}

/**
 * Watches how late the event loop runs its timers; each watch holds a handle until it is closed.
 *
 * Node's histogram is never reset, as the first sample after a reset is lost: that would be the very
 * one that a loop blocked for seconds takes. What came since the last read is a difference of sums.
 */
export class LoopDelays {
  #open = 0

  /** Watches that are not closed. */
  get open(): number {
    return this.#open
  }

  watch(): LoopDelay {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    histogram.enable()
    this.#open += 1
    let closed = false
    let last = sumsOf(histogram)
    return {
      read() {
        const now = sumsOf(histogram)
        const time = now.time - last.time
        const square = now.square - last.square
        last = now
        // A block weighs by its own length: that of a second outweighs the fifty samples of the next.
        return time > 0 ? Math.max(0, square / time - RESOLUTION_MS) : 0
      },
      close: () => {
        if (closed) return
        closed = true
        histogram.disable()
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
