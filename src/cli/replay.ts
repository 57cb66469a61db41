import { z } from 'zod'
import { describeValue } from '../events/invalid.js'
import { toEpochMs } from '../events/time.js'
import type { Feed } from '../feeds/feed.js'
import { FEED_SCHEMES, parseFeed } from '../feeds/scheme.js'
import { sortFeed } from '../feeds/sort.js'
import { type HistoryQuery, Selection } from '../history/query.js'
import type { Journal } from '../journal/journal.js'
import { filterFeed } from '../replay/filter-feed.js'
import { replayFeed } from '../replay/replay-feed.js'
import { ndjsonSink } from '../sinks/ndjson.js'
import { checkedFeed } from './checked-feed.js'
import { usageError } from './failure.js'
import { journalOf, requireJournal } from './journal.js'
import { loadStrategies } from './modules.js'
import { createObserver } from './observer.js'
import { parseRunOptions, type RunOptions } from './options.js'
import type { Plan } from './plan.js'
import { pathOfSpec, requireSignalsFile } from './signals-file.js'

const names = z.array(z.string().trim().regex(/^[^-]/)).optional()

/** UTC epoch milliseconds, or ISO 8601 with an offset. */
export const moment = z
  .string()
  .transform((text, context) => {
    const time = toEpochMs(/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text)
    if (typeof time === 'number') return time
    context.addIssue({ code: 'custom', message: time })
    return z.NEVER
  })
  .optional()

const ownOptions = z.strictObject({
  journal: z.string().trim().regex(/^[^-]/).optional(),
  types: names,
  symbols: names,
  from: moment,
  to: moment,
  order: z.enum(['accepted', 'available', 'event-time']).default('accepted'),
})

/** What `outcry replay` is told: what is played, and how. */
export interface ReplayCommandOptions {
  readonly journal: string | undefined
  readonly query: HistoryQuery
  readonly order: z.output<typeof ownOptions>['order']
  /** All else is as of `outcry run`; its feeds are the files. */
  readonly run: RunOptions
}

const WANTED: Readonly<Record<string, string>> = {
  journal: 'takes the folder of a journal, or postgres://…',
  types: 'takes event types or patterns such as order.*',
  symbols: 'takes symbols',
  from: 'takes UTC epoch milliseconds or an ISO 8601 time with an offset',
  to: 'takes UTC epoch milliseconds or an ISO 8601 time with an offset',
  order: 'takes accepted, available or event-time',
}

/** `day.ndjson` is a file of events, `csv:day.csv` whatever its scheme says. */
const specOf = (file: string): string =>
  FEED_SCHEMES.some((scheme) => file.startsWith(`${scheme}:`)) ? file : `ndjson:${file}`

/**
 * The files and flags of `outcry replay` through their schema.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` that names the flag and the value.
 */
export function parseReplayOptions(
  files: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): ReplayCommandOptions {
  const { journal, types, symbols, from, to, order, ...others } = flags
  const given: Readonly<Record<string, unknown>> = { journal, types, symbols, from, to, order }
  const parsed = ownOptions.safeParse(given)
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0] ?? '')
    const flag = `--${name}`
    const value = given[name]
    throw usageError(`${flag} ${WANTED[name] ?? 'is invalid'} (got ${describeValue(value)})`, flag, value)
  }
  const { journal: path, order: wanted, ...query } = parsed.data
  if (files.length > 0 === (path !== undefined)) {
    throw usageError('replay takes the files of a recording, or --journal with the place of one', 'replay')
  }
  return { journal: path, query, order: wanted, run: parseRunOptions({ ...others, feed: files.map(specOf) }) }
}

/**
 * What a replay will do: the recording is played into a fresh engine by the clock of its data, so that
 * it comes to the digest of the run that it repeats.
 *
 * @throws OutcryError for a file, journal or module that makes no sense.
 */
export async function planReplay(options: ReplayCommandOptions, version: string): Promise<Plan> {
  const { run, query, order } = options
  const selection = new Selection(query, 'replay')
  if (run.signals !== undefined)
    requireSignalsFile(run.signals, [...run.feed.map(pathOfSpec), ...run.strategy, options.journal ?? ''])
  const strategies = (await Promise.all(run.strategy.map(loadStrategies))).flat()
  const opened = options.journal === undefined ? undefined : await openJournal(options.journal, version)
  const recordings =
    opened === undefined
      ? run.feed.map((spec) => filterFeed(checkedFeed(parseFeed(spec)), selection))
      : [endingWith(replayFeed(opened, query), () => opened.close('clean', opened.startedAt))]
  for (const feed of recordings) await feed.prepare?.()
  const feeds = order === 'event-time' || run.sort ? recordings.map((feed) => sortFeed(feed)) : recordings
  const observer = strategies.length === 0 ? createObserver() : undefined
  const ahead = 'In order of event time: strategies saw what had not arrived yet.'
  return {
    title: `replay of ${recordings.map(({ name }) => name).join(', ')}`,
    engine: {
      strategies: observer === undefined ? strategies : [observer.strategy],
      feeds,
      ...(run.signals === undefined ? {} : { sinks: [ndjsonSink(run.signals)] }),
      recording: { speed: run.speed },
    },
    feeds,
    notes: () => [...(order === 'event-time' ? [ahead] : []), ...(observer === undefined ? [] : [observer.note()])],
  }
}

interface OpenJournal extends Pick<Journal, 'name' | 'read' | 'close'> {
  readonly startedAt: number
}

/** A journal that is read from: what it stands on is loaded where one is named, and nowhere else. */
async function openJournal(path: string, version: string): Promise<OpenJournal> {
  await requireJournal(path, '--journal')
  const { createSystemEnvironment } = await import('../environment/system.js')
  const journal = await journalOf(path)
  const startedAt = createSystemEnvironment().now()
  await journal.open({ version, configuration: 'replay', startedAt, look: true })
  return {
    name: journal.name,
    startedAt,
    read: (query) => journal.read(query),
    close: (end, at) => journal.close(end, at),
  }
}

/** The feed, and what is to be done when its reading ends, however it does. */
function endingWith(feed: Feed, end: () => Promise<void>): Feed {
  return {
    ...feed,
    async *read(context) {
      try {
        yield* feed.read(context)
      } finally {
        await end()
      }
    },
  }
}
