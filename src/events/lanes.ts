import { OutcryError } from '../errors.js'
import { LANES, type Lane } from './event.js'
import { describeValue } from './invalid.js'
import { isEventTypeName, isPattern, matchesPattern } from './patterns.js'

const isLane = (value: unknown): value is Lane => LANES.some((lane) => lane === value)

const isSelector = (pattern: string): boolean =>
  pattern === '*' || isEventTypeName(isPattern(pattern) ? pattern.slice(0, -2) : pattern)

/**
 * The lane that a host's `lanes` option gives to a type: by its name, else by the longest pattern
 * that fits, so that `order.fill` wins over `order.*` and `order.*` over `*` in any order of keys.
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that is no lane.
 */
export function laneOverrides(lanes: Readonly<Record<string, Lane>>): (type: string) => Lane | undefined {
  const entries = Object.entries(lanes)
  for (const [pattern, lane] of entries) {
    const path = `lanes.${pattern}`
    if (!isSelector(pattern)) {
      const message = `${path}: ${describeValue(pattern)} is neither an event type nor a pattern such as order.*`
      throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path, value: pattern })
    }
    if (!isLane(lane)) {
      const message = `${path} is ${describeValue(lane)}: expected one of ${LANES.join(', ')}`
      throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path, value: lane })
    }
  }
  const exact = new Map(entries)
  const patterns = entries.filter(([pattern]) => isPattern(pattern)).sort(([a], [b]) => b.length - a.length)
  return (type) => exact.get(type) ?? patterns.find(([pattern]) => matchesPattern(pattern, type))?.[1]
}
