import { type Mark, Marks } from './marks.js'
import { MUTANTS, type Mutant } from './mutants.js'
import { type RunOptions, type RunResult, runScenario } from './run.js'
import type { Scenario } from './scenario.js'
import { Trace, type TraceFollower } from './trace.js'
import { exitCodeOf } from './violation.js'
import { MutantBroken } from './world.js'

export interface SeedsOptions extends Omit<RunOptions, 'trace' | 'input'> {
  readonly seeds: Iterable<number>
  readonly scenario: (seed: number) => Scenario
  /** Input of a seed that is too long to be held; made anew for each run. */
  readonly inputOf?: (seed: number) => NonNullable<RunOptions['input']>
  /** Runs each seed twice and compares the two, entry by entry. Default false. */
  readonly twice?: boolean
  /** Told after each seed. */
  readonly onRun?: (result: RunResult) => void
  /** Makes what writes down the run of a seed; ended with the run's digest. */
  readonly follow?: (seed: number) => TraceFollower & { close(digest?: string): unknown }
}

export interface SeedsReport {
  readonly runs: readonly RunResult[]
  readonly marks: Marks
}

/** Plays the scenario of each seed, one after another. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsReport> {
  const { seeds, scenario, twice = false, onRun, follow, inputOf, ...others } = options
  const runs: RunResult[] = []
  const marks = new Marks()
  for (const seed of seeds) {
    const follower = follow?.(seed)
    const trace = new Trace(follower, twice)
    const rest = (): RunOptions => (inputOf === undefined ? others : { ...others, input: inputOf(seed) })
    const first = await runScenario(scenario(seed), { ...rest(), trace })
    follower?.close(first.result.digest)
    marks.add(first.marks)
    const result = twice ? await again(first.result, trace, scenario(seed), rest()) : first.result
    runs.push(result)
    onRun?.(result)
  }
  return { runs, marks }
}

async function again(first: RunResult, trace: Trace, scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const second = await runScenario(scenario, { ...options, trace: new Trace(undefined, true) })
  const parted = trace.differsFrom(second.trace)
  if (parted === undefined) return first
  const message = `two runs of one seed part at entry ${parted.entry} of their traces`
  const violation = { kind: 'correctness', oracle: 'determinism', message, step: parted.entry, atMs: 0 } as const
  return { ...first, violations: [...first.violations, violation] }
}

export interface MutantResult {
  readonly name: string
  readonly found: boolean
  /** Seeds that it took, or that were tried in vain. */
  readonly seeds: number
  /** What was noticed first. */
  readonly by: string | null
}

/** Plays seeds against known bugs until each is found. */
export async function runMutants(options: {
  readonly scenario: (seed: number) => Scenario
  readonly seeds: readonly number[]
  readonly mutants?: readonly Mutant[]
  readonly onMutant?: (result: MutantResult) => void
}): Promise<MutantResult[]> {
  const results: MutantResult[] = []
  const clean = new Map<number, boolean>()
  for (const mutant of options.mutants ?? MUTANTS) {
    let by: string | null = null
    let seeds = 0
    for (const seed of options.seeds) {
      // A seed that fails by itself says nothing of a mutant.
      if (!clean.has(seed)) clean.set(seed, await isClean(options.scenario(seed)))
      if (clean.get(seed) !== true) continue
      seeds += 1
      by = await whatFinds(mutant, options.scenario(seed))
      if (by !== null) break
    }
    const found = by !== null && !by.startsWith(BROKEN)
    const result = { name: mutant.name, found, seeds, by }
    results.push(result)
    options.onMutant?.(result)
  }
  return results
}

const isClean = async (scenario: Scenario): Promise<boolean> =>
  (await runScenario(scenario)).result.violations.length === 0

const BROKEN = 'could not be put in: '

async function whatFinds(mutant: Mutant, scenario: Scenario): Promise<string | null> {
  try {
    const [first] = (await runScenario(scenario, { mutations: mutant })).result.violations
    return first === undefined ? null : `${first.oracle}: ${first.message}`
  } catch (error) {
    if (error instanceof MutantBroken) return `${BROKEN}${error.message}`
    throw error
  }
}

/** 0 clean, 1 crash, 3 wrong (a mutant that was not found and a mark never reached among it), 4 not live. */
export function exitCodeOfAll(
  runs: readonly RunResult[],
  mutants: readonly MutantResult[] = [],
  missing: readonly Mark[] = [],
): number {
  const code = exitCodeOf(runs.flatMap(({ violations }) => violations))
  if (code !== 0) return code
  return missing.length > 0 || mutants.some(({ found }) => !found) ? 3 : 0
}
