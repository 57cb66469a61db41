import { LANES, type Lane } from './event.js'
import { typeOverrides } from './overrides.js'

const isLane = (value: unknown): value is Lane => LANES.some((lane) => lane === value)

/**
 * The lane that a host's `lanes` option gives to a type, by its name or the longest pattern that fits.
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that is no lane.
 */
export const laneOverrides = (lanes: Readonly<Record<string, Lane>>): ((type: string) => Lane | undefined) =>
  typeOverrides('lanes', lanes, (value) => (isLane(value) ? undefined : `expected one of ${LANES.join(', ')}`))
