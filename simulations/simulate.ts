import {
  createVirtualEnvironment,
  type Engine,
  type EventDraft,
  type EventInput,
  type VirtualEnvironment,
} from 'outcry'
import { portOf } from 'outcry/actors'
import { type MarketOptions, market } from './inputs.js'
import type { Invariant } from './life-parts.js'
import { type Run, type RunResult, runScenario } from './run.js'
import { runSeeds } from './runner.js'
import type { InputStep, Scenario } from './scenario.js'
import { type Shrunk, shrink } from './shrink.js'
import { checkEvents, checkSimulateOptions } from './simulate-options.js'
import { drawFaults, type HostFaultKind } from './swarm.js'

/** One event of a simulation's input. */
export interface SimulatedEvent {
  /** Virtual milliseconds from the start. */
  readonly atMs: number
  readonly event: EventInput | EventDraft
}

export interface SimulateOptions {
  /** A number of seeds (1 up to it), or the seeds themselves. Default 100. */
  readonly seeds?: number | readonly number[]
  /** Makes the engine with the given environment: the same function that makes it live, with another one. */
  readonly createEngine: (environment: VirtualEnvironment) => Engine
  /** Options of the made-up market, or the events of a seed. Default a market of 1,000 events. */
  readonly events?: Partial<Omit<MarketOptions, 'seed'>> | ((seed: number) => readonly SimulatedEvent[])
  /** Which kinds of faults may happen. Default none: a strategy's own mistakes come first. */
  readonly faults?: readonly HostFaultKind[]
  readonly invariants?: readonly Invariant[]
  /** How long the engine may take to handle all once the faults are over. Virtual milliseconds; default 120,000. */
  readonly healMs?: number
  /** Goes on after a seed that failed. Default false. */
  readonly keepGoing?: boolean
}

export interface SimulationReport {
  readonly runs: readonly RunResult[]
  /** The first seed that failed. */
  readonly failed: RunResult | undefined
  /** Its scenario, which `replay` and `shrinkFailure` take. */
  readonly scenario: Scenario | undefined
}

const SPAN_MS = 60_000
const EVENTS = 1_000

const made = ({ createEngine }: Pick<SimulateOptions, 'createEngine'>) => ({
  createEngine: ({ environment }: { readonly environment: VirtualEnvironment }): Engine => createEngine(environment),
})

/** The scenario of one seed for an engine of the user's own. */
export function scenarioOf(seed: number, options: SimulateOptions): Scenario {
  const { events = {}, faults = [], healMs = 120_000 } = options
  const steps: InputStep[] =
    typeof events === 'function'
      ? checkEvents(events(seed), seed).map(({ atMs, event }) => ({ atMs, via: 'publish', input: event }))
      : market({
          events: EVENTS,
          spanMs: SPAN_MS,
          odd: { duplicate: 0.02, late: 0.02, malformed: 0.01 },
          ...events,
          seed,
        })
  const { plane } = portOf(options.createEngine(createVirtualEnvironment({ seed })))
  const strategies = [...plane.stage.runtimes.keys()]
  const spanMs = steps.at(-1)?.atMs ?? SPAN_MS
  const moments = steps.map(({ atMs }) => atMs)
  return {
    format: 1,
    name: 'own',
    seed,
    world: { shuffleTies: false, turnMs: 0.01, chunkMs: [0.01, 0.2] },
    engine: {},
    strategies: [],
    sinks: [],
    events: steps,
    faults: drawFaults(seed, faults, { spanMs, strategies, sinks: ['none'], moments }),
    healMs,
  }
}

/**
 * Runs an engine in a virtual world, once for each seed: made-up input, faults, and after every step
 * the engine's own oracles and the invariants given. It follows from the seed alone.
 *
 * @example
 * ```ts
 * const report = await simulate({
 *   seeds: 50,
 *   createEngine: (environment) => createEngine({ environment, strategies: [mine] }),
 *   invariants: [(engine, fail) => void engine.on('signal', (signal) => { if (isWrong(signal)) fail('…') })],
 * })
 * expect(describeFailure(report)).toBe('')
 * ```
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID that names the option that does not fit.
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  checkSimulateOptions(options)
  const { seeds = 100, invariants = [], keepGoing = false } = options
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds
  const runs: RunResult[] = []
  for (const seed of list) {
    const scenario = (of: number): Scenario => scenarioOf(of, options)
    const report = await runSeeds({ seeds: [seed], scenario, invariants, ...made(options) })
    runs.push(...report.runs)
    if (!keepGoing && report.runs.some(({ violations }) => violations.length > 0)) break
  }
  const failed = runs.find(({ violations }) => violations.length > 0)
  return { runs, failed, scenario: failed === undefined ? undefined : scenarioOf(failed.seed, options) }
}

/** Plays one scenario again, such as one that was kept in a file. */
export const replay = (
  scenario: Scenario,
  options: Pick<SimulateOptions, 'createEngine' | 'invariants'>,
): Promise<Run> => runScenario(scenario, { ...made(options), invariants: options.invariants ?? [] })

/** Reduces the scenario of a failure to a small one that fails in the same way. */
export const shrinkFailure = (
  scenario: Scenario,
  options: Pick<SimulateOptions, 'createEngine' | 'invariants'>,
): Promise<Shrunk | undefined> => shrink(scenario, { ...made(options), invariants: options.invariants ?? [] })

/** What failed, in words with the seed; empty if nothing did. For the message of an assertion. */
export function describeFailure({ failed, runs }: SimulationReport): string {
  if (failed === undefined) return ''
  const what = failed.violations.map(
    ({ oracle, message, atMs, stack }) => `  ${oracle}: ${message} (at ${atMs} ms)${framesOf(stack)}`,
  )
  return `seed ${failed.seed} of ${runs.length} failed; seeds: [${failed.seed}] runs it again\n${what.join('\n')}`
}

/** Frames of a stack that are shown: enough to come from what was called to who called it. */
const FRAMES = 5

const framesOf = (stack = ''): string =>
  stack
    .split('\n')
    .filter((line) => /^\s*at /.test(line))
    .slice(0, FRAMES)
    .map((line) => `\n    ${line.trim()}`)
    .join('')
