import { deserialize, serialize } from 'node:v8'
import { OutcryEvent } from '../events/event.js'

/** Stands in an encoded event where a payload is more than JSON can say; its value is base64. */
const RICH = '$v8'

/**
 * An event as text: a JSON array of its fields in a fixed order, which takes half the room and time
 * of an object with names. It is made at most once an event and kept beside it, for all who write
 * events as they are. A history keeps columns and the inspector shows a redacted view: neither is this text.
 *
 * JSON comes first as it is the fastest that is there; a payload that JSON would change (a Date, a
 * bigint, a Map, NaN) is kept by V8's own serialisation within it.
 */
export function encodeEvent(event: OutcryEvent): string {
  return event.encoded(encode)
}

let encodings = 0

/** How many events this process has encoded so far: what a test of row 3485 counts. */
export const encodingsMade = (): number => encodings

function encode(event: OutcryEvent): string {
  encodings += 1
  const { symbol, symbols, payload } = event
  // Of nearly all events the one symbol is all there is.
  const others =
    symbol === undefined
      ? symbols.length > 0
        ? symbols
        : 0
      : symbols.length === 1 && symbols[0] === symbol
        ? 0
        : symbols
  return JSON.stringify([
    event.sequence,
    event.id,
    event.type,
    event.version,
    event.timestamp,
    event.receivedAt,
    event.source,
    symbol ?? 0,
    others,
    event.marks,
    event.correlationId ?? 0,
    event.causationId ?? 0,
    isPlain(payload, 0) ? payload : { [RICH]: serialize(payload).toString('base64') },
  ])
}

const MAX_DEPTH = 32

/** Whether JSON gives the same value back. */
export function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    // Only as a field that is absent, which is what JSON makes of it.
    case 'undefined':
      return depth > 0
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      if (value[index] === undefined || !isPlain(value[index], depth + 1)) return false
    }
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) {
    if (key === RICH || key === 'toJSON' || key === '__proto__') return false
    if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false
  }
  return true
}

type Fields = readonly [
  sequence: number,
  id: string,
  type: string,
  version: number,
  timestamp: number,
  receivedAt: number,
  source: string,
  symbol: string | 0,
  symbols: readonly string[] | 0,
  marks: number,
  correlationId: string | 0,
  causationId: string | 0,
  payload: unknown,
]

const NO_SYMBOLS: readonly string[] = []

/** The event that a text of `encodeEvent` was made of. */
export const decodeEvent = (text: string): OutcryEvent => eventOf(JSON.parse(text) as Fields)

/** Many at once: texts joined by commas, which is read in one go. */
export const decodeEvents = (texts: string): OutcryEvent[] => (JSON.parse(`[${texts}]`) as Fields[]).map(eventOf)

function eventOf(fields: Fields): OutcryEvent {
  const symbol = fields[7] === 0 ? undefined : fields[7]
  const symbols = fields[8] === 0 ? (symbol === undefined ? NO_SYMBOLS : [symbol]) : fields[8]
  return new OutcryEvent(
    fields[1],
    fields[2],
    fields[3],
    fields[4],
    fields[5],
    fields[6],
    symbol,
    symbols,
    payloadOf(fields[12]),
    fields[10] === 0 ? undefined : fields[10],
    fields[11] === 0 ? undefined : fields[11],
    fields[0],
    fields[9],
  )
}

function payloadOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(RICH in value)) return value
  return deserialize(Buffer.from(String(value[RICH]), 'base64'))
}
