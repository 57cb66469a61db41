import type { Delivery } from './delivery.js'
import type { StrategyRuntime } from './runtime.js'
import type { HandlerResult } from './strategy.js'

/** Told of how an awaited call ended. */
export type Settle = (call: AwaitedCall, failed: boolean, error: unknown, result: HandlerResult) => void

/**
 * The awaited calls of one generation of a strategy: there is one at a time, so all of them can hand their promises
 * the same two functions.
 */
export class AwaitedCall {
  /** What the promise under way is about. */
  delivery: Delivery | undefined
  readonly fulfilled: (result: HandlerResult) => void
  readonly rejected: (error: unknown) => void

  constructor(
    readonly runtime: StrategyRuntime,
    readonly generation: number,
    settle: Settle,
  ) {
    this.fulfilled = (result) => settle(this, false, undefined, result)
    this.rejected = (error) => settle(this, true, error, undefined)
  }
}
