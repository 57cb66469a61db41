import type { Engine, EngineOptions, Environment, Journal, Sink, StrategyDefinition } from 'outcry'
import type { SimulatedFeed } from './feed.js'
import type { Plane } from './subject.js'
import type { World } from './world.js'

/** Parts of the world that an engine is made with. */
export interface LifeParts {
  readonly environment: World['environment']
  /** The same as a process sees it that may be killed; undefined where none is. */
  readonly mortal: Environment | undefined
  readonly strategies: readonly StrategyDefinition[]
  readonly sinks: readonly Sink[]
  readonly feed: SimulatedFeed
  readonly logger: NonNullable<EngineOptions['logger']>
  /** Undefined where no fault is about it: an inspector costs. */
  readonly inspect: EngineOptions['inspect']
  /** Undefined where the engine has none. */
  readonly journal: Journal | undefined
}

export type MakeEngine = (parts: LifeParts) => Engine
/** Changes a production path of an engine before anybody watches it. */
export type Mutate = (plane: Plane, engine: Engine) => void
/**
 * A rule of the user's own. It is set up for each engine that is made, tells what is wrong by `fail`,
 * and may return a function that looks at everything after each step.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a rule that only listens has no return statement.
export type Invariant = (engine: Engine, fail: (message: string) => void) => (() => void) | void
