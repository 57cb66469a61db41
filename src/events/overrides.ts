import { OutcryError } from '../errors.js'
import { describeValue } from './invalid.js'
import { isPattern, isSelector, matchesPattern } from './patterns.js'

/**
 * What a host's option by event type or pattern, such as `lanes`, gives to a type: by its name, else
 * by the longest pattern that fits, so that `order.fill` wins over `order.*` and `order.*` over `*`
 * in any order of keys.
 *
 * @param option The option's name, for the message.
 * @param problem What is wrong with a value; undefined if it is fine.
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that is not fine.
 */
export function typeOverrides<V>(
  option: string,
  values: Readonly<Record<string, V>>,
  problem: (value: unknown) => string | undefined,
): (type: string) => V | undefined {
  const entries = Object.entries(values)
  for (const [pattern, value] of entries) {
    const path = `${option}.${pattern}`
    if (!isSelector(pattern)) {
      const message = `${path}: ${describeValue(pattern)} is neither an event type nor a pattern such as order.*`
      throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path, value: pattern })
    }
    const wrong = problem(value)
    if (wrong !== undefined) {
      throw new OutcryError('OUTCRY_OPTION_INVALID', `${path} is ${describeValue(value)}: ${wrong}`, { path, value })
    }
  }
  const exact = new Map(entries)
  const patterns = entries.filter(([pattern]) => isPattern(pattern)).sort(([a], [b]) => b.length - a.length)
  return (type) => exact.get(type) ?? patterns.find(([pattern]) => matchesPattern(pattern, type))?.[1]
}
