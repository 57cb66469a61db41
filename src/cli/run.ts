import { isAbsolute, relative } from 'node:path'
import type { DeadLetterSummary, Engine, EngineStats, StopReport } from '../../actors/api.js'
import type { EngineOptions } from '../../actors/options.js'
import type { Environment } from '../environment/environment.js'
import { isOutcryError, OutcryError } from '../errors.js'
import { imbalances } from '../metrics/imbalances.js'
import { type Account, account, Counts } from './account.js'
import { badInput, EXIT_FAILED, EXIT_OK, oneLine } from './failure.js'
import { line } from './format.js'
import { HealthLog } from './health-log.js'
import type { LoadInspector } from './inspect.js'
import type { Interrupts } from './interrupts.js'
import { createLog } from './log.js'
import { type LoadDemonstration, strategiesOn } from './modules.js'
import type { RunOptions } from './options.js'
import { type Plan, planRun } from './plan.js'
import { Progress } from './progress.js'
import { type RunResult, runResult } from './result.js'
import { summary } from './summary.js'
import { Tally } from './tally.js'
import { paint, type Terminal, takesColour } from './terminal.js'
import type { WatchUncaught } from './uncaught.js'
import { inVain, unheard } from './verdict.js'
import { watchRun } from './watch.js'

/** What the command needs of the world. */
export interface RunPorts {
  readonly terminal: Terminal
  readonly environment: Environment
  readonly interrupts: Interrupts
  readonly createEngine: (options: EngineOptions) => Engine
  readonly demonstration: LoadDemonstration
  readonly inspector: LoadInspector
  /** Errors that nothing has caught: those of a strategy's own timers and promises. */
  readonly uncaught: WatchUncaught
  /** Makes an error a strategy's own failure, for which it is restarted or given up. */
  readonly crash: (engine: Engine, strategy: string, error: unknown) => void
  /** The most memory that the process ever held, in kibibytes. */
  readonly maxRssKiB: () => number
}

/** Dead letters that the summary looks at. */
const LETTERS_READ = 1_000

/** What came of a run. */
interface Outcome {
  readonly result: RunResult
  readonly account: Account
  readonly stats: EngineStats
  readonly sinks: StopReport['sinks']
  readonly deadLetters: readonly DeadLetterSummary[]
  readonly invalid: Tally
  readonly faults: Tally
  readonly health: HealthLog
  /** Why the run has failed, though it came to an end. */
  readonly failure: unknown
  /** The exit code of the signal that cut it short. */
  readonly interrupted: number | undefined
}

/**
 * `outcry run`: plays feeds through an engine and tells what came of it.
 *
 * @returns the exit code: 0, 1 for a run that failed, or 128 and the signal's number.
 * @throws OutcryError for bad input.
 */
export async function runCommand(options: RunOptions, ports: RunPorts): Promise<number> {
  return carryOut(await planRun(options, ports.demonstration), options, ports)
}

/** As `runCommand`, for a plan that was made of something else than feeds. */
export async function carryOut(plan: Plan, options: RunOptions, ports: RunPorts): Promise<number> {
  const outcome = await play(plan, options, ports)
  const { out, err, env } = ports.terminal
  if (options.json) out.write(`${JSON.stringify({ ...outcome.result, ...outcome.account })}\n`)
  else if (!options.quiet) out.write(summaryOf(plan, outcome, takesColour(out, env), out.columns || undefined))
  if (outcome.failure !== undefined) err.write(`${oneLine(outcome.failure)}\n`)
  else if (outcome.interrupted === undefined) err.write(unheard(outcome.result))
  return outcome.interrupted ?? (outcome.failure === undefined ? EXIT_OK : EXIT_FAILED)
}

function summaryOf(plan: Plan, outcome: Outcome, colours: boolean, columns: number | undefined): string {
  return summary(
    {
      title: plan.title,
      notes: plan.notes(),
      result: outcome.result,
      reads: plan.feeds.length > 0,
      stats: outcome.stats,
      invalid: outcome.invalid.list(),
      deadLetters: outcome.deadLetters,
      faults: outcome.faults.list(),
      health: outcome.health.list(),
      sinks: (plan.engine.sinks ?? []).map(({ name }) => ({ name, counts: outcome.sinks[name] })),
      cutShort: outcome.interrupted === undefined ? undefined : 'cut short: what had come in was handled',
      columns,
    },
    paint(colours),
  )
}

