import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { OutcryError } from 'outcry'
import { tradingDay } from './day.js'
import type { RunResult } from './run.js'
import { exitCodeOfAll, runMutants, runSeeds, type SeedsOptions } from './runner.js'
import { parseScenario, type Scenario } from './scenario.js'
import { shrink } from './shrink.js'
import { swarm } from './swarm.js'

/** What `outcry simulate` is told. */
export interface SimulateFlags {
  readonly seeds: readonly number[]
  /** `swarm`, `calm`, `day`, or the path of a scenario's file. */
  readonly scenario: string
  readonly events: number | undefined
  readonly mutants: boolean
  readonly twice: boolean
  /** Fail if a mark was never reached. */
  readonly allMarks: boolean
  readonly trace: string | undefined
  /** Where the reduced scenario of the first failure goes. */
  readonly shrink: string | undefined
  readonly json: boolean
}

export interface SimulateIo {
  readonly out: { write(text: string): unknown }
  readonly err: { write(text: string): unknown }
  readonly version: string
}

const DEFAULT_EVENTS = 2_000
const MUTANT_SEEDS = 200
const MUTANT_EVENTS = 1_000

function scenarioOf(flags: SimulateFlags): (seed: number) => Scenario {
  const events = flags.events ?? DEFAULT_EVENTS
  if (flags.scenario === 'swarm') return (seed) => swarm({ seed, events })
  if (flags.scenario === 'calm') return (seed) => ({ ...swarm({ seed, events, faults: [] }), name: 'calm' })
  if (flags.scenario === 'day') return (seed) => tradingDay(seed, flags).scenario
  if (!existsSync(flags.scenario)) {
    throw new OutcryError(
      'OUTCRY_OPTION_INVALID',
      `--scenario takes swarm, calm, day or a file, and there is no file ${JSON.stringify(flags.scenario)}`,
      {
        path: '--scenario',
        value: flags.scenario,
      },
    )
  }
  const kept = parseScenario(readFileSync(flags.scenario, 'utf8'), flags.scenario)
  // A kept scenario is what it is; another seed only draws other ids and ties.
  return (seed) => (flags.seeds.length > 1 ? { ...kept, seed } : kept)
}

/** `outcry simulate`. Exit code: 0 clean, 1 crash, 3 something was wrong, 4 something did not end. */
export async function simulateCommand(flags: SimulateFlags, io: SimulateIo): Promise<number> {
  const scenario = scenarioOf(flags)
  if (flags.mutants) return mutants(flags, io)
  const follow = await follower(flags)
  const bad: RunResult[] = []
  // One after another: each seed's input is made when its turn comes.
  const input = flags.scenario === 'day' ? (seed: number) => tradingDay(seed, flags).input : undefined
  const { runs, marks } = await runSeeds({
    seeds: flags.seeds,
    scenario,
    twice: flags.twice,
    ...(input === undefined ? {} : { inputOf: input }),
    ...(follow === undefined ? {} : { follow }),
    onRun: (result) => {
      if (result.violations.length === 0) return
      bad.push(result)
      io.err.write(failureText(result, flags, io.version))
    },
  })
  const [first] = bad
  if (first !== undefined && flags.shrink !== undefined) await reduce(scenario(first.seed), flags.shrink, io)
  const missing = flags.allMarks ? marks.missing() : []
  if (missing.length > 0) io.err.write(`never reached: ${missing.join(', ')}\n`)
  if (flags.json) io.out.write(`${JSON.stringify({ runs, marks: marks.table() })}\n`)
  else io.out.write(summaryText(runs, bad.length))
  return exitCodeOfAll(runs, [], missing)
}

async function mutants(flags: SimulateFlags, io: SimulateIo): Promise<number> {
  const events = flags.events ?? MUTANT_EVENTS
  const seeds = flags.seeds.length > 1 ? flags.seeds : Array.from({ length: MUTANT_SEEDS }, (_, index) => index + 1)
  const results = await runMutants({
    scenario: (seed) => swarm({ seed, events }),
    seeds,
    onMutant: ({ name, found, seeds, by }) => {
      if (!flags.json)
        io.out.write(`${found ? 'found' : 'MISSED'} ${name} in ${seeds} seeds${by === null ? '' : `: ${by}`}\n`)
    },
  })
  if (flags.json) io.out.write(`${JSON.stringify({ runs: [], marks: {}, mutants: results })}\n`)
  return exitCodeOfAll([], results)
}

async function reduce(scenario: Scenario, file: string, io: SimulateIo): Promise<void> {
  const shrunk = await shrink(scenario)
  if (shrunk === undefined) return
  writeFileSync(file, `${JSON.stringify(shrunk.scenario, null, 1)}\n`)
  const { events, faults } = shrunk.scenario
  io.err.write(`reduced to ${events.length} events and ${faults.length} faults in ${shrunk.runs} runs: ${file}\n`)
  io.err.write(`  outcry simulate --scenario ${file}\n`)
}

function failureText({ seed, scenario, violations }: RunResult, flags: SimulateFlags, version: string): string {
  const lines = violations.map(
    ({ kind, oracle, message, step, atMs, stack }) =>
      `  ${kind} ${oracle}: ${message} (step ${step}, ${atMs} ms)${stack === undefined ? '' : `\n${stack}`}`,
  )
  const events = flags.events === undefined ? '' : ` --events ${flags.events}`
  const again = `outcry simulate --seed ${seed} --scenario ${flags.scenario}${events}`
  return `seed ${seed} of ${scenario}, outcry ${version}:\n${lines.join('\n')}\n  again: ${again} --trace trace.ndjson --shrink small.json\n`
}

function summaryText(runs: readonly RunResult[], bad: number): string {
  const events = runs.reduce((sum, run) => sum + run.events, 0)
  const steps = runs.reduce((sum, run) => sum + run.steps, 0)
  const digest = runs.length === 1 ? `, digest ${runs[0]?.digest}` : ''
  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, ${events} events, ${steps} steps${digest}: ${bad === 0 ? 'no violation' : `${bad} with violations`}\n`
}

/** A file for each seed: of several seeds, each with its number before the file's extension. */
function traceFile(file: string, seed: number, seeds: number): string {
  if (seeds === 1) return file
  const dot = file.lastIndexOf('.')
  return dot <= 0 || dot < file.lastIndexOf('/') ? `${file}-${seed}` : `${file.slice(0, dot)}-${seed}${file.slice(dot)}`
}

/** Writes each run down, for `outcry inspect`. The inspector is loaded only where it is asked for. */
async function follower(flags: SimulateFlags): Promise<SeedsOptions['follow']> {
  const { trace, seeds } = flags
  if (trace === undefined) return undefined
  const { startRecording } = await import('outcry/inspector')
  return (seed) =>
    startRecording({
      file: traceFile(trace, seed, seeds.length),
      title: `seed ${seed} of ${flags.scenario}`,
      seed,
    })
}
