import type { OutcryEvent } from '../events/event.js'

/** Fixed parts of an event and its letter: their objects, numbers and the entry in the index. */
const ENVELOPE_BYTES = 400
const OBJECT_BYTES = 24
const FIELD_BYTES = 8
const STRING_BYTES = 16

/** Values looked at in one payload; what lies beyond counts as the average of what was seen. */
const MAX_VALUES = 1_000

/**
 * An estimate of what a letter about this event holds in memory: a walk over the payload that adds
 * up its strings at one byte a character, and its objects and numbers at fixed sizes. It is cheaper
 * than JSON, which would also fail on cycles and big integers. Never throws.
 */
export function estimateBytes(event: OutcryEvent | undefined): number {
  if (event === undefined) return ENVELOPE_BYTES
  let bytes = ENVELOPE_BYTES + event.id.length + event.source.length
  for (const symbol of event.symbols) bytes += STRING_BYTES + symbol.length
  return bytes + payloadBytes(event.payload)
}

function payloadBytes(payload: unknown): number {
  const waiting: unknown[] = [payload]
  let bytes = 0
  let seen = 0
  let unseen = 0
  try {
    while (waiting.length > 0) {
      const value = waiting.pop()
      seen += 1
      if (typeof value === 'string') bytes += STRING_BYTES + value.length
      else if (typeof value !== 'object' || value === null) bytes += FIELD_BYTES
      else if (ArrayBuffer.isView(value)) bytes += OBJECT_BYTES + value.byteLength
      else {
        bytes += OBJECT_BYTES
        const children = Array.isArray(value) ? value : Object.values(value)
        const room = Math.max(0, MAX_VALUES - seen - waiting.length)
        unseen += Math.max(0, children.length - room)
        bytes += FIELD_BYTES * children.length
        for (let i = 0; i < children.length && i < room; i += 1) waiting.push(children[i])
      }
    }
  } catch {
    // A getter or a proxy threw: what was added up so far has to do.
  }
  return seen === 0 ? bytes : bytes + Math.round((bytes / seen) * unseen)
}
