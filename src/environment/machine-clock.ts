import { performance } from 'node:perf_hooks'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { clampDelay, isAbsurdDelay, MAX_HOST_DELAY_MS } from './duration.js'
import type { Timer } from './environment.js'

/** Told of what a timer's callback threw. */
export type OnError = (error: unknown) => void

/** What the clock asks of its host. */
export interface Host {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): NodeJS.Timeout
  clearTimeout(timer: NodeJS.Timeout): void
  setImmediate(callback: () => void): void
}

const node: Host = { now: () => performance.now(), setTimeout, clearTimeout, setImmediate }

/** A timer of the host's, which fires once its deadline on the monotonic clock has passed, and not before. */
class HostTimer implements Timer {
  readonly deadline: number
  readonly callback: () => void
  /** When it fires on the monotonic clock; `deadline` may be on another. */
  readonly due: number
  host: NodeJS.Timeout | undefined

  constructor(deadline: number, due: number, callback: () => void) {
    this.deadline = deadline
    this.due = due
    this.callback = callback
  }
}

/** The clock of real work: Node's monotonic clock, timers and turns of the event loop, counted. */
export class MachineClock {
  readonly #onError: OnError | undefined
  readonly #host: Host
  #timers = 0
  #yields = 0
  #clamped = 0

  /** @param onError Without it, what a callback throws is an uncaught exception, as with any timer of Node's. */
  constructor(onError?: OnError, host: Host = node) {
    this.#onError = onError
    this.#host = host
  }

  /** Timers and yields that are pending. */
  get pending(): number {
    return this.#timers + this.#yields
  }

  /** How many delays were not a number or longer than any date, and were clamped. */
  get clamped(): number {
    return this.#clamped
  }

  monotonic(): number {
    return this.#host.now()
  }

  /**
   * @param delayMs Clamped to at least 1 ms, and to at most the range of a Date.
   * @param now What the clock that the timer is set on shows: it gives the timer's `deadline`.
   */
  set(callback: () => void, delayMs: number, now: number): Timer {
    if (isAbsurdDelay(delayMs)) this.#clamped += 1
    const delay = clampDelay(delayMs)
    const timer = new HostTimer(now + delay, this.#host.now() + delay, callback)
    this.#timers += 1
    this.#arm(timer, delay)
    return timer
  }

  clear(timer: Timer | undefined): void {
    if (!(timer instanceof HostTimer) || timer.host === undefined) return
    this.#host.clearTimeout(timer.host)
    timer.host = undefined
    this.#timers -= 1
  }

  yield(callback: () => void): void {
    this.#yields += 1
    this.#host.setImmediate(() => {
      this.#yields -= 1
      this.#run(callback)
    })
  }

  // Node fires a delay of 2^31 ms or more at once, and cuts off fractions, so that it may also fire
  // up to a millisecond early: both are met by looking at the clock again, and going on waiting.
  #arm(timer: HostTimer, remaining: number): void {
    const step = remaining < MAX_HOST_DELAY_MS ? Math.ceil(remaining) : MAX_HOST_DELAY_MS
    timer.host = this.#host.setTimeout(() => {
      const left = timer.due - this.#host.now()
      if (left > 0) {
        this.#arm(timer, left)
        return
      }
      timer.host = undefined
      this.#timers -= 1
      this.#run(timer.callback)
    }, step)
  }

  #run(callback: () => void): void {
    if (this.#onError === undefined) {
      callback()
      return
    }
    try {
      callback()
    } catch (error) {
      this.#onError(error)
    }
  }
}
