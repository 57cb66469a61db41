import type { EventInput } from './draft.js'
import type { OutcryEvent } from './event.js'

/**
 * An event in the wire form in which it could be published again. Sequence, arrival time and marks
 * are the engine's own and belong to one run.
 */
export const toWire = (event: OutcryEvent): EventInput => ({
  id: event.id,
  type: event.type,
  version: event.version,
  timestamp: event.timestamp,
  source: event.source,
  symbol: event.symbol,
  symbols: event.symbols,
  payload: event.payload,
  correlationId: event.correlationId,
  causationId: event.causationId,
})
