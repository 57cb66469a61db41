import type { Environment } from '../environment/environment.js'

/** Publishes that share a reading, at most. */
const SHARED_BY = 8
/** Where as many publishes as share one took longer than this, none of them share. Milliseconds. */
const SLOW_MS = 1

/** The turns of the event loop, as far as the pump has them. */
export interface LoopTurns {
  /** How many there have been. */
  readonly turns: number
  /** One is to come, so that the event loop waits for nothing before it. */
  readonly scheduled: boolean
}

/**
 * The wall clock of publishes that follow each other at once. A reading costs a tenth of a publish, so up to eight
 * share one: only within one turn of the event loop, and only while eight of them take no longer than a millisecond. What
 * an event says of when it was received is then early by less than that, unless the host blocks the event loop in
 * between. Clocks that are not the machine's are read each time, as theirs can be moved within a turn.
 */
export class TurnClock {
  #reading = Number.NEGATIVE_INFINITY
  #turn = -1
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
    if (this.#left > 0 && this.loop().turns === this.#turn) {
      this.#left -= 1
      return this.#reading
    }
    return this.#read()
  }

  #read(): number {
    const now = this.environment.now()
    const { scheduled, turns } = this.loop()
    const since = now - this.#reading
    this.#left = this.#shares && scheduled && since >= 0 && since <= SLOW_MS ? SHARED_BY - 1 : 0
    this.#turn = turns
    this.#reading = now
    return now
  }
}
