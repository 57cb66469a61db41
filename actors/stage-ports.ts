import type { SavedBreaker } from '../src/breaker/saved.js'
import type { Deadlines } from '../src/dispatch/deadlines.js'
import type { Router } from '../src/dispatch/router.js'
import type { Runner } from '../src/dispatch/runner.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import type { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import type { Environment } from '../src/environment/environment.js'
import type { EventDraft, EventInput } from '../src/events/draft.js'
import type { Receipt } from '../src/events/receipt.js'
import type { EventTypes } from '../src/events/validate.js'
import type { Log } from '../src/log.js'
import type { ResolvedOptions } from './engine-options.js'
import type { StrategyChange } from './strategy-seat.js'

/** What the stage asks of the engine that it belongs to. */
export interface StagePorts {
  readonly environment: Environment
  readonly options: ResolvedOptions
  readonly router: Router
  readonly types: EventTypes
  readonly runner: Runner
  readonly timers: StrategyTimers
  readonly deadlines: Deadlines
  readonly log: Log
  /** Runs a hook: what it publishes must not wait. */
  readonly handle: <T>(call: () => T, awaits: boolean) => T
  readonly publish: (event: EventDraft | EventInput, runtime: StrategyRuntime) => Receipt
  /** The answer to what an incarnation that is over still publishes. */
  readonly refuse: (event: EventDraft | EventInput) => Receipt
  /** Hands a strategy what came before it; undefined where no history is kept. */
  readonly warmUp: ((runtime: StrategyRuntime) => Promise<void>) | undefined
  readonly onFault: (where: string, error: unknown) => void
  readonly onChange: (change: StrategyChange) => void
  readonly onUnexpected: (actor: string, event: string) => void
  /** A strategy has another breaker than before, or none. */
  readonly onBreaker: (strategy: string) => void
  /** A breaker is in another state. */
  readonly onBreakerMoved: (saved: SavedBreaker) => void
  /** A strategy's state as it is between two chunks; undefined where it began afresh. */
  readonly onSnapshot: (strategy: string, state: unknown) => void
  /** A strategy is gone, and its snapshot with it. */
  readonly onForgotten: (strategy: string) => void
}
