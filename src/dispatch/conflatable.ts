import type { EventDraft } from '../events/draft.js'
import type { OutcryEvent } from '../events/event.js'

/** What decides whether one event may take another's place. */
export type Conflatable = Pick<OutcryEvent, 'type' | 'source' | 'symbol' | 'marks' | 'timestamp'>

export const conflatable = (draft: EventDraft, source: string, marks: number, receivedAt: number): Conflatable => ({
  type: draft.definition.type,
  source,
  symbol: draft.symbol ?? draft.symbols?.[0],
  marks,
  timestamp: draft.timestamp ?? receivedAt,
})
