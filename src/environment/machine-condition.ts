import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { LoopDelay, Memory } from './environment.js'

/** How often the event loop's lateness is sampled, outside of JavaScript. Milliseconds. */
const RESOLUTION_MS = 20
const NS_PER_MS = 1_000_000

/** Watches how late the event loop runs its timers; each holds a handle until it is closed. */
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
    return {
      read() {
        // A sample is the whole time between two of its timers, so it holds the interval itself.
        const sampled = histogram.count === 0 ? 0 : histogram.percentile(99) / NS_PER_MS - RESOLUTION_MS
        histogram.reset()
        return Math.max(0, sampled)
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
