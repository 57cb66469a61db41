import { typeOverrides } from './overrides.js'

/** At most one event of a type, source and symbol enters the queue in each window of so many milliseconds. */
export interface ConflationWindow {
  /** Milliseconds on the run's clock, 1 to 3,600,000; windows begin at its whole multiples. */
  readonly windowMs: number
}

/**
 * How a type is conflated. `true`: an event that is still queued gives way to a newer one of its
 * source and symbol. A window: also, no other of them enters until the window ends, then the newest.
 */
export type Conflate = boolean | ConflationWindow

const LONGEST_WINDOW_MS = 3_600_000

/** What a value of `conflate` is expected to be, for the message. */
export const CONFLATE_EXPECTED = 'expected true, false or { windowMs } of 1 to 3,600,000'

/** Whether a value says how to conflate. */
export function isConflate(value: unknown): value is Conflate {
  if (typeof value === 'boolean') return true
  if (typeof value !== 'object' || value === null) return false
  const { windowMs, ...rest } = value as { readonly windowMs?: unknown }
  return (
    typeof windowMs === 'number' && windowMs >= 1 && windowMs <= LONGEST_WINDOW_MS && Object.keys(rest).length === 0
  )
}

/** When the window ends that a time lies in. UTC epoch milliseconds. */
export const windowEnd = (epochMs: number, windowMs: number): number => (Math.floor(epochMs / windowMs) + 1) * windowMs

/**
 * What a host's `conflate` option says of a type, by its name or the longest pattern that fits.
 *
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that says nothing.
 */
export const conflateOverrides = (
  conflate: Readonly<Record<string, Conflate>>,
): ((type: string) => Conflate | undefined) =>
  typeOverrides('conflate', conflate, (value) => (isConflate(value) ? undefined : CONFLATE_EXPECTED))
