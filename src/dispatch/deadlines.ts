import { clampDelay } from '../environment/duration.js'
import type { Environment, Timer } from '../environment/environment.js'
import { HeapTimer, TimerHeap } from '../environment/timer-heap.js'

/** What {@link Deadlines.add} gives and {@link Deadlines.remove} takes. */
export type Deadline = Timer

/**
 * Bounds on how long many things may take, on one timer of the machine's clock: a timer of the
 * operating system for every pending promise would cost more than the promise.
 *
 * Callbacks run one at a time, in order of deadline, then of adding; never before their deadline,
 * and never from within `add`. What one throws is told to `onError` and hinders no other. It holds
 * one entry for every deadline that is neither past nor removed, and nothing else.
 */
export class Deadlines {
  readonly #environment: Environment
  readonly #onError: (error: unknown) => void
  readonly #heap = new TimerHeap()
  #armed: Timer | undefined
  /** The deadline that the timer is set for. */
  #aim = 0
  #sequence = 0
  #firing = false
  #closed = false

  constructor(environment: Environment, onError: (error: unknown) => void) {
    this.#environment = environment
    this.#onError = onError
  }

  /** Deadlines that are neither past nor removed. */
  get size(): number {
    return this.#heap.size
  }

  /**
   * @param afterMs Milliseconds on the machine's clock; clamped to at least 1.
   * @returns A handle for `remove`. After `close` its callback never runs.
   */
  add(afterMs: number, callback: () => void): Deadline {
    this.#sequence += 1
    const deadline = this.#environment.monotonic() + clampDelay(afterMs)
    const entry = new HeapTimer(deadline, this.#sequence, callback)
    if (this.#closed) return entry
    this.#heap.push(entry)
    // Only an entry that became the first can need an earlier timer than the one that is set.
    if (entry.position === 0) this.#arm()
    return entry
  }

  /** False if it is past, removed, or not one of these. */
  remove(deadline: Deadline | undefined): boolean {
    if (!(deadline instanceof HeapTimer) || !this.#heap.remove(deadline)) return false
    // The timer of a removed first entry stays: it looks again when it fires, and most often another
    // add has come by then. But an idle engine must leave no timer, so the last one takes it along.
    if (this.#heap.size === 0) this.#disarm()
    return true
  }

  /** Forgets everything; no callback runs any more. */
  close(): void {
    this.#closed = true
    this.#heap.clear()
    this.#disarm()
  }

  #arm(): void {
    const first = this.#heap.peek()
    if (first === undefined || this.#firing) return
    if (this.#armed !== undefined) {
      if (this.#aim <= first.deadline) return
      this.#disarm()
    }
    this.#aim = first.deadline
    this.#armed = this.#environment.watch(() => this.#fire(), first.deadline - this.#environment.monotonic())
  }

  #disarm(): void {
    this.#environment.unwatch(this.#armed)
    this.#armed = undefined
  }

  #fire(): void {
    this.#armed = undefined
    this.#firing = true
    // One look at the clock: what callbacks add waits for the next turn, so that a callback that
    // takes long and re-adds itself cannot hold the event loop.
    // The aim counts as reached, as a delay in floating point may end a rounding error before it.
    const now = Math.max(this.#environment.monotonic(), this.#aim)
    try {
      for (let first = this.#heap.peek(); first !== undefined && first.deadline <= now; first = this.#heap.peek()) {
        this.#heap.remove(first)
        this.#run(first.callback)
      }
    } finally {
      this.#firing = false
      this.#arm()
    }
  }

  #run(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#onError(error)
    }
  }
}
