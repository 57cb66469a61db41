import type { Environment, Timer } from '../environment/environment.js'
import { windowEnd } from '../events/conflate.js'
import type { EventQueue } from '../queue/queue.js'

export interface WindowsPorts {
  readonly environment: Environment
  readonly queue: EventQueue
  /** What waited has entered the queue. */
  readonly onEntered: () => void
}

/** A timer fires early by no more than a rounding error. Milliseconds. */
const EARLY_MS = 0.5

/** Windows of one length that events wait for the end of. */
interface OpenWindow {
  readonly windowMs: number
  /** UTC epoch milliseconds. */
  readonly until: number
}

/**
 * Ends the windows of conflated types, on one timer of the run's clock that is set only while
 * something waits. Over recorded data it is exact, so that events are handled in the same chunks in
 * every run. A wall clock that is set back holds nothing for longer than a few windows.
 */
export class Windows {
  /** Nothing waits for a window: the engine drains, or its clock is not moved any more. */
  closed = false
  /** Windows are ended before their time. */
  lettingGo = false
  readonly #open = new Map<number, OpenWindow>()
  #timer: Timer | undefined
  /** The end that the timer is set for. */
  #aim = Number.POSITIVE_INFINITY

  constructor(private readonly ports: WindowsPorts) {}

  /** An event waits for the end of a window of that length. */
  waitFor(windowMs: number, until: number): void {
    const open = this.#open.get(windowMs)
    if (open !== undefined && open.until <= until) return
    this.#open.set(windowMs, { windowMs, until })
    this.#arm()
  }

  /** Ends those windows now that something waits for: whoever drains is not to wait for them. */
  letGo(): void {
    // Over recorded data it would depend on when somebody asks, and the data comes to their end by itself.
    if (this.ports.environment.kind === 'data') return
    this.lettingGo = true
    try {
      this.#endBy(Number.POSITIVE_INFINITY)
    } finally {
      this.lettingGo = false
    }
  }

  /** Ends all windows now, and lets nothing wait any more. */
  close(): void {
    this.closed = true
    this.#endBy(Number.POSITIVE_INFINITY)
  }

  /** What waited was taken away. */
  drop(): void {
    this.closed = true
    this.#open.clear()
    this.#disarm()
  }

  #arm(): void {
    let next: OpenWindow | undefined
    for (const open of this.#open.values()) if (next === undefined || open.until < next.until) next = open
    if (next !== undefined && this.#timer !== undefined && this.#aim <= next.until) return
    this.#disarm()
    if (next === undefined) return
    const { environment } = this.ports
    const leftMs = next.until - environment.now()
    // What is read ahead lies ahead of the data's clock, which is never set back.
    const delayMs = environment.kind === 'data' ? leftMs : Math.min(leftMs, 2 * next.windowMs)
    this.#aim = next.until
    this.#timer = environment.setTimeout(() => this.#fire(), delayMs, { exact: true })
  }

  #disarm(): void {
    this.ports.environment.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#aim = Number.POSITIVE_INFINITY
  }

  #fire(): void {
    this.#timer = undefined
    // The aim is reached, whatever the clock shows: it may have been set back, or a rounding error is left.
    this.#endBy(Math.max(this.#aim, this.ports.environment.now()))
  }

  #endBy(epochMs: number): void {
    const { queue, environment, onEntered } = this.ports
    const { depth } = queue
    for (const { windowMs, until } of [...this.#open.values()]) {
      if (until > epochMs) continue
      this.#open.delete(windowMs)
      // What enters now is the one that enters in the window which has just begun, or where the clock was set in its.
      const now = environment.now()
      const begun = until - now < EARLY_MS ? Math.max(now, until) : now
      queue.enterDeferred(windowMs, epochMs, windowEnd(begun, windowMs))
      const next = queue.conflated.earliest(windowMs)
      if (next !== Number.POSITIVE_INFINITY) this.#open.set(windowMs, { windowMs, until: next })
    }
    this.#arm()
    if (queue.depth > depth) onEntered()
  }
}