async function play(plan: Plan, options: RunOptions, ports: RunPorts): Promise<Outcome> {
  const { environment, interrupts, terminal } = ports
  const brush = paint(takesColour(terminal.err, terminal.env))
  const engine = ports.createEngine({ ...plan.engine, logger: createLog(options.logLevel, terminal.err, brush) })

  const invalid = new Tally()
  const faults = new Tally()
  const faultsByPlace = new Counts()
  const health = new HealthLog()
  engine.on('health', (report) => health.add(report))
  engine.on('invalid', ({ source, position, reason }) =>
    invalid.add(reason, position === undefined ? shown(source) : `${shown(source)}:${position}`),
  )
  let failure: unknown
  let giveUp = (): void => {}
  const broken = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  engine.on('fault', ({ where, error }) => {
    faults.add(`${where}: ${line(reasonOf(error))}`)
    faultsByPlace.add(where)
    if (!endsTheRun(where, error)) return
    failure ??= error
    // An engine that is broken may never say that it has finished.
    if (where === 'engine') giveUp()
  })

  const stopWatching = ports.uncaught((error) => {
    const blamed = strategiesOn(error, plan.engine.strategies ?? [])
    const where = blamed.length === 0 ? 'uncaught' : `uncaught in strategy ${blamed.join(', ')}`
    faults.add(`${where}: ${line(reasonOf(error))}`)
    faultsByPlace.add(where)
    for (const name of blamed) ports.crash(engine, name, error)
    if (blamed.length > 0) return
    // Nobody knows what it has left undone: what has come in is handled, and the run has failed.
    failure ??= error
    giveUp()
  })

  const progress = new Progress({
    output: options.quiet ? { write: () => undefined } : terminal.err,
    environment,
    feeds: plan.feeds,
    settled: () => engine.ledger().events.settled,
    paint: brush,
  })
  const beganAt = environment.monotonic()
  let elapsedMs = 0
  const stopListening = interrupts.listen(() => {
    progress.stop()
    if (!options.quiet) terminal.err.write('outcry: handling what has come in; once more to stop at once\n')
  })
  const watch = await watchRun(engine, plan.title, options, ports)
  try {
    await engine.start()
    progress.start()
    await Promise.race([plan.begun?.(engine), interrupts.asked, broken])
    await Promise.race([engine.finished(), interrupts.asked, broken])
    elapsedMs = environment.monotonic() - beganAt
  } catch (error) {
    failure = error
  }
  progress.stop()
  const interrupted = interrupts.exitCode
  if (failure === undefined) await watch.linger()
  const report = await engine.stop()
  // What a signal cut short went on until it was drained.
  if (interrupted !== undefined || elapsedMs === 0) elapsedMs = environment.monotonic() - beganAt
  stopListening()
  try {
    await watch.close(engine.digest())
  } catch (error) {
    // A recording that is not whole does not take the account of the run with it.
    failure ??= error
  }
  stopWatching()
  // What the input is to blame for is said in one line, without a summary of what came before.
  if (badInput(failure) !== undefined) throw failure

  const ledger = engine.ledger()
  const stats = engine.stats.get()
  failure ??= abandoned(report.abandoned) ?? unbalanced(imbalances(ledger)) ?? inVain(ledger)
  const deadLetters = engine.deadLetters.list({}, { limit: LETTERS_READ })
  return {
    result: runResult({
      ledger,
      signals: stats.signals,
      elapsedMs,
      latency: engine.latency(),
      maxRssKiB: ports.maxRssKiB(),
      digest: engine.digest(),
    }),
    account: account({ stats, derived: ledger.derived, invalid: invalid.list(), deadLetters, faults: faultsByPlace }),
    stats,
    sinks: report.sinks,
    deadLetters,
    invalid,
    faults,
    health,
    failure,
    interrupted: interrupted ?? (watch.lingered ? undefined : interrupts.exitCode),
  }
}

/**
 * The engine outlives a feed or a sink that fails, but a run is for nothing but what they carry. A
 * fault of the engine itself or of its ledger means that no figure of the run can be trusted.
 */
const endsTheRun = (where: string, error: unknown): boolean =>
  /^(?:feed|sink) |^(?:engine|ledger)$/.test(where) || (isOutcryError(error) && /^OUTCRY_(FEED|SINK)_/.test(error.code))

/** A path as the user sees it from where he stands. */
const shown = (source: string): string =>
  isAbsolute(source) && !relative('', source).startsWith('..') ? relative('', source) : source

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const abandoned = (names: readonly string[]): OutcryError | undefined =>
  names.length === 0
    ? undefined
    : new OutcryError('OUTCRY_STOP_TIMEOUT', `Did not stop in time and was abandoned: ${names.join(', ')}`)

const unbalanced = (sentences: readonly string[]): Error | undefined =>
  sentences.length === 0 ? undefined : new Error(`The ledger does not balance: ${sentences.join('; ')}`)
