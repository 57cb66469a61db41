/** Whether `pattern` can match more than one type: it is `*` or ends in `.*`. */
export const isPattern = (pattern: string): boolean => pattern === '*' || pattern.endsWith('.*')

/**
 * Whether an event type is named by a pattern: the type itself, `order.*` for every type below
 * `order` (`order.fill` and `order.a.b`, but neither `order` nor `orders.fill`), or `*` for all.
 */
export function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === '*') return true
  if (!pattern.endsWith('.*')) return pattern === type
  // The dot before the star belongs to the prefix, so that `order.*` does not match `orders.fill`.
  return type.length >= pattern.length && type.startsWith(pattern.slice(0, -1))
}

/** The lower-case dotted identifiers that event types are made of, such as `order.fill` or `book.snapshot`. */
const EVENT_TYPE = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*(?:\.[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)*$/
const EVENT_TYPE_CHARACTERS = 128

export const isEventTypeName = (type: string): boolean => type.length <= EVENT_TYPE_CHARACTERS && EVENT_TYPE.test(type)

/** Whether anything can ever be named by it: it is a type's name, `*`, or a name with `.*` behind it. */
export const isSelector = (selector: string): boolean =>
  selector === '*' || isEventTypeName(isPattern(selector) ? selector.slice(0, -2) : selector)
