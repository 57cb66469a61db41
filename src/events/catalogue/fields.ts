import { z } from 'zod'

/**
 * The fields that payloads have in common. Numbers are finite (zod's own rule), strings and lists
 * are bounded, since an event is kept in queues, history and journals by the thousand.
 */

/** May be negative: spreads, rates and, since April 2020, oil. */
export const price = z.number()
export const size = z.number().nonnegative()
export const count = z.int().nonnegative()
/** UTC epoch milliseconds in the years 1 to 9999; may carry a fraction. */
export const epochMs = z.number().min(-62_135_596_800_000).lt(253_402_300_800_000)
export const durationMs = z.number().nonnegative()
/** A share of one: strength, score, confidence. */
export const unit = z.number().min(0).max(1)
/** An exchange, a code, an identifier. */
export const name = z.string().min(1).max(256)
/** A sentence or two for a person. */
export const note = z.string().max(4_096)
export const names = z.array(name).max(256)
export const side = z.enum(['buy', 'sell'])
