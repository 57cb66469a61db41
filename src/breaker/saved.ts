import { z } from 'zod'
import { OutcryError } from '../errors.js'

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

const schema = z
  .object({
    format: z.literal(1),
    name: z.string(),
    state: z.enum(['closed', 'open', 'halfOpen', 'isolated', 'disabled']),
    openings: count,
    waitMs: z.number().min(0).max(86_400_000),
    openUntil: z.number().min(0),
    savedAt: z.number().min(0),
    window: z.object({ ok: count, failed: count, slow: count }),
  })
  .refine(({ window }) => window.slow <= window.ok + window.failed, {
    path: ['window', 'slow'],
    error: 'must not exceed the calls',
  })

/** A breaker's state as it is kept between two runs: plain JSON. */
export interface SavedBreaker {
  readonly format: 1
  readonly name: string
  readonly state: 'closed' | 'open' | 'halfOpen' | 'isolated' | 'disabled'
  /** Openings since it was last closed. */
  readonly openings: number
  /** The open time that was running, in milliseconds; 0 if none. */
  readonly waitMs: number
  /** Its end: UTC epoch milliseconds, 0 if none. The machine's clock starts anew with each process. */
  readonly openUntil: number
  /** UTC epoch milliseconds. */
  readonly savedAt: number
  /** The window's totals. */
  readonly window: { readonly ok: number; readonly failed: number; readonly slow: number }
}

/**
 * Reads a saved breaker that came from a file or another process.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID, naming the path.
 */
export function parseSavedBreaker(value: unknown, at = 'breaker.restore'): SavedBreaker {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = [at, ...(issue?.path ?? []).map(String)].join('.')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${path} is no saved breaker: ${issue?.message ?? 'invalid'}.`, {
    path,
    value,
  })
}
