import { EventDraft } from '../events/draft.js'
import { MARK_DERIVED, type OutcryEvent } from '../events/event.js'
import type { EventTypes } from '../events/validate.js'
import { toWire } from '../events/wire.js'
import { type FeedItem, FeedProblem } from '../feeds/feed.js'

/**
 * What an engine said of itself belongs to the run that it was said in, and what strategies published
 * they publish again when they get the events that it was about.
 */
const belongsToItsRun = (event: OutcryEvent): boolean =>
  (event.marks & MARK_DERIVED) !== 0 || event.type.startsWith('system.')

/**
 * Accepted events as what can be published again: drafts, where their type is known as it was, for
 * they were validated then. What is of an older version of its type goes through the schema of today.
 */
export function itemsOf(events: readonly OutcryEvent[], types: EventTypes, source: string): FeedItem[] {
  const items: FeedItem[] = []
  for (const event of events) {
    if (!belongsToItsRun(event)) items.push(itemOf(event, types, source))
  }
  return items
}

function itemOf(event: OutcryEvent, types: EventTypes, source: string): FeedItem {
  const definition = types.get(event.type)?.definition
  if (definition === undefined) {
    // The engine may know a type that is not known here, and says so if it does not.
    return toWire(event)
  }
  const { version } = definition
  if (event.version > version) {
    const reason = `${event.type}: version is ${event.version}: this engine knows version ${version}`
    return new FeedProblem(source, event.sequence, reason)
  }
  if (event.version < version) return { ...toWire(event), version }
  return new EventDraft<string, unknown>(
    definition as unknown as EventDraft['definition'],
    event.id,
    event.timestamp,
    event.source,
    event.symbol,
    event.symbols.length === 1 && event.symbols[0] === event.symbol ? undefined : event.symbols,
    event.payload,
    event.correlationId,
    event.causationId,
  )
}
