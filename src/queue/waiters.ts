import type { Environment, Timer } from '../environment/environment.js'
import { LANES } from '../events/event.js'
import { wholeNumber } from './bounds.js'
import { DeadlineHeap, Waiter, type WaiterEntry, WaiterList } from './waiter-list.js'

/** No environment need take a longer delay: a watch that comes early finds nothing due and is set again. */
const LONGEST_WATCH_MS = 0x7fffffff

/** How the waits ended so far, and how many did not begin. */
export interface WaiterCounters {
  /** Took room that `wake` offered. */
  admitted: number
  /** Threw when room was offered. */
  failed: number
  timedOut: number
  /** Released by `releaseAll` or `close`. */
  released: number
  /** Not let in: too many waited already, no time was given, or the waiting room was closed. */
  turnedAway: number
}

/**
 * Publishers that wait for room in the queue: those of a more urgent lane first, and within a lane
 * in order of arrival. There are at most `maxWaiters`, they share one timer, and nothing of a
 * waiter is kept once its wait has ended.
 *
 * Callbacks may call any method. A callback that throws ends its own wait and no other; what it
 * threw goes to the caller of `wake` or `releaseAll`, or out of the timer.
 */
export class Waiters {
  readonly maxWaiters: number
  readonly counters: Readonly<WaiterCounters>
  /** The most that ever waited at once. */
  peak = 0
  readonly #counters: WaiterCounters = { admitted: 0, failed: 0, timedOut: 0, released: 0, turnedAway: 0 }
  readonly #environment: Environment
  readonly #lanes: readonly WaiterList[] = LANES.map(() => new WaiterList())
  readonly #deadlines = new DeadlineHeap()
  #size = 0
  #arrivals = 0
  #timer: Timer | undefined
  /** The deadline that `#timer` is set for. */
  #armedFor = Number.POSITIVE_INFINITY
  /** Rooms that the running `wake` still has to offer; a `wake` called by a callback adds to it and returns. */
  #rooms = 0
  #waking = false
  #releasing = false
  #closed = false
  /** How often all were released, and why the last time: what a waiter that was deciding at the time has to be told. */
  #releases = 0
  #reason = ''

  /** Throws OUTCRY_OPTION_INVALID for a number out of range. */
  constructor(environment: Environment, maxWaiters: number) {
    this.#environment = environment
    this.maxWaiters = wholeNumber('queue.maxWaiters', maxWaiters, 0, 16_777_216)
    this.counters = this.#counters
  }

  get size(): number {
    return this.#size
  }

  /**
   * Lets a publisher wait for at most `timeoutMs` (Infinity: without end). False, and counted, if it
   * cannot wait: then no callback will come, and the caller applies its overflow policy at once.
   */
  wait(entry: WaiterEntry, timeoutMs: number): boolean {
    const list = this.#lanes[entry.lane]
    if (list === undefined) throw new RangeError(`There is no lane ${entry.lane}: lanes are 0 to 3.`)
    if (this.#size >= this.maxWaiters || this.#closed || this.#releasing || !(timeoutMs > 0)) {
      this.#counters.turnedAway += 1
      return false
    }
    this.#arrivals += 1
    const waiter = new Waiter(entry, this.#environment.monotonic() + timeoutMs, this.#arrivals)
    list.append(waiter)
    this.#deadlines.add(waiter)
    this.#size += 1
    if (this.#size > this.peak) this.peak = this.#size
    this.#arm()
    return true
  }

  /**
   * Offers `rooms` places, one waiter after another, until they are taken or a waiter finds none.
   * Returns how many were taken; 0 to a callback that calls it, whose places the running call offers.
   */
  wake(rooms: number): number {
    if (this.#releasing) return 0
    this.#rooms += rooms
    if (this.#waking) return 0
    this.#waking = true
    const admitted = this.#counters.admitted
    try {
      while (this.#rooms > 0) {
        const waiter = this.#next()
        if (waiter === undefined || !this.#offer(waiter)) break
        this.#rooms -= 1
      }
    } finally {
      this.#rooms = 0
      this.#waking = false
      this.#arm()
    }
    return this.#counters.admitted - admitted
  }

  /** Ends every wait with `reason`; none can begin until it returns. Returns how many it ended. */
  releaseAll(reason: string): number {
    if (this.#releasing) return 0
    this.#releasing = true
    this.#releases += 1
    this.#reason = reason
    const before = this.#counters.released
    let failure: { readonly error: unknown } | undefined
    for (let waiter = this.#next(); waiter !== undefined; waiter = this.#next()) {
      this.#forget(waiter)
      this.#counters.released += 1
      try {
        waiter.entry.onStop(reason)
      } catch (error) {
        failure ??= { error }
      }
    }
    this.#releasing = false
    this.#arm()
    if (failure !== undefined) throw failure.error
    return this.#counters.released - before
  }

  /** Ends every wait with `reason`, for good: from now on none can wait. */
  close(reason: string): number {
    this.#closed = true
    return this.releaseAll(reason)
  }

  /** The waiter whose turn it is. */
  #next(): Waiter | undefined {
    for (const list of this.#lanes) if (list.first !== undefined) return list.first
    return undefined
  }

  /**
   * The waiter is out of reach while it decides, so that no stop or timeout that it sets off can end
   * its wait a second time; its place in the bound stays taken, since it may wait on.
   */
  #offer(waiter: Waiter): boolean {
    const releases = this.#releases
    this.#unlink(waiter)
    let answer: boolean | undefined
    try {
      answer = waiter.entry.onRoom()
    } finally {
      if (answer !== false) this.#size -= 1
      if (answer === undefined) this.#counters.failed += 1
    }
    if (answer) {
      this.#counters.admitted += 1
      return true
    }
    if (releases !== this.#releases) {
      this.#size -= 1
      this.#counters.released += 1
      waiter.entry.onStop(this.#reason)
    } else {
      this.#lanes[waiter.entry.lane]?.prepend(waiter)
      this.#deadlines.add(waiter)
    }
    return false
  }

  #unlink(waiter: Waiter): void {
    this.#lanes[waiter.entry.lane]?.remove(waiter)
    this.#deadlines.remove(waiter)
  }

  #forget(waiter: Waiter): void {
    this.#unlink(waiter)
    this.#size -= 1
  }

  /** Sets the one timer for the earliest deadline. One that is set for an earlier time is left: setting anew costs more. */
  #arm(): void {
    const deadline = this.#deadlines.earliest()?.deadline ?? Number.POSITIVE_INFINITY
    if (this.#size > 0 && this.#armedFor <= deadline) return
    this.#disarm()
    if (deadline === Number.POSITIVE_INFINITY) return
    const delayMs = Math.ceil(Math.max(0, deadline - this.#environment.monotonic()))
    this.#armedFor = deadline
    this.#timer = this.#environment.watch(this.#expire, Math.min(delayMs, LONGEST_WATCH_MS))
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#environment.unwatch(this.#timer)
    this.#timer = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
  }

  readonly #expire = (): void => {
    this.#timer = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = this.#environment.monotonic()
    try {
      for (let waiter = this.#deadlines.earliest(); waiter !== undefined; waiter = this.#deadlines.earliest()) {
        if (waiter.deadline > now) break
        this.#forget(waiter)
        this.#counters.timedOut += 1
        waiter.entry.onTimeout()
      }
    } finally {
      this.#arm()
    }
  }
}
