import { type RunOptions, runScenario } from './run.js'
import type { Scenario } from './scenario.js'
import type { Violation } from './violation.js'

/**
 * The delta debugging algorithm `ddmin` (Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002): a list from which no part of the last granularity can be taken
 * without losing the failure.
 */
export async function ddmin<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let left = items
  let parts = 2
  // Most lists matter in a small part or not at all: that is asked first.
  if (left.length > 0 && (await fails([]))) return []
  while (left.length >= 2) {
    const size = Math.ceil(left.length / parts)
    let reduced = false
    for (let from = 0; from < left.length; from += size) {
      const without = [...left.slice(0, from), ...left.slice(from + size)]
      if (without.length > 0 && (await fails(without))) {
        left = without
        parts = Math.max(parts - 1, 2)
        reduced = true
        break
      }
    }
    if (reduced) continue
    if (size <= 1) break
    parts = Math.min(left.length, parts * 2)
  }
  return left
}

export interface ShrinkOptions extends Omit<RunOptions, 'trace'> {
  /** Runs at most. Default 1,500. */
  readonly maxRuns?: number
  /** Told of every smaller scenario. */
  readonly onSmaller?: (scenario: Scenario, runs: number) => void
}

export interface Shrunk {
  readonly scenario: Scenario
  readonly violation: Violation
  readonly runs: number
}

/**
 * Reduces a failing scenario to a small one that fails by the same oracle: first its faults, then its
 * events, then its configuration. Undefined if the scenario does not fail.
 */
export async function shrink(scenario: Scenario, options: ShrinkOptions = {}): Promise<Shrunk | undefined> {
  const { maxRuns = 1_500, onSmaller, ...rest } = options
  const [found] = (await runScenario(scenario, rest)).result.violations
  if (found === undefined) return undefined
  let violation = found
  let best = scenario
  let runs = 1
  const failsAs = async (candidate: Scenario): Promise<boolean> => {
    if (runs >= maxRuns) return false
    runs += 1
    const { result } = await runScenario(candidate, rest)
    const same = result.violations.find(({ oracle }) => oracle === found.oracle)
    if (same === undefined) return false
    violation = same
    best = candidate
    onSmaller?.(candidate, runs)
    return true
  }
  for (let before = ''; before !== JSON.stringify(best) && runs < maxRuns; ) {
    before = JSON.stringify(best)
    await ddmin(best.faults, (faults) => failsAs({ ...best, faults: [...faults] }))
    await ddmin(best.events, (events) => failsAs({ ...best, events: [...events] }))
    await simplify(() => best, failsAs)
  }
  return { scenario: best, violation, runs }
}

async function simplify(best: () => Scenario, failsAs: (candidate: Scenario) => Promise<boolean>): Promise<void> {
  const { dependency, ...rest } = best()
  if (dependency !== undefined && !(await failsAs(rest))) {
    await ddmin(dependency.calls, (calls) => failsAs({ ...best(), dependency: { ...dependency, calls: [...calls] } }))
  }
  await ddmin(best().strategies, (strategies) => failsAs({ ...best(), strategies: [...strategies] }))
  await ddmin(best().sinks, (sinks) => failsAs({ ...best(), sinks: [...sinks] }))
  for (const key of Object.keys(best().engine)) {
    const { [key]: group, ...engine } = best().engine
    if (await failsAs({ ...best(), engine })) continue
    if (typeof group !== 'object' || group === null) continue
    for (const inner of Object.keys(group)) {
      const now = best()
      const { [inner]: _, ...smaller } = now.engine[key] as Record<string, unknown>
      await failsAs({ ...now, engine: { ...now.engine, [key]: smaller } })
    }
  }
}
