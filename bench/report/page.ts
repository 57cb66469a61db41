import { grouped } from '../harness/table.js'
import { barChart } from './chart.js'
import { CONTESTS, type Contest } from './contests.js'
import type { Measured, Run } from './results.js'
import { figuresUnwritten, runsUnwritten } from './unwritten.js'

/** The row of which there is a picture. */
const DRAWN = 'throughput'

const dayOf = ({ at }: Run): string => at.slice(0, 10)

const newestWith = (all: readonly Run[], row: string): Run | undefined => all.findLast(({ rows }) => row in rows)

const ratio = (run: Run, row: string, name: string): number => {
  const rates = run.rows[row] ?? {}
  return run.ratios[row]?.wall[name] ?? (rates[name] ?? Number.NaN) / (rates.bareLoop ?? Number.NaN)
}

const fixed = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits)

/** A row is shown as its newest run had it, so it says so where that is not the run of the page. */
const origin = (run: Run, newest: Run): string => {
  if (run === newest) return ''
  const { machine } = run
  const where =
    machine.cpu === newest.machine.cpu && machine.cores === newest.machine.cores
      ? ''
      : `, ${machine.cpu}, ${machine.cores} cores`
  return `Measured on ${dayOf(run)} at commit ${machine.commit}, Node ${machine.node}${where}. `
}

const rounds = ({ runs, ratios }: Run, row: string): string => {
  const pairs = ratios[row]?.pairs ?? runs
  return `Medians of ${runs} rounds${pairs === runs ? '' : `, for the engine and the loop of ${pairs}`}.`
}

const times = (runs: number): string => (runs === 1 ? 'One run.' : `Median of ${runs} runs.`)

const contest = (all: readonly Run[], newest: Run, { row, title, asked }: Contest): string[] => {
  const run = newestWith(all, row)
  const rates = run?.rows[row]
  if (run === undefined || rates === undefined) return []
  const lines = Object.entries(rates)
    .toSorted(([, a], [, b]) => (b ?? 0) - (a ?? 0))
    .map(([name, rate]) => {
      const figures = [
        grouped(rate ?? Number.NaN),
        fixed(ratio(run, row, name), 3),
        fixed(run.ratios[row]?.processor[name], 3),
        fixed(ratio(run, row, 'engine') / ratio(run, row, name), 2),
      ]
      return `| ${name === 'engine' ? '**engine**' : name} | ${figures.join(' | ')} |`
    })
  return [
    `## ${title}`,
    '',
    `Asked of the engine: ${asked}.`,
    '',
    `${origin(run, newest)}${rounds(run, row)}`,
    '',
    '| contender | events/s | of the loop | by processor time | engine to it |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
  ]
}

const shown = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '–' : digits === 0 ? grouped(value) : value.toFixed(digits)

const probed = (run: Run, newest: Run, name: string, measured: Measured): string[] => {
  const { title, runs, figures: written } = run.about[name] ?? { title: '', figures: [] }
  const figures = written.length > 0 ? written : figuresUnwritten(name)
  if (figures.length === 0) return []
  const lines = figures.map(
    (figure) => `| ${figure.title} | ${shown(measured[figure.name], figure.digits)} | ${figure.asked ?? ''} |`,
  )
  return [
    `### ${name}`,
    '',
    `${title}.`,
    '',
    `${origin(run, newest)}${times(runs ?? runsUnwritten(name, run.runs))}`,
    '',
    '| figure | measured | asked |',
    '| --- | ---: | --- |',
    ...lines,
    '',
  ]
}

/** Each row that there was at the newest run, whether it ran or not, from the newest run that measured it. */
const others = (all: readonly Run[], newest: Run): string[] =>
  Object.keys(newest.about).flatMap((name) => {
    const run = newestWith(all, name)
    const measured = run?.rows[name]
    return run === undefined || measured === undefined ? [] : probed(run, newest, name, measured)
  })

const history = (all: readonly Run[]): string[] => {
  const lines = all
    .filter(({ rows }) => CONTESTS.some(({ row }) => row in rows))
    .map((run) => {
      const ratios = CONTESTS.map(({ row }) => fixed(ratio(run, row, 'engine'), 3))
      return `| ${dayOf(run)} | ${run.machine.commit} | ${run.machine.node} | ${ratios.join(' | ')} |`
    })
  return [
    '## History',
    '',
    'The engine in relation to the bare loop, run by run.',
    '',
    '| day | commit | Node | single | batched | async |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    ...lines,
    '',
  ]
}

const newestOf = (all: readonly Run[]): Run => {
  const newest = all.at(-1)
  if (newest === undefined) throw new Error('there are no results: run the benchmark with --save first')
  return newest
}

/**
 * The page of the kept runs, oldest first in `all`: for each row the newest run that has it, named where it is not
 * the newest of all, and the history of the ratios. Throws for none.
 */
export const page = (all: readonly Run[]): string => {
  const newest = newestOf(all)
  const { machine } = newest
  return [
    '# Benchmarks',
    '',
    '<!-- Generated from bench/results by `npm run -s bench -- --report`; a test holds it to them. -->',
    '',
    `Measured on ${dayOf(newest)} at commit ${machine.commit}, unless a row says otherwise: ${machine.cpu}, ${machine.cores} cores,`,
    `${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}. Contenders are interleaved, each in a process of its own.`,
    'A ratio to the loop is the median of the ratios round by round. What each contender does and lacks, and how to run it',
    'all: [bench/README.md](../bench/README.md). Compare the ratios; absolute figures hold for that machine on that day.',
    '',
    '![Events a second by contender](images/benchmarks.svg)',
    '',
    ...CONTESTS.flatMap((one) => contest(all, newest, one)),
    '## Everything else',
    '',
    ...others(all, newest),
    ...history(all),
  ].join('\n')
}

/** The picture of the page, as SVG. Throws for no runs. */
export const chart = (all: readonly Run[]): string => {
  const rates = (newestWith(all, DRAWN) ?? newestOf(all)).rows[DRAWN] ?? {}
  const bars = Object.entries(rates).map(([label, value]) => ({ label, value: value ?? 0, own: label === 'engine' }))
  return barChart('Validated publish to 10 subscribers, events a second', bars)
}
