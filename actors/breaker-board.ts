import type { CircuitBreaker } from '../src/breaker/circuit-breaker.js'
import type { BreakerCause, BreakerMove } from '../src/breaker/facts.js'
import type { BreakerState } from '../src/breaker/handle.js'
import type { BreakerReading } from '../src/breaker/reading.js'

/** One breaker on the board, replaced on each of its moves. */
export interface BreakerEntry {
  readonly name: string
  readonly state: BreakerState
  readonly cause: BreakerCause
  /** When it came into its state, on the breaker's clock, in milliseconds; undefined at its start. */
  readonly since: number | undefined
  /** Openings since it was last closed. */
  readonly openings: number
  /** Live counts since it was made. */
  readonly counts: Readonly<BreakerReading['counts']>
}

/** All breakers at a glance: one object, brought up to date by each move, so that reading it costs nothing. */
export interface BreakerBoardView {
  readonly total: number
  /** How many are in each state. */
  readonly states: Readonly<Record<Exclude<BreakerState, 'stopped'>, number>>
  /** Moves of any breaker since the engine was made: tells whether to look again. */
  readonly moves: number
  readonly byName: ReadonlyMap<string, BreakerEntry>
}

type Counted = Exclude<BreakerState, 'stopped'>

/** The read model of all circuit breakers. */
export class BreakerBoard implements BreakerBoardView {
  readonly states: Record<Counted, number> = { closed: 0, open: 0, halfOpen: 0, isolated: 0, disabled: 0 }
  readonly byName = new Map<string, BreakerEntry>()
  moves = 0

  get total(): number {
    return this.byName.size
  }

  enter(breaker: CircuitBreaker): void {
    this.leave(breaker.name)
    const { state, openings } = breaker.stand
    this.put({
      name: breaker.name,
      state,
      cause: 'started',
      since: undefined,
      openings,
      counts: breaker.counts,
    })
  }

  leave(name: string): void {
    const entry = this.byName.get(name)
    if (entry === undefined) return
    this.byName.delete(name)
    if (entry.state !== 'stopped') this.states[entry.state] -= 1
  }

  /** What a breaker that has been replaced still says is about no entry. */
  moved(breaker: CircuitBreaker, move: BreakerMove): void {
    const entry = this.byName.get(breaker.name)
    if (entry === undefined || entry.counts !== breaker.counts) return
    this.moves += 1
    if (entry.state !== 'stopped') this.states[entry.state] -= 1
    const { state, cause, at, openings } = move
    this.put({ ...entry, state, cause, since: at, openings })
  }

  private put(entry: BreakerEntry): void {
    this.byName.set(entry.name, entry)
    if (entry.state !== 'stopped') this.states[entry.state] += 1
  }
}
