import { grouped } from '../harness/table.js'
import { figuresOf, type Results } from './results.js'

/** A contest and what the engine is asked to reach in it. */
interface Contest {
  readonly row: string
  readonly title: string
  readonly asked: string
}

const CONTESTS: readonly Contest[] = [
  { row: 'throughput', title: 'Validated publish, one event at a time, to 10 subscribers', asked: '0.45 of the loop' },
  { row: 'throughputBatched', title: 'The same, 256 events at a time', asked: '0.55 of the loop' },
  { row: 'async', title: 'Handlers that each await one promise', asked: '0.35 of the loop' },
]

const contest = (results: Results, { row, title, asked }: Contest): string[] => {
  const rates = figuresOf(results, row)
  if (rates === undefined) return []
  const reference = rates.bareLoop ?? Number.NaN
  const lines = Object.entries(rates)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, rate]) => {
      const shown = name === 'engine' ? '**engine**' : name
      return `| ${shown} | ${grouped(rate)} | ${(rate / reference).toFixed(3)} | ${((rates.engine ?? Number.NaN) / rate).toFixed(2)} |`
    })
  return [
    `## ${title}`,
    '',
    `Asked of the engine: ${asked}.`,
    '',
    '| contender | events/s | of the loop | engine to it |',
    '| --- | ---: | ---: | ---: |',
    ...lines,
    '',
  ]
}

const shown = (value: unknown, digits: number): string =>
  typeof value === 'number' ? (digits === 0 ? grouped(value) : value.toFixed(digits)) : String(value)

const others = (results: Results): string[] =>
  Object.entries(results.about ?? {}).flatMap(([name, { title, figures }]) => {
    const measured = figuresOf(results, name)
    if (measured === undefined || figures.length === 0) return []
    const lines = figures.map(
      (figure) => `| ${figure.title} | ${shown(measured[figure.name], figure.digits)} | ${figure.asked ?? ''} |`,
    )
    return [`### ${name}`, '', `${title}.`, '', '| figure | measured | asked |', '| --- | ---: | --- |', ...lines, '']
  })

const history = (all: readonly Results[]): string[] => {
  const lines = all.map((results) => {
    const ratio = (row: string): string => {
      const rates = figuresOf(results, row)
      return rates?.engine === undefined || rates.bareLoop === undefined
        ? ''
        : (rates.engine / rates.bareLoop).toFixed(3)
    }
    return `| ${results.day} | ${results.machine.commit} | ${results.machine.node} | ${CONTESTS.map(({ row }) => ratio(row)).join(' | ')} |`
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

/** The page of the newest of the saved runs, with the history of all. Throws for none. */
export const page = (all: readonly Results[]): string => {
  const results = all.at(-1)
  if (results === undefined) throw new Error('there are no results: run the benchmark with --save first')
  const { machine } = results
  return [
    '# Benchmarks',
    '',
    '<!-- Generated from bench/results by `npm run -s bench -- --report`; a test holds it to them. -->',
    '',
    `Measured on ${results.day} at commit ${machine.commit}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB,`,
    `${machine.platform}, Node ${machine.node}. Medians of ${results.runs}, contenders interleaved, each in a process of its own.`,
    'What each contender does and lacks, and how to run it all: [bench/README.md](../bench/README.md).',
    'Compare the ratios; absolute figures hold for that machine on that day.',
    '',
    '![Events a second by contender](images/benchmarks.svg)',
    '',
    ...CONTESTS.flatMap((one) => contest(results, one)),
    '## Everything else',
    '',
    ...others(results),
    ...history(all),
  ].join('\n')
}
