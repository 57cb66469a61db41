import { typeOverrides } from './overrides.js'

/** Whether a time to live can be meant: more than nothing, and Infinity for none. Milliseconds. */
export const isTtl = (value: unknown): value is number => typeof value === 'number' && value > 0

/**
 * The time to live that a host's `ttlMs` option gives to a type, by its name or the longest pattern
 * that fits. Milliseconds.
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that is no time.
 */
export const ttlOverrides = (ttlMs: Readonly<Record<string, number>>): ((type: string) => number | undefined) =>
  typeOverrides('ttlMs', ttlMs, (value) => (isTtl(value) ? undefined : 'expected milliseconds above 0, or Infinity'))
