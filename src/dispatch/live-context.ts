import type { StrategyRuntime } from './runtime.js'

/**
 * What of a strategy's context is as it is when it is read. A class's own, as V8 keeps an object that was written
 * down with a getter as a hash table, which would be searched for each event.
 */
export class LiveContext {
  readonly #runtime: StrategyRuntime

  constructor(runtime: StrategyRuntime) {
    this.#runtime = runtime
  }

  get state(): unknown {
    return this.#runtime.state
  }

  get abort(): AbortSignal {
    return this.#runtime.abort
  }
}
