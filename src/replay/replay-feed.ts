import { z } from 'zod'
import { OutcryError } from '../errors.js'
import type { EventDefinition } from '../events/define.js'
import type { OutcryEvent } from '../events/event.js'
import { describeValue } from '../events/invalid.js'
import { EventTypes } from '../events/validate.js'
import type { Feed, FeedContext, FeedItem } from '../feeds/feed.js'
import { feedError } from '../feeds/files.js'
import type { HistoryQuery } from '../history/query.js'
import { Selection } from '../history/query.js'
import type { JournalQuery } from '../journal/journal.js'
import { parseOptions } from '../options.js'
import { itemsOf } from './recorded-events.js'

/** A history, or what can be asked as one. */
interface HistorySource {
  batches(query?: HistoryQuery): AsyncIterable<readonly OutcryEvent[]>
}

/** A journal that is open. */
interface JournalSource {
  readonly name: string
  read(query?: JournalQuery): AsyncIterable<readonly OutcryEvent[]>
}

/** Where accepted events are kept: `engine.history`, or a journal that is open. */
export type ReplaySource = HistorySource | JournalSource

export interface ReplayFeedOptions extends HistoryQuery {
  /** Own event types, beside the catalogue. */
  // biome-ignore lint/suspicious/noExplicitAny: definitions of every payload live in one list.
  readonly events?: readonly EventDefinition<any, any, any>[]
}

// The query has a schema of its own, and the definitions are checked as they are taken.
const anyOptions = z.looseObject({})

/**
 * What an engine accepted once, as a recording for another: a fresh engine that plays it by the data's
 * clock comes to the same dispatch records and the same digest. What strategies published and what the
 * engine said of itself are left out, as they come again.
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a source or a query that makes no sense.
 */
export function replayFeed(source: ReplaySource, options: ReplayFeedOptions = {}): Feed {
  const { events, ...query }: ReplayFeedOptions = parseOptions(anyOptions, options, 'replayFeed')
  return sourceFeed(source, query, new EventTypes({ events }))
}

/** As `replayFeed`, with the types of an engine. */
export function sourceFeed(source: ReplaySource, query: HistoryQuery, types: EventTypes): Feed {
  const selection = new Selection(query, 'replay')
  const name = nameOf(source)
  let taken = 0

  async function* read({ signal }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    taken = 0
    try {
      for await (const batch of batchesOf(source, query, selection)) {
        if (signal.aborted) return
        taken += batch.length
        const items = itemsOf(batch, types, name)
        if (items.length > 0) yield items
      }
    } catch (error) {
      throw feedError(error, name)
    }
  }

  return { name, recorded: true, progress: () => taken, read }
}

const isHistory = (source: ReplaySource): source is HistorySource => 'batches' in source

function nameOf(source: ReplaySource): string {
  const given: unknown = source
  if (typeof given === 'object' && given !== null) {
    if ('batches' in given && typeof given.batches === 'function') return 'history'
    if ('read' in given && typeof given.read === 'function') return `journal:${(source as JournalSource).name}`
  }
  const message = `replay: the source is ${describeValue(source)}: expected engine.history or a journal`
  throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'source', value: source })
}

async function* batchesOf(
  source: ReplaySource,
  query: HistoryQuery,
  selection: Selection,
): AsyncGenerator<readonly OutcryEvent[]> {
  if (isHistory(source)) {
    yield* source.batches(query)
    return
  }
  // A journal knows names of types and arrival times; patterns, event time and bounds of number are looked at here.
  const types = query.types?.every((type) => !type.endsWith('*')) === true ? { types: query.types } : {}
  const symbols = query.symbols === undefined ? {} : { symbols: query.symbols }
  const from = query.fromSequence === undefined ? {} : { from: query.fromSequence }
  const to = query.toSequence === undefined ? {} : { to: query.toSequence }
  let left = selection.limit
  for await (const batch of source.read({ ...types, ...symbols, ...from, ...to })) {
    const wanted = batch.filter((event) => selection.has(event))
    const taken = wanted.length > left ? wanted.slice(0, left) : wanted
    left -= taken.length
    if (taken.length > 0) yield taken
    if (left === 0) return
  }
}
