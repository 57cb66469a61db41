import { parseArgs } from 'node:util'
import { describeMachine } from './harness/machine.js'
import type { Ratios } from './harness/pairs.js'
import { report, save } from './report/write.js'
import { LONG_ROWS, ROWS } from './rows/index.js'

const ALL = [...ROWS, ...LONG_ROWS]

const USAGE = `Usage: npm run -s bench -- [NAME...] [--short] [--runs N] [--all] [--json] [--save]
       npm run -s bench -- --report

  --short   seconds instead of minutes: fewer events and, unless --runs says so, 3 rounds
  --runs N  rounds, of which the median is taken (default 5; rows that take long have at most 3 or 1)
  --json    one JSON object on standard output, with a key per row
  --all     every row, those that take many minutes among them
  --save    keeps the run in bench/results, with the short form of its contests beside: what CI compares with
  --report  runs nothing: writes docs/benchmarks.md from the runs that were kept

Rows:
${ALL.map(({ name, title }) => `  ${name.padEnd(18)} ${title}`).join('\n')}

Without a name every row runs but ${LONG_ROWS.map(({ name }) => name).join(' and ')}.
`

interface Arguments {
  readonly names: readonly string[]
  readonly short: boolean
  readonly json: boolean
  readonly save: boolean
  readonly report: boolean
  readonly runs: number
}

/** Throws one line that says what is wrong with the command line. */
const readArguments = (): Arguments | undefined => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      runs: { type: 'string' },
    },
  })
  if (values.help) return undefined
  const unknown = positionals.find((name) => !ALL.some((row) => row.name === name))
  if (unknown !== undefined) {
    throw new Error(`no row is named ${unknown}; there are ${ALL.map(({ name }) => name).join(', ')}`)
  }
  const runs = Number(values.runs ?? (values.short ? 3 : 5))
  if (!Number.isInteger(runs) || runs < 1 || runs > 1_000) throw new Error(`--runs is 1 to 1000, not ${values.runs}`)
  const { short, json, save: keep, report: only } = values
  if (short && keep) throw new Error('--short --save: what is kept is a full run, which has the short form beside')
  const names = values.all ? ALL.map(({ name }) => name) : positionals
  return { names, short, json, save: keep, report: only, runs }
}

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
}

const measure = async ({ names, short, json, save: keep, runs }: Arguments): Promise<void> => {
  const machine = describeMachine()
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${line}\n`)
  }
  const { cpu, cores, memoryGiB, platform, node, commit } = machine
  say(`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}, commit ${commit}; median of ${runs}`)
  const at = new Date().toISOString()
  const rows: Record<string, unknown> = {}
  const ratios: Record<string, Ratios> = {}
  const shortForm: Record<string, Ratios> = {}
  for (const row of names.length === 0 ? ROWS : ALL.filter(({ name }) => names.includes(name))) {
    const result = await row.run({ short, runs, progress })
    if (keep && row.shortForm !== undefined) shortForm[row.name] = await row.shortForm({ short, runs, progress })
    progress('')
    rows[row.name] = result.json
    if (result.ratios !== undefined) ratios[row.name] = result.ratios
    say(`\n${row.name}: ${row.title}`)
    for (const line of result.lines) say(line)
  }
  const results = { machine, short, runs, at, ...rows, ratios }
  const about = Object.fromEntries(
    ALL.map(({ name, title, figures = [], mostRuns = runs }) => [
      name,
      { title, figures, runs: Math.min(mostRuns, runs) },
    ]),
  )
  if (keep) process.stderr.write(`kept in ${save({ ...results, shortForm, about })}\n`)
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
}

const main = async (): Promise<void> => {
  let wanted: Arguments | undefined
  try {
    wanted = readArguments()
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
    return
  }
  if (wanted === undefined) process.stdout.write(USAGE)
  else if (wanted.report) report()
  else await measure(wanted)
}

await main()
