import type { DeadLetterSummary, EngineStats } from '../../actors/api.js'
import { imbalances } from '../metrics/imbalances.js'
import type { OutboxCounts } from '../sinks/outbox.js'
import { bar, count, duration, left, line, place, plural, right, width } from './format.js'
import type { Ailment } from './health-log.js'
import type { RunResult } from './result.js'
import { type Kind, Tally } from './tally.js'
import type { Paint } from './terminal.js'

/** All that the closing summary tells of. */
export interface Story {
  readonly title: string
  /** What the user should know of the input, such as how it was rebased. */
  readonly notes: readonly string[]
  readonly result: RunResult
  /** It has feeds, so that something should have come. */
  readonly reads: boolean
  readonly stats: EngineStats
  /** Records that were no events. */
  readonly invalid: readonly Kind[]
  /** A first page of the dead letters held. */
  readonly deadLetters: readonly DeadLetterSummary[]
  /** Faults of hooks and feeds. */
  readonly faults: readonly Kind[]
  /** Why the engine was not healthy, if it was not at some point. */
  readonly health: readonly Ailment[]
  /** The sinks that took signals out, and what became of those that each was offered. */
  readonly sinks: readonly { readonly name: string; readonly counts: Readonly<OutboxCounts> | undefined }[]
  /** Set where the run was cut short, such as by Ctrl-C. */
  readonly cutShort?: string | undefined
  /** Width of the terminal; 100 where there is none. */
  readonly columns?: number | undefined
}

const MAX_ROWS = 12
const BAR_COLUMNS = 24

type Row = readonly [label: string, figure: string]

/** A ledger as a column: its heading with the verdict, then a row a figure; zero rows are dimmed. */
function ledgerColumn(heading: string, figures: object, failed: readonly string[], paint: Paint): string[] {
  const rows: Row[] = Object.entries(figures).map(([name, figure]) => [spaced(name), count(Number(figure))])
  const labels = Math.max(...rows.map(([label]) => label.length))
  const numbers = Math.max(...rows.map(([, figure]) => figure.length), 6)
  const verdict = failed.length === 0 ? paint.green('✓') : paint.red('✗')
  return [
    left(`${paint.bold(heading)} ${verdict}`, labels + 2 + numbers),
    ...rows.map(([label, figure]) => {
      const text = `${left(label, labels)}  ${right(figure, numbers)}`
      return figure === '0' ? paint.dim(text) : text
    }),
  ]
}

/** `deadLettered` → `dead lettered`. */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** Columns side by side, each as wide as its widest line. */
function beside(columns: readonly string[][]): string[] {
  const widths = columns.map((lines) => Math.max(...lines.map(width)))
  const height = Math.max(...columns.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((lines, at) => left(lines[row] ?? '', widths[at] ?? 0))
      .join('    ')
      .trimEnd(),
  )
}

function ledgers({ result, stats }: Story, paint: Paint): string[] {
  // What strategies publish carries the time of its cause: it is never late.
  const { late: _, ...derived } = stats.ledger.derived
  const failed = imbalances(stats.ledger)
  const of = (ledger: string): string[] => failed.filter((sentence) => sentence.startsWith(`${ledger}.`))
  return [
    ...beside([
      ledgerColumn('events', result.events, of('events'), paint),
      ledgerColumn('by strategies', derived, of('derived'), paint),
      ledgerColumn('deliveries', result.deliveries, of('deliveries'), paint),
      ledgerColumn('dead letters', result.deadLetters, of('deadLetters'), paint),
    ]),
    ...(failed.length === 0
      ? [paint.green('✓ every event, delivery and dead letter is accounted for')]
      : failed.map((sentence) => paint.red(`✗ ${sentence}`))),
  ]
}

function overview({ result, stats }: Story, paint: Paint): string[] {
  const { latencyMs, peakRssMb, digest } = result
  const { spawned, retired, peak } = stats.workers
  const rows: Row[] = [
    ['throughput', `${count(result.eventsPerSecond)} events/s`],
    ['latency', `p50 ${duration(latencyMs.p50)} · p99 ${duration(latencyMs.p99)} · max ${duration(latencyMs.max)}`],
    ['workers', `${count(spawned)} spawned · ${count(retired)} retired · ${count(peak)} at the peak`],
    ['memory', `${count(peakRssMb)} MB at the peak`],
    ...(digest === null ? [] : [['digest', digest] as const]),
  ]
  return rows.map(([label, text]) => `${paint.dim(left(label, 12))}${text}`)
}

function signals({ stats }: Story, paint: Paint): string[] {
  const all = Object.entries(stats.strategies)
  if (all.length === 0) return []
  const sorted = all.toSorted(([, a], [, b]) => b.signals - a.signals || b.delivered - a.delivered)
  const most = Math.max(1, ...sorted.map(([, strategy]) => strategy.signals))
  const shown = sorted.slice(0, MAX_ROWS)
  const names = Math.max(...shown.map(([name]) => width(line(name, 32))))
  const numbers = Math.max(...shown.map(([, strategy]) => count(strategy.signals).length))
  return [
    paint.bold('signals by strategy'),
    ...shown.map(([name, { signals, delivered, failed }]) => {
      const drawn = left(bar(signals / most, BAR_COLUMNS), BAR_COLUMNS)
      const trouble = failed === 0 ? '' : paint.red(`, ${count(failed)} failed`)
      const from = `${paint.dim(`from ${plural(delivered, 'delivery').replace(/deliverys$/, 'deliveries')}`)}${trouble}`
      return `${left(line(name, 32), names)}  ${right(count(signals), numbers)}  ${paint.cyan(drawn)}  ${from}`
    }),
    ...more(sorted.length, paint),
  ]
}

