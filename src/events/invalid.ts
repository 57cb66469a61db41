/**
 * Why an input is not an event. A value and not an exception, as a dirty feed makes thousands of
 * them and a stack trace for each would cost more than the events that are fine.
 */
export class Invalid {
  /** The id that the input carried, where it carried a usable one. */
  declare readonly id: string | undefined
  /** Where: `payload.price`, or `price` in the flat form; empty for the input as a whole. */
  declare readonly path: string
  /** One sentence that names the path and the value. */
  declare readonly reason: string
  /** The offending value, as it was given. */
  declare readonly value: unknown

  constructor(id: string | undefined, path: string, reason: string, value: unknown) {
    this.id = id
    this.path = path
    this.reason = reason
    this.value = value
  }
}

const SHOWN_CHARACTERS = 80

const truncate = (text: string): string =>
  text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`

/** A value as a message shows it: short, on one line, and never thrown by a hostile object. */
export function describeValue(value: unknown): string {
  try {
    // Cut before quoting: a refused body may be megabytes long.
    if (typeof value === 'string') {
      return value.length <= SHOWN_CHARACTERS
        ? JSON.stringify(value)
        : `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}… (${value.length} characters)`
    }
    if (typeof value === 'function') return 'a function'
    if (typeof value === 'bigint') return truncate(`${value}n`)
    if (Array.isArray(value)) return `an array of ${value.length}`
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : `Date ${value.toISOString()}`
    if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value)
      return truncate(keys.length === 0 ? 'an object without fields' : `an object with ${keys.slice(0, 5).join(', ')}`)
    }
    return truncate(String(value))
  } catch {
    return 'an object that cannot be read'
  }
}

/** What was thrown, as a message shows it: anything may be, also what cannot be made a text of. */
export function describeThrown(error: unknown): string {
  try {
    return describeValue(String(error))
  } catch {
    return describeValue(error)
  }
}

/** A key as a path shows it: one of megabytes would be kept with each receipt. */
export const shownKey = (key: string): string => truncate(key)
