import type { OutcryEvent } from 'outcry'
import type { EventView } from '../protocol.js'
import { type Bounds, shown } from './redact.js'

/** An event as the page sees it; its payload bounded and without secrets. */
export function viewEvent(event: OutcryEvent, bounds: Bounds): EventView {
  const { sequence, id, type, source, symbol, symbols, timestamp, receivedAt, causationId, correlationId } = event
  const payload = shown(event.payload, { ...bounds, values: 200, depth: 4 }).value
  const few = symbols.slice(0, 50)
  return {
    sequence,
    id,
    type,
    source,
    symbol,
    symbols: few,
    timestamp,
    receivedAt,
    causationId,
    correlationId,
    payload,
  }
}
