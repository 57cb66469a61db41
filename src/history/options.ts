import { z } from 'zod'

export interface HistoryOptions {
  /** Events held at most, 1 to 100,000,000. Default 1,000,000. */
  readonly maxCount?: number
  /** Memory held at most, compressed blocks, their index and what is not compressed yet. Bytes; default 64 MiB. */
  readonly maxBytes?: number
  /** Events received longer ago than this are forgotten, on the run's clock. Milliseconds; default Infinity. */
  readonly maxAgeMs?: number
}

/** The bounds of a history, all at once in force. */
export type HistoryLimits = Required<HistoryOptions>

/** What the option `history` may be. */
export const historySchema = z.union([
  z.boolean(),
  z.strictObject({
    maxCount: z.number().int().min(1).max(100_000_000).optional(),
    maxBytes: z.number().int().min(16_384).max(1_099_511_627_776).optional(),
    maxAgeMs: z.number().positive().optional(),
  }),
])

const DEFAULTS: HistoryLimits = { maxCount: 1_000_000, maxBytes: 67_108_864, maxAgeMs: Number.POSITIVE_INFINITY }

/** Undefined where no history is kept. */
export function historyLimits(option: z.output<typeof historySchema> | undefined): HistoryLimits | undefined {
  if (option === undefined || option === false) return undefined
  if (option === true) return DEFAULTS
  const { maxCount, maxBytes, maxAgeMs } = option
  return {
    maxCount: maxCount ?? DEFAULTS.maxCount,
    maxBytes: maxBytes ?? DEFAULTS.maxBytes,
    maxAgeMs: maxAgeMs ?? DEFAULTS.maxAgeMs,
  }
}
