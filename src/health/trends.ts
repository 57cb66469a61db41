import type { HealthSettings } from './options.js'
import type { HealthReading } from './reading.js'
import { type Counted, CountWindow } from './window.js'

/** No ratio is shown above this: it may be that nothing at all came to an end. */
const MAX_RATIO = 1_000

/** What one look alone cannot tell. */
export interface Trend {
  /** How long events have waited with none handled. Milliseconds. */
  readonly stalledMs: number
  /** How long the queue has stood above its high-water mark without a break. Milliseconds. */
  readonly throttledMs: number
  /** Within the window. */
  readonly counted: Counted
  /** Events accepted for each that came to an end; 0 where the queue is too short to tell. */
  readonly arrivalRatio: number
  /** Share of the deliveries that failed; 0 where there were too few to tell. */
  readonly errorRate: number
}

/** Follows an engine's readings from look to look, in constant memory. */
export class Trends {
  private readonly window: CountWindow
  private last: HealthReading | undefined
  private stalledMs = 0
  private throttledMs = 0

  constructor(private readonly settings: HealthSettings) {
    this.window = new CountWindow(Math.max(1, Math.round(settings.windowMs / settings.intervalMs)))
  }

  take(reading: HealthReading): Trend {
    const { last } = this
    this.last = reading
    const counted = this.window.take(reading)
    // A machine that slept for an hour has not been stalled for an hour: no look stands for more than two intervals.
    const elapsed = last === undefined ? 0 : Math.min(reading.machineMs - last.machineMs, 2 * this.settings.intervalMs)
    this.stalledMs = stuck(reading, last) ? this.stalledMs + elapsed : 0
    this.throttledMs = throttledThroughout(reading, last) ? this.throttledMs + elapsed : 0
    return {
      stalledMs: this.stalledMs,
      throttledMs: this.throttledMs,
      counted,
      arrivalRatio: this.arrivalRatio(reading, counted),
      errorRate: counted.delivered < this.settings.errorRate.minDeliveries ? 0 : counted.failed / counted.delivered,
    }
  }

  private arrivalRatio({ held, queue }: HealthReading, { accepted, ended }: Counted): number {
    if (held || queue.depth < this.settings.arrivalRatio.minQueueShare * queue.capacity || accepted === 0) return 0
    return Math.min(MAX_RATIO, accepted / Math.max(1, ended))
  }
}

/** A handled delivery is progress even if its event waits for a laggard's. */
const stuck = (now: HealthReading, last: HealthReading | undefined): boolean =>
  last !== undefined &&
  !now.held &&
  !last.held &&
  now.queue.depth > 0 &&
  last.queue.depth > 0 &&
  now.ended === last.ended &&
  now.delivered === last.delivered

const throttledThroughout = (now: HealthReading, last: HealthReading | undefined): boolean =>
  last !== undefined && now.queue.throttled && last.queue.throttled && now.queue.crossings === last.queue.crossings
