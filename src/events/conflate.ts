import { typeOverrides } from './overrides.js'

/** Whether a queued event gives way to a newer one of its type, source and symbol. */
export type Conflate = boolean

/**
 * What a host's `conflate` option says of a type, by its name or the longest pattern that fits.
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that is no boolean.
 */
export const conflateOverrides = (
  conflate: Readonly<Record<string, Conflate>>,
): ((type: string) => Conflate | undefined) =>
  typeOverrides('conflate', conflate, (value) => (typeof value === 'boolean' ? undefined : 'expected true or false'))
