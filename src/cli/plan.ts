import { resolve } from 'node:path'
import type { Engine } from '../../actors/api.js'
import type { EngineOptions } from '../../actors/options.js'
import type { Feed } from '../feeds/feed.js'
import { parseFeed } from '../feeds/scheme.js'
import { sortFeed } from '../feeds/sort.js'
import { ndjsonSink } from '../sinks/ndjson.js'
import { checkedFeed } from './checked-feed.js'
import { usageError } from './failure.js'
import { journalExists, journalOf } from './journal.js'
import { type LoadDemonstration, loadStrategies } from './modules.js'
import { createObserver } from './observer.js'
import type { RunOptions } from './options.js'
import { pathOfSpec, requireOtherFile, requireSignalsFile } from './signals-file.js'

/** What a run will do, before anything is opened. */
export interface Plan {
  readonly title: string
  readonly engine: EngineOptions
  readonly feeds: readonly Feed[]
  /** What is to be done once the engine runs, and before it is waited for. */
  readonly begun?: (engine: Engine) => Promise<void>
  readonly notes: () => readonly string[]
}

/**
 * Turns the flags of `outcry run` into an engine's options. What no flag names comes from the
 * bundled demonstration, so that a user's strategy alone runs on its data.
 *
 * @throws OutcryError for a feed or module that makes no sense.
 */
export async function planRun(options: RunOptions, demonstration: LoadDemonstration): Promise<Plan> {
  const named = options.feed.map((spec) => checkedFeed(parseFeed(spec)))
  const { signals, journal, record } = options
  const inputs = [...options.feed.map(pathOfSpec), ...options.strategy]
  if (options.durability !== undefined && journal === undefined) {
    throw usageError('--durability is for a run with --journal', '--durability', options.durability)
  }
  // What an earlier run of the journal wrote is not to be lost.
  const append = journal !== undefined && (await journalExists(journal))
  if (signals !== undefined) requireSignalsFile(signals, inputs)
  if (record !== undefined) {
    requireOtherFile('--record', record, inputs)
    if (signals !== undefined && resolve(signals) === resolve(record))
      throw usageError(`--record ${record}: the signals are written there; name another`, '--record', record)
  }
  // A module's feed is known only once it is loaded, and a file that is missing is best said at once.
  for (const feed of named) await feed.prepare?.()
  const loaded = (await Promise.all(options.strategy.map(loadStrategies))).flat()
  const bundled =
    named.length === 0 ? await demonstration({ append, ...(signals === undefined ? {} : { signals }) }) : undefined
  // The files of the demonstration are known only now; nothing has been opened yet.
  const files = bundled?.feeds.map(({ name }) => pathOfSpec(name)) ?? []
  if (signals !== undefined) requireSignalsFile(signals, files)
  if (record !== undefined) requireOtherFile('--record', record, files)
  const observer = bundled === undefined && loaded.length === 0 ? createObserver() : undefined

  const sources = bundled?.feeds ?? named
  const feeds = options.sort ? sources.map((feed) => sortFeed(feed)) : sources
  const base = bundled?.options ?? {}
  const own = observer === undefined ? loaded : [observer.strategy]
  return {
    title: bundled === undefined ? sources.map(({ name }) => name).join(', ') : 'the bundled demonstration',
    engine: {
      ...base,
      strategies: own.length > 0 ? own : (bundled?.strategies ?? []),
      feeds,
      ...(signals === undefined || bundled !== undefined ? {} : { sinks: [ndjsonSink(signals, { append })] }),
      ...(journal === undefined ? {} : { journal: await journalOf(journal) }),
      ...(options.durability === undefined ? {} : { durability: options.durability }),
      recording: { ...base.recording, speed: options.speed },
    },
    feeds,
    notes: () => [...(bundled?.notes ?? []), ...(observer === undefined ? [] : [observer.note()])],
  }
}