const more = (total: number, paint: Paint): string[] =>
  total <= MAX_ROWS ? [] : [paint.dim(`… and ${count(total - MAX_ROWS)} more`)]

/** Reasons with their counts and where each was met first. */
function reasons(heading: string, kinds: readonly Kind[], paint: Paint, columns = 100): string[] {
  if (kinds.length === 0) return []
  const shown = kinds.slice(0, MAX_ROWS)
  const numbers = Math.max(...shown.map((kind) => count(kind.count).length))
  return [
    paint.bold(heading),
    ...shown.flatMap(({ reason, count: times, examples }) => [
      `${right(count(times), numbers)}  ${line(reason, Math.max(40, columns - numbers - 5))}`,
      ...(examples.length === 0
        ? []
        : [
            paint.dim(
              `${' '.repeat(numbers + 2)}at ${examples.map((example) => place(example, 48)).join(', ')}${times > examples.length ? ', …' : ''}`,
            ),
          ]),
    ]),
    ...more(kinds.length, paint),
  ]
}

/** Dead letters of one strategy, reason and error are one row. */
function deadLetterKinds(letters: readonly DeadLetterSummary[]): readonly Kind[] {
  const tally = new Tally()
  for (const { strategy, reason, error, event } of letters) {
    tally.add(
      `${strategy ?? 'no strategy'}: ${reason}: ${error}`,
      event === undefined ? undefined : `#${event.sequence} ${event.id}`,
    )
  }
  return tally.list()
}

/** A line for each reason for which the engine was not healthy at some point; none if it always was. */
function health(ailments: readonly Ailment[], paint: Paint, columns = 100): string[] {
  if (ailments.length === 0) return []
  return [
    paint.bold('health'),
    ...ailments.map(({ code, severity, message, times, lasting }) => {
      const when = lasting ? 'to the end' : times === 1 ? 'once' : `${count(times)} times`
      const label = left(severity, 'degraded'.length)
      const text = line(`${code}: ${message} (${when})`, Math.max(40, columns - label.length - 4))
      return `${severity === 'critical' ? paint.red(label) : paint.yellow(label)}  ${text}`
    }),
  ]
}

const section = (lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', ...lines.map((text) => `  ${text}`)]

/** What a sink has and has not written. */
function outcomeOf({ name, counts }: Story['sinks'][number]): string {
  const { written = 0, failed = 0, dropped = 0 } = counts ?? {}
  if (failed + dropped === 0) return `${written === 0 ? 'no signals' : 'signals'} were written to ${name}`
  const fates = [
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(dropped > 0 ? [`${count(dropped)} were dropped, as too many waited`] : []),
  ].join(', ')
  return `${written === 0 ? 'no signals' : plural(written, 'signal')} were written to ${name}: ${fates}`
}

/** A run that goes on from a journal passes by what an earlier one took. */
const nothingRead = ({ stats }: Story): string =>
  stats.journal === undefined
    ? 'nothing was read: the feeds gave no records'
    : 'nothing new was read: the feeds gave no records beyond those that the journal has'

/** The closing summary, ending in a line break. */
export function summary(story: Story, paint: Paint): string {
  const { result, invalid, deadLetters, faults } = story
  const { held } = result.deadLetters
  const ofThose = deadLetters.length < held ? ` (the first ${count(deadLetters.length)} looked at)` : ''
  const head = `${paint.bold(story.title)} · ${plural(result.events.published, 'event')} in ${duration(result.elapsedMs)} · ${plural(result.signals, 'signal')}`
  const written = story.sinks.map((sink) => line(outcomeOf(sink)))
  const lines = [
    '',
    `  ${head}`,
    ...(story.cutShort === undefined ? [] : [`  ${paint.yellow(story.cutShort)}`]),
    ...(result.events.published === 0 && story.reads ? [`  ${paint.yellow(nothingRead(story))}`] : []),
    ...story.notes.map((note) => `  ${paint.dim(line(note))}`),
    ...section(overview(story, paint)),
    ...section(ledgers(story, paint)),
    ...section(signals(story, paint)),
    ...section(reasons(`invalid: ${plural(result.events.invalid, 'record')} by reason`, invalid, paint, story.columns)),
    ...section(reasons(`dead letters by reason${ofThose}`, deadLetterKinds(deadLetters), paint, story.columns)),
    ...section(reasons('faults', faults, paint, story.columns)),
    ...section(health(story.health, paint, story.columns)),
    ...section(written),
    '',
  ]
  return `${lines.join('\n')}\n`
}
