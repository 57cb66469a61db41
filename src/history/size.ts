const VALUE_BYTES = 12

/** Levels of a value looked into; what lies deeper counts as one value. */
const MAX_DEPTH = 4

/**
 * About how much memory a value holds, to keep what is not compressed yet within its bound. It is
 * asked at acceptance, so it only adds up lengths and makes no object.
 */
export function roughBytes(value: unknown): number {
  try {
    return bytesOf(value, MAX_DEPTH)
  } catch {
    // A getter or a proxy of the host's threw: whoever accepts the event has no part in that.
    return VALUE_BYTES
  }
}

function bytesOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length
  if (typeof value !== 'object' || value === null || depth === 0) return VALUE_BYTES
  let bytes = VALUE_BYTES
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) bytes += bytesOf(value[index], depth - 1)
    return bytes
  }
  if (ArrayBuffer.isView(value)) return VALUE_BYTES + value.byteLength
  for (const key in value) bytes += bytesOf((value as Readonly<Record<string, unknown>>)[key], depth - 1)
  return bytes
}
