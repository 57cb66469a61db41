import { clampDelay, isAbsurdDelay } from './duration.js'
import type { Timer } from './environment.js'
import type { OnError } from './machine-clock.js'
import { HeapTimer, TimerHeap } from './timer-heap.js'

/** Errors kept of one advance for a caller that gave no `onError`; the rest are counted. */
const MAX_ERRORS_KEPT = 100

/** What the callbacks of one advance threw. */
class Failures {
  readonly kept: unknown[] = []
  count = 0

  add(error: unknown): void {
    this.count += 1
    if (this.kept.length < MAX_ERRORS_KEPT) this.kept.push(error)
  }

  rethrow(): void {
    if (this.count === 0) return
    if (this.count === 1) throw this.kept[0]
    throw new AggregateError(this.kept, `${this.count} timers threw while the data clock advanced`)
  }
}

/** A clock that stands still until it is moved, and fires its timers on the way. */
export class DataClock {
  readonly #onError: OnError | undefined
  // Two heaps, so that the earliest exact timer is known at once: it is asked for every chunk.
  readonly #exact = new TimerHeap()
  readonly #loose = new TimerHeap()
  #now: number
  #begun: boolean
  #sequence = 0
  #clamped = 0

  /** @param start UTC epoch milliseconds. Undefined: `begin` tells, and until then it shows 0. */
  constructor(start: number | undefined, onError?: OnError) {
    this.#now = start ?? 0
    this.#begun = start !== undefined
    this.#onError = onError
  }

  get now(): number {
    return this.#now
  }

  get pending(): number {
    return this.#exact.size + this.#loose.size
  }

  get clamped(): number {
    return this.#clamped
  }

  get nextExact(): number {
    return this.#exact.peek()?.deadline ?? Number.POSITIVE_INFINITY
  }

  set(callback: () => void, delayMs: number, exact: boolean): Timer {
    if (isAbsurdDelay(delayMs)) this.#clamped += 1
    this.#sequence += 1
    const timer = new HeapTimer(this.#now + clampDelay(delayMs), this.#sequence, callback)
    if (exact) this.#exact.push(timer)
    else this.#loose.push(timer)
    return timer
  }

  clear(timer: Timer | undefined): void {
    if (!(timer instanceof HeapTimer)) return
    if (!this.#exact.remove(timer)) this.#loose.remove(timer)
  }

  /** Sets a clock that was not told where it starts, with all timers that were set meanwhile. Moves nothing later. */
  begin(epochMs: number): void {
    if (this.#begun) return
    this.#begun = true
    const byMs = epochMs - this.#now
    if (!(byMs > 0)) return
    this.#now = epochMs
    this.#exact.postpone(byMs)
    this.#loose.postpone(byMs)
  }

  advanceTo(epochMs: number): void {
    this.#begun = true
    const failures = new Failures()
    const onError = this.#onError ?? ((error: unknown) => failures.add(error))
    for (let heap = this.#dueBy(epochMs); heap !== undefined; heap = this.#dueBy(epochMs)) {
      const timer = heap.pop()
      if (timer === undefined) break
      // A callback that itself advances has moved the clock on: it does not go back for this timer.
      if (timer.deadline > this.#now) this.#now = timer.deadline
      try {
        timer.callback()
      } catch (error) {
        onError(error)
      }
    }
    if (epochMs > this.#now) this.#now = epochMs
    failures.rethrow()
  }

  /** The heap that holds the timer to fire next, if one is due by then. */
  #dueBy(epochMs: number): TimerHeap | undefined {
    const exact = this.#exact.peek()
    const loose = this.#loose.peek()
    const first = exact === undefined || loose?.isBefore(exact) ? loose : exact
    if (first === undefined || !(first.deadline <= epochMs)) return undefined
    return first === exact ? this.#exact : this.#loose
  }
}
