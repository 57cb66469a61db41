// The public face of `outcry/simulation`, name by name.
export { Chance } from './chance.js'
export { type TradingDayOptions, tradingDay } from './day.js'
export { type MarketOptions, market, marketRecords } from './inputs.js'
export type { Invariant } from './life-parts.js'
export { MARKS, type Mark, Marks } from './marks.js'
export { MUTANTS, type Mutant } from './mutants.js'
export { type Run, type RunOptions, type RunResult, runScenario } from './run.js'
export {
  exitCodeOfAll,
  type MutantResult,
  runMutants,
  runSeeds,
  type SeedsOptions,
  type SeedsReport,
} from './runner.js'
export { type Fault, type InputStep, parseScenario, type Scenario } from './scenario.js'
export { ddmin, type ShrinkOptions, type Shrunk, shrink } from './shrink.js'
export {
  describeFailure,
  replay,
  type SimulatedEvent,
  type SimulateOptions,
  type SimulationReport,
  scenarioOf,
  shrinkFailure,
  simulate,
} from './simulate.js'
export { FAULT_KINDS, type FaultKind, type HostFaultKind, OWN_RUN_FAULTS, type SwarmOptions, swarm } from './swarm.js'
export { type Divergence, Trace } from './trace.js'
export { exitCodeOf, type Violation } from './violation.js'
