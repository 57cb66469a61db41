import type { Environment } from '../environment/environment.js'

/** Takes that share a reading, at most. */
const SHARED_BY = 8
/** A reading is shared only where the one before it was no longer ago than this, so that takes come fast. Milliseconds. */
const FAST_MS = 1

/** The turns of the event loop, as far as the pump has them. */
export interface LoopTurns {
  /** The number of the turn that is to come, so that the event loop waits for nothing before it; undefined where none is. */
  readonly coming: number | undefined
}

/**
 * The wall clock of what is taken in. A reading costs a tenth of a publish, so up to eight that follow each other at
 * once share one: only before one and the same turn of the event loop, and only while readings come within a
 * millisecond of each other. What an event says of when it was received is then early by less than that, unless the host
 * blocks the event loop in between. Clocks that are not the machine's are read each time, as theirs can be moved within
 * a turn.
 */
export class TurnClock {
  #reading = Number.NEGATIVE_INFINITY
  #turn: number | undefined
  #left = 0
  readonly #shares: boolean

  constructor(
    private readonly environment: Environment,
    private readonly loop: () => LoopTurns,
  ) {
    this.#shares = environment.kind === 'system'
  }

  /** UTC epoch milliseconds. */
  now(): number {
    if (this.#left > 0 && this.loop().coming === this.#turn) {
      this.#left -= 1
      return this.#reading
    }
    return this.#read()
  }

  #read(): number {
    const now = this.environment.now()
    const { coming } = this.loop()
    const since = now - this.#reading
    this.#left = this.#shares && coming !== undefined && since >= 0 && since <= FAST_MS ? SHARED_BY - 1 : 0
    this.#turn = coming
    this.#reading = now
    return now
  }
}
