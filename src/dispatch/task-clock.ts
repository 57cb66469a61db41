import type { Environment } from '../environment/environment.js'

/** Takes that share a reading, at most. */
const SHARED_BY = 8
/** A reading is shared only where the one before it was no longer ago than this, so that takes come fast. Milliseconds. */
const FAST_MS = 1

/**
 * The wall clock of what is taken in. A reading costs a tenth of a publish, so up to eight that follow each other within
 * one task of the event loop share one, while readings come within a millisecond of each other. What an event says of
 * when it was received is then early by less than that, unless its host takes longer between two of them without letting
 * go. A clock that does not say when a task is over is read each time, as are all that are not the machine's.
 */
export class TaskClock {
  #reading = Number.NEGATIVE_INFINITY
  #left = 0
  #told = false
  readonly #shares: boolean

  constructor(private readonly environment: Environment) {
    this.#shares = environment.afterTask !== undefined
  }

  /** UTC epoch milliseconds. */
  now(): number {
    if (this.#left > 0) {
      this.#left -= 1
      return this.#reading
    }
    return this.#read()
  }

  #read(): number {
    const now = this.environment.now()
    const since = now - this.#reading
    this.#reading = now
    if (this.#shares && since >= 0 && since <= FAST_MS) this.#share()
    return now
  }

  #share(): void {
    this.#left = SHARED_BY - 1
    if (this.#told) return
    this.#told = true
    this.environment.afterTask?.(this.#over)
  }

  readonly #over = (): void => {
    this.#told = false
    this.#left = 0
  }
}
