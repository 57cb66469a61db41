import { OutcryError } from '../errors.js'

/** `stopped` is the handle's own: its actor has ended, so nothing decides any more. */
export type BreakerState = 'closed' | 'open' | 'halfOpen' | 'isolated' | 'disabled' | 'stopped'

/**
 * Leave for one call, or for one chunk of calls.
 *
 * While the breaker is closed all callers of one generation share one permit, so that asking costs
 * no allocation; in half-open each probe has its own, which counts once however often it is reported.
 */
export class Permit {
  /** True once a probe's results are in. */
  settled = false

  constructor(
    /** The period of the breaker's life that it belongs to: results of an earlier one decide nothing. */
    readonly generation: number,
    /** The breaker is half-open and this call is a trial: keep its chunk small. */
    readonly probe: boolean,
  ) {}
}

/** No leave. */
export class Rejection {
  constructor(
    /** The breaker's name. */
    readonly breaker: string,
    readonly state: BreakerState,
    /** When to ask again, in milliseconds from now; undefined where only a person can tell. */
    readonly retryAfterMs: number | undefined,
  ) {}

  toError(): OutcryError {
    const when = this.retryAfterMs === undefined ? '' : `; retry after ${Math.ceil(this.retryAfterMs)} ms`
    return new OutcryError('OUTCRY_BREAKER_OPEN', `The breaker ${this.breaker} is ${this.state}${when}.`, {
      path: this.breaker,
      value: this.state,
    })
  }
}

export const isRejection = (value: Permit | Rejection): value is Rejection => value instanceof Rejection

/** What became of the calls of one permit. Ignored ones are in none of the counts. */
export interface ChunkResults {
  readonly ok: number
  readonly failed: number
  /** How many of those calls, ok or failed, took longer than `slowCallMs`. */
  readonly slow: number
}

/** What a caller needs of a breaker: plain calls, no promise and no actor on the way. */
export interface BreakerHandle {
  readonly name: string
  readonly state: BreakerState
  /** A call that took longer is slow. Milliseconds. */
  readonly slowCallMs: number
  /** Never throws. Whoever gets a permit reports it, with zeros if nothing came of it. */
  acquire(): Permit | Rejection
  /**
   * Reports a permit's results. Results of an earlier generation, and second reports of a probe,
   * are counted as stale and decide nothing.
   *
   * @throws {OutcryError} OUTCRY_OPTION_INVALID if a count is not a whole number from 0 up, or
   *   `slow` exceeds the calls: a caller's mistake that would poison the window.
   */
  report(permit: Permit, results: ChunkResults): void
  /** What an error means for the breaker: one that it ignores belongs to no count. */
  classify(error: unknown): 'ok' | 'failed' | 'ignored'
}
