import type { EventDraft } from '../events/draft.js'
import { OutcryEvent } from '../events/event.js'
import type { SymbolEntry } from '../queue/partition.js'

const NO_SYMBOLS: readonly string[] = []

/** What a draft is about first of all. */
export const symbolOf = (draft: EventDraft): string | undefined => draft.symbol ?? draft.symbols?.[0]

/** What a draft's order is kept by: its symbol, or the type of one that concerns none. */
export const keyOf = (draft: EventDraft): string => symbolOf(draft) ?? draft.definition.type

/**
 * The event that a draft becomes.
 *
 * @param symbol What `symbolOf` says of it.
 * @param entry What is known of its key.
 * @param receivedAt UTC epoch milliseconds; its time, too, where the draft has none.
 * @param source Who said so, where the draft does not say.
 */
export function eventOf(
  draft: EventDraft,
  symbol: string | undefined,
  entry: SymbolEntry,
  id: string,
  sequence: number,
  marks: number,
  receivedAt: number,
  source: string,
): OutcryEvent {
  const { definition } = draft
  return new OutcryEvent(
    id,
    definition.type,
    definition.version,
    draft.timestamp ?? receivedAt,
    receivedAt,
    draft.source ?? source,
    symbol,
    draft.symbols ?? (symbol === undefined ? NO_SYMBOLS : entry.list),
    draft.payload,
    draft.correlationId,
    draft.causationId,
    sequence,
    marks,
  )
}
