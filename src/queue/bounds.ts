import { OutcryError } from '../errors.js'

/** Returns `value`; throws OUTCRY_OPTION_INVALID, with the path and the value, unless it is a whole number in range. */
export const wholeNumber = (path: string, value: number, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new OutcryError(
    'OUTCRY_OPTION_INVALID',
    `${path} must be a whole number from ${least} to ${most}, not ${String(value)}.`,
    { path, value },
  )
}
