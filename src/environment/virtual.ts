import { setImmediate } from 'node:timers'
import { z } from 'zod'
import { clampDelay, isAbsurdDelay } from './duration.js'
import type { Environment, Timer } from './environment.js'
import { checkOptions, environmentOptions } from './options.js'
import { RandomStreams, type Sfc32, streamOf } from './random.js'
import { HeapTimer, TimerHeap } from './timer-heap.js'
import { UuidV7 } from './uuid.js'

export interface VirtualEnvironmentOptions {
  /** Seed of ids, random streams and ties: a finite number. Default 0. */
  readonly seed?: number
  /** What the run's clock shows first. UTC epoch milliseconds; default 2024-01-02T14:30:00Z. */
  readonly startMs?: number
  /** Timers of one deadline fire in an order drawn from the seed, not in the order they were set. Default false. */
  readonly shuffleTies?: boolean
  /** Time that one turn of the event loop takes, in milliseconds: without it a busy loop would stop time. Default 0.01. */
  readonly turnMs?: number
  /** Told of what a timer's or a yield's callback threw. */
  readonly onError?: (error: unknown) => void
}

/** A world's clock: time stands still until `step` takes it to the next timer. */
export interface VirtualEnvironment extends Environment {
  readonly kind: 'virtual'
  /**
   * Goes to the earliest timer or yield, fires it alone, and resolves when all promises that it led
   * to have run. False, and nothing happens, if there is none by `untilMs` on the machine's clock.
   */
  step(untilMs?: number): Promise<boolean>
  /** Lets promises run without moving time. */
  settle(): Promise<void>
  /** Time passes while code runs: no timer fires meanwhile, those that fell due fire late. Milliseconds. */
  spend(ms: number): void
  /** Moves time on to `ms` of the machine's clock where nothing is left to fire before it. */
  idleUntil(ms: number): void
  /** The wall clock is set forward or back; no timer moves with it. Milliseconds. */
  jump(byMs: number): void
  /** Timers and yields fired so far. */
  readonly steps: number
  /** How many delays were not a number or longer than any date, and were clamped. */
  clamped(): number
}

const schema = environmentOptions.extend({
  startMs: z.number().min(0).max(8.64e15).optional(),
  shuffleTies: z.boolean().optional(),
  turnMs: z.number().min(0).max(1_000).optional(),
})

const START_MS = 1_704_205_800_000
const TURN_MS = 0.01
const ID_STREAM = '\u0000id'
const TIES_STREAM = '\u0000ties'

/** Resolves once every pending promise has run: the event loop begins a turn only after them. */
const promisesRun = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A timer as its owner knows it; its deadline is on the clock that it was set on. */
class VirtualTimer implements Timer {
  constructor(
    readonly deadline: number,
    readonly entry: HeapTimer,
  ) {}
}

class World implements VirtualEnvironment {
  readonly kind = 'virtual'
  steps = 0
  readonly #heap = new TimerHeap()
  #yields: (() => void)[] = []
  #nextYield = 0
  #elapsed = 0
  #offset: number
  #sequence = 0
  #clamped = 0
  readonly #streams: RandomStreams
  readonly #ids: UuidV7
  readonly #ties: Sfc32 | undefined
  readonly #turnMs: number
  readonly #onError: ((error: unknown) => void) | undefined

  constructor(options: VirtualEnvironmentOptions) {
    const { seed = 0, startMs = START_MS, shuffleTies = false, turnMs = TURN_MS, onError } = options
    this.#offset = startMs
    this.#streams = new RandomStreams(seed)
    const ids = streamOf(seed, ID_STREAM)
    this.#ids = new UuidV7((words) => {
      for (let at = 0; at < words.length; at += 1) words[at] = ids.next() >>> 16
    })
    this.#ties = shuffleTies ? streamOf(seed, TIES_STREAM) : undefined
    this.#turnMs = turnMs
    this.#onError = onError
  }

  now(): number {
    return this.#offset + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#set(callback, delayMs, this.now())
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer instanceof VirtualTimer) this.#heap.remove(timer.entry)
  }

  watch(callback: () => void, delayMs: number): Timer {
    return this.#set(callback, delayMs, this.#elapsed)
  }

  unwatch(timer: Timer | undefined): void {
    this.clearTimeout(timer)
  }

  random(stream: string): number {
    return this.#streams.stream(stream).fraction()
  }

  id(): string {
    return this.#ids.next(this.now())
  }

  yield(callback: () => void): void {
    this.#yields.push(callback)
  }

  pending(): number {
    return this.#heap.size + this.#yields.length - this.#nextYield
  }

  clamped(): number {
    return this.#clamped
  }

  spend(ms: number): void {
    if (ms > 0) this.#elapsed += ms
  }

  idleUntil(ms: number): void {
    if (ms > this.#elapsed) this.#elapsed = ms
  }

  jump(byMs: number): void {
    this.#offset += byMs
  }

  settle(): Promise<void> {
    return promisesRun()
  }

  async step(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const callback = this.#next(untilMs)
    if (callback === undefined) return false
    this.steps += 1
    try {
      callback()
    } catch (error) {
      if (this.#onError === undefined) throw error
      this.#onError(error)
    }
    await promisesRun()
    return true
  }

  /** Timers that are due come before yields, as in Node's event loop; with shuffled ties a coin decides. */
  #next(untilMs: number): (() => void) | undefined {
    const timer = this.#heap.peek()
    const yields = this.#nextYield < this.#yields.length
    // A turn takes time, so a timer may be due by now that is none of this step's.
    const due = timer !== undefined && timer.deadline <= Math.min(this.#elapsed, untilMs)
    if (yields && (!due || (this.#ties !== undefined && this.#ties.next() % 2 === 0))) {
      this.#elapsed += this.#turnMs
      const callback = this.#yields[this.#nextYield]
      this.#nextYield += 1
      if (this.#nextYield === this.#yields.length) {
        this.#yields = []
        this.#nextYield = 0
      }
      return callback
    }
    if (timer === undefined || timer.deadline > untilMs) return undefined
    this.#heap.remove(timer)
    if (timer.deadline > this.#elapsed) this.#elapsed = timer.deadline
    return timer.callback
  }

  #set(callback: () => void, delayMs: number, now: number): Timer {
    if (isAbsurdDelay(delayMs)) this.#clamped += 1
    const delay = clampDelay(delayMs)
    this.#sequence += 1
    const order =
      this.#ties === undefined ? this.#sequence : this.#ties.next() * 2_097_152 + (this.#sequence % 2_097_152)
    const entry = new HeapTimer(this.#elapsed + delay, order, callback)
    this.#heap.push(entry)
    return new VirtualTimer(now + delay, entry)
  }
}

/**
 * The environment of a simulation: both clocks are virtual and move from timer to timer, ids and
 * chance come from the seed, and between two timers all promises run to their end. Whoever holds it
 * turns it with `step`.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for an option of the wrong kind or out of range.
 */
export function createVirtualEnvironment(options: VirtualEnvironmentOptions = {}): VirtualEnvironment {
  checkOptions(schema, options)
  return new World(options)
}
