import type { Contender, Mode, Outsider } from '../contenders/contender.js'
import { CONTENDERS, OUTSIDERS } from '../contenders/index.js'
import { median } from '../harness/statistics.js'
import { grouped, table } from '../harness/table.js'
import { type Trial, trial } from '../harness/trial.js'
import type { RowOptions, RowResult } from './row.js'

/** The contender that the others are compared with. */
const REFERENCE = 'bareLoop'

const COLUMNS = [
  { title: 'contender', align: 'left' },
  { title: 'events/s', align: 'right' },
  { title: 'of bareLoop', align: 'right' },
  { title: 'lowest', align: 'right' },
  { title: 'highest', align: 'right' },
  { title: 'CPU µs/event', align: 'right' },
  { title: 'what', align: 'left' },
  { title: 'lacks', align: 'left' },
] as const

/** A slow contender gets a share of the events, and at least so many, that its compiler is warm too. */
const FEWEST = 4_500

/** Every contender once, then every contender again, so that a machine that drifts drifts for all alike. */
const interleave = async (
  contenders: readonly (Contender | Outsider)[],
  mode: Mode,
  events: number,
  options: RowOptions,
): Promise<Map<Contender | Outsider, Trial[]>> => {
  const trials = new Map<Contender | Outsider, Trial[]>(contenders.map((contender) => [contender, []]))
  for (let round = 1; round <= options.runs; round += 1) {
    for (const [contender, done] of trials) {
      options.progress(`${mode}: round ${round} of ${options.runs}, ${contender.name}`)
      const count = Math.max(Math.ceil(events * contender.share), Math.min(events, FEWEST))
      done.push(
        'measure' in contender ? await contender.measure(mode, count) : await trial(contender.name, mode, count),
      )
    }
  }
  return trials
}

/** A row in which contenders do the same work; its JSON maps each to its median of events per second. */
export const contest = async (mode: Mode, events: number, options: RowOptions): Promise<RowResult> => {
  const outsiders = OUTSIDERS.filter((outsider) => outsider.available())
  const contenders = [...CONTENDERS, ...outsiders].filter(({ modes }) => modes.includes(mode))
  const trials = await interleave(contenders, mode, events, options)
  const rates = new Map(
    [...trials].map(([contender, done]) => [
      contender.name,
      median(done.map(({ eventsPerSecond }) => eventsPerSecond)),
    ]),
  )
  const reference = rates.get(REFERENCE) ?? Number.NaN
  const rows = [...trials].map(([contender, done]) => {
    const each = done.map(({ eventsPerSecond }) => eventsPerSecond)
    const rate = rates.get(contender.name) ?? Number.NaN
    const processorUs = median(done.map((one) => (one.processorMs / one.events) * 1_000))
    return [
      contender.name,
      grouped(rate),
      (rate / reference).toFixed(3),
      grouped(Math.min(...each)),
      grouped(Math.max(...each)),
      processorUs.toFixed(2),
      contender.title,
      contender.lacks.join(', '),
    ]
  })
  return {
    json: Object.fromEntries([...rates].map(([name, rate]) => [name, Math.round(rate)])),
    lines: table(COLUMNS, rows),
  }
}
