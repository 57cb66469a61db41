import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { safeParse, valueAt } from '../safe-parse.js'
import { DEAD_LETTER_REASONS, type DeadLetter, type DeadLetterReason } from './letter.js'

export interface DeadLetterOptions {
  /** Letters held at most: 1 to 10,000,000. Default 10,000. */
  readonly maxCount?: number | undefined
  /** Bytes held at most, by estimate: 1 KiB to 4 GiB. Default 16 MiB. */
  readonly maxBytes?: number | undefined
  readonly redrive?:
    | {
        /** Letters sent out again a second. Default 100. */
        readonly ratePerSecond?: number | undefined
        /** Letters sent out at once after a rest. Default a tenth of a second's worth, at least 1. */
        readonly burst?: number | undefined
        /** How long one redelivery may take before the next begins. Milliseconds; default 30,000. */
        readonly timeoutMs?: number | undefined
      }
    | undefined
}

export interface DeadLetterLimits {
  readonly maxCount: number
  readonly maxBytes: number
  readonly redrive: { readonly ratePerSecond: number; readonly burst: number; readonly timeoutMs: number }
}

/** Which letters. Fields left out match everything; those given must all match. */
export interface DeadLetterFilter {
  /** One letter and no other. */
  readonly id?: string | undefined
  readonly reason?: DeadLetterReason | undefined
  readonly strategy?: string | undefined
  /** An event type. */
  readonly type?: string | undefined
  /** Any of the symbols that the event concerns. */
  readonly symbol?: string | undefined
  /** Entered at or after this time. UTC epoch milliseconds. */
  readonly since?: number | undefined
}

export interface DeadLetterPage {
  /** Matching letters to pass over. Default 0. */
  readonly offset?: number | undefined
  /** At most 10,000; default 100. */
  readonly limit?: number | undefined
  /** Default `oldest`. */
  readonly first?: 'oldest' | 'newest' | undefined
}

/** One schema for whoever makes a store and for the options of an engine, which add what is kept. */
export const deadLetterOptions = z.strictObject({
  maxCount: z.int().min(1).max(10_000_000).default(10_000),
  maxBytes: z.int().min(1_024).max(4_294_967_296).default(16_777_216),
  redrive: z
    .strictObject({
      ratePerSecond: z.number().min(0.001).max(1_000_000).default(100),
      burst: z.int().min(1).max(1_000_000).optional(),
      timeoutMs: z.number().min(1).max(86_400_000).default(30_000),
    })
    .prefault({}),
})

const filter = z.strictObject({
  id: z.string().optional(),
  reason: z.enum(DEAD_LETTER_REASONS).optional(),
  strategy: z.string().optional(),
  type: z.string().optional(),
  symbol: z.string().optional(),
  since: z.number().optional(),
})

const page = z.strictObject({
  offset: z.int().min(0).default(0),
  limit: z.int().min(0).max(10_000).default(100),
  first: z.enum(['oldest', 'newest']).default('oldest'),
})

const redriveOptions = z.strictObject({ limit: z.int().min(1).optional() })

function check<T extends z.ZodType>(schema: T, value: z.input<T>, at: string): z.output<T> {
  const parsed = safeParse(schema, value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const where = [...(issue?.path ?? []), ...keys]
  const given = valueAt(value, where)
  const path = [at, ...where.map(String)].join('.')
  const shown = typeof given === 'object' ? 'an object' : String(given).slice(0, 80)
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${path} is ${shown}: ${issue?.message ?? 'invalid'}.`, {
    path,
    value: given,
  })
}

/** @throws {OutcryError} OUTCRY_OPTION_INVALID, naming the path and the value. */
export function deadLetterLimits(given: DeadLetterOptions = {}): DeadLetterLimits {
  const { redrive, ...rest } = check(deadLetterOptions, given, 'deadLetters')
  const { ratePerSecond, burst = Math.max(1, Math.ceil(ratePerSecond / 10)), timeoutMs } = redrive
  return { ...rest, redrive: { ratePerSecond, burst, timeoutMs } }
}

/** @throws {OutcryError} OUTCRY_OPTION_INVALID, naming the path and the value. */
export const checkFilter = (given: DeadLetterFilter): DeadLetterFilter => check(filter, given, 'deadLetters.filter')

/** @throws {OutcryError} OUTCRY_OPTION_INVALID, naming the path and the value. */
export const checkPage = (given: DeadLetterPage): z.output<typeof page> => check(page, given, 'deadLetters.page')

/** @throws {OutcryError} OUTCRY_OPTION_INVALID, naming the path and the value. */
export const checkLimit = (given: { readonly limit?: number | undefined }): number =>
  check(redriveOptions, given, 'deadLetters').limit ?? Number.POSITIVE_INFINITY

/** Whether a letter, be it one that is held or one that a journal keeps, is what a filter asks for. */
export function matches(
  filter: DeadLetterFilter,
  letter: Pick<DeadLetter, 'id' | 'reason' | 'strategy' | 'event' | 'at'>,
): boolean {
  const { id, reason, strategy, type, symbol, since } = filter
  const { event } = letter
  return (
    (id === undefined || letter.id === id) &&
    (reason === undefined || letter.reason === reason) &&
    (strategy === undefined || letter.strategy === strategy) &&
    (type === undefined || event?.type === type) &&
    (symbol === undefined || event?.symbol === symbol || event?.symbols.includes(symbol) === true) &&
    (since === undefined || letter.at >= since)
  )
}
