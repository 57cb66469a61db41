import type { Contender, Mode, Outsider } from '../contenders/contender.js'
import { CONTENDERS, OUTSIDERS } from '../contenders/index.js'
import { type Ratios, type Round, ratiosTo, schedule } from '../harness/pairs.js'
import { median } from '../harness/statistics.js'
import { grouped, table } from '../harness/table.js'
import { type Trial, trial } from '../harness/trial.js'
import type { Row, RowOptions, RowResult } from './row.js'

/** The contender that the others are compared with. */
const REFERENCE = 'bareLoop'
/** Who decides what the row is about. */
const PAIR = ['engine', REFERENCE]

const COLUMNS = [
  { title: 'contender', align: 'left' },
  { title: 'events/s', align: 'right' },
  { title: 'of bareLoop', align: 'right' },
  { title: 'of its CPU', align: 'right' },
  { title: 'lowest', align: 'right' },
  { title: 'highest', align: 'right' },
  { title: 'CPU µs/event', align: 'right' },
  { title: 'what', align: 'left' },
  { title: 'lacks', align: 'left' },
] as const

/** About three seconds of the engine: in one, what V8 still compiles anew is a part of what is timed. */
const EVENTS = 3_000_000
/** A tenth of a second of the bare loop. With fewer the compiler is most of what is timed. */
const SHORT_EVENTS = 300_000
/** A slow contender gets a share of the events, and at least so many, that its compiler is warm too. */
const FEWEST = 4_500

/** Rounds of the pair alone after each round of all: a trial is noisy, and the ratio of the pair is what is judged by. */
const MORE_PAIRS = 2

type Anyone = Contender | Outsider

const play = async (
  rounds: readonly (readonly Anyone[])[],
  mode: Mode,
  { short, progress }: RowOptions,
): Promise<readonly Round<Trial>[]> => {
  const events = short ? SHORT_EVENTS : EVENTS
  const played: Round<Trial>[] = []
  for (const [at, contenders] of rounds.entries()) {
    const round = new Map<string, Trial>()
    played.push(round)
    for (const contender of contenders) {
      progress(`${mode}${short ? ', short' : ''}: round ${at + 1} of ${rounds.length}, ${contender.name}`)
      const count = Math.max(Math.ceil(events * contender.share), Math.min(events, FEWEST))
      const done =
        'measure' in contender ? await contender.measure(mode, count) : await trial(contender.name, mode, count)
      round.set(contender.name, done)
    }
  }
  return played
}

const takingPart = (mode: Mode): readonly Anyone[] =>
  [...CONTENDERS, ...OUTSIDERS.filter((outsider) => outsider.available())].filter(({ modes }) => modes.includes(mode))

const pairOf = (contenders: readonly Anyone[]): readonly Anyone[] =>
  contenders.filter(({ name }) => PAIR.includes(name))

const lineOf = ({ name, title, lacks }: Anyone, trials: readonly Trial[], { wall, processor }: Ratios): string[] => {
  const rates = trials.map(({ eventsPerSecond }) => eventsPerSecond)
  const processorUs = median(trials.map((one) => (one.processorMs / one.events) * 1_000))
  return [
    name,
    grouped(median(rates)),
    (wall[name] ?? Number.NaN).toFixed(3),
    (processor[name] ?? Number.NaN).toFixed(3),
    grouped(Math.min(...rates)),
    grouped(Math.max(...rates)),
    processorUs.toFixed(2),
    title,
    lacks.join(', '),
  ]
}

const compete = async (mode: Mode, options: RowOptions): Promise<RowResult> => {
  const all = takingPart(mode)
  const rounds = await play(schedule(options.runs, all, pairOf(all), MORE_PAIRS), mode, options)
  const ratios = ratiosTo(REFERENCE, rounds)
  const trialsOf = ({ name }: Anyone): readonly Trial[] => rounds.flatMap((round) => round.get(name) ?? [])
  return {
    json: Object.fromEntries(
      all.map((one) => [one.name, Math.round(median(trialsOf(one).map(({ eventsPerSecond }) => eventsPerSecond)))]),
    ),
    ratios,
    lines: table(
      COLUMNS,
      all.map((one) => lineOf(one, trialsOf(one), ratios)),
    ),
  }
}

/** As many pairs as the short form has, and the same in all, without the others: each trial is a process anyway. */
const shortForm = async (mode: Mode, options: RowOptions): Promise<Ratios> => {
  const pair = pairOf(takingPart(mode))
  const short = { ...options, short: true }
  return ratiosTo(REFERENCE, await play(schedule(options.runs, pair, pair, MORE_PAIRS), mode, short))
}

/** A row in which contenders do the same work; its JSON maps each to its median of events per second. */
export const contest = (mode: Mode, { name, title }: { readonly name: string; readonly title: string }): Row => ({
  name,
  title,
  run: (options) => compete(mode, options),
  shortForm: (options) => shortForm(mode, options),
})
