import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { safeParse, valueAt } from '../safe-parse.js'
import type { BreakerCause } from './facts.js'
import type { WindowTotals } from './window.js'

/** A day: the longest time that a breaker may be told to wait, well inside what a timer can hold. */
const MAX_WAIT_MS = 86_400_000
const MAX_WINDOW_CALLS = 1_000_000
const MAX_STEPS = 1_024

/** How a breaker judges and waits. Rates are shares in (0, 1]. */
export interface BreakerOptions {
  /** What is judged: the last `size` calls (default, 100), or the last `spanMs` (60,000) in `buckets` (10). */
  readonly window?:
    | { readonly kind: 'count'; readonly size?: number | undefined }
    | { readonly kind: 'time'; readonly spanMs?: number | undefined; readonly buckets?: number | undefined }
    | undefined
  /** Opens when this share of the window has failed. Default 0.5. */
  readonly failureRate?: number | undefined
  /** Opens when this share of the window was slow. Default 1. */
  readonly slowCallRate?: number | undefined
  /** A call that took longer is slow. Milliseconds; default 60,000. */
  readonly slowCallMs?: number | undefined
  /** Judges no window with fewer calls. Default 20, or the size of a smaller count window. */
  readonly minimumCalls?: number | undefined
  readonly halfOpen?:
    | {
        /** Probes let through at once, judged together when all are back. Default 10. */
        readonly permits?: number | undefined
        /** Default: the breaker's own `failureRate`. */
        readonly failureRate?: number | undefined
        /** Default: the breaker's own `slowCallRate`. */
        readonly slowCallRate?: number | undefined
        /**
         * How long each probe may take: one that takes longer opens the breaker again. Once it is over for
         * the first probe no further one is let through, so the judgement comes within twice this time.
         * Milliseconds; default 60,000.
         */
        readonly maxWaitMs?: number | undefined
      }
    | undefined
  /** How long it stays open: milliseconds (default 60,000), or a growing time. */
  readonly openTime?:
    | number
    | {
        /** The first open time. Milliseconds. */
        readonly initialMs: number
        /** Each further opening without a recovery multiplies it by this, 1 to 100. Default 2. */
        readonly factor?: number | undefined
        /** The cap, jitter included. Milliseconds; default ten times `initialMs`. */
        readonly maxMs?: number | undefined
        /** Spreads the time by up to this share both ways, 0 to 1. Default 0. */
        readonly jitter?: number | undefined
      }
    | undefined
  /** An error for which this is true decides nothing, as if the call had not been made. */
  readonly ignore?: ((error: unknown) => boolean) | undefined
  /** If given, only an error for which this is true is a failure; any other counts as a success. */
  readonly record?: ((error: unknown) => boolean) | undefined
  /** Starts disabled: everything passes and is measured. Default false. */
  readonly disabled?: boolean | undefined
}

export interface RateLimits {
  readonly failureRate: number
  readonly slowCallRate: number
}

export interface OpenTime {
  readonly initialMs: number
  readonly factor: number
  readonly maxMs: number
  readonly jitter: number
}

/** Options with every default filled in. */
export interface BreakerPolicy extends RateLimits {
  readonly window:
    | { readonly kind: 'count'; readonly size: number }
    | { readonly kind: 'time'; readonly spanMs: number; readonly buckets: number }
  readonly slowCallMs: number
  readonly minimumCalls: number
  readonly halfOpen: RateLimits & { readonly permits: number; readonly maxWaitMs: number }
  readonly openTime: OpenTime
  readonly ignore: ((error: unknown) => boolean) | undefined
  readonly record: ((error: unknown) => boolean) | undefined
  readonly disabled: boolean
}

const rate = z.number().gt(0).max(1)
const waitMs = z.number().min(1).max(MAX_WAIT_MS)
const predicate = z.custom<(error: unknown) => boolean>((value) => typeof value === 'function', 'must be a function')

const schema = z
  .strictObject({
    window: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('count'), size: z.int().min(1).max(MAX_WINDOW_CALLS).default(100) }),
        z.strictObject({
          kind: z.literal('time'),
          spanMs: waitMs.default(60_000),
          buckets: z.int().min(1).max(1_000).default(10),
        }),
      ])
      .default({ kind: 'count', size: 100 }),
    failureRate: rate.default(0.5),
    slowCallRate: rate.default(1),
    slowCallMs: z.number().min(0).default(60_000),
    minimumCalls: z.int().min(1).optional(),
    halfOpen: z
      .strictObject({
        permits: z.int().min(1).max(10_000).default(10),
        failureRate: rate.optional(),
        slowCallRate: rate.optional(),
        maxWaitMs: waitMs.default(60_000),
      })
      .prefault({}),
    openTime: z
      .union([
        waitMs.transform((ms) => ({ initialMs: ms, factor: 1, maxMs: ms, jitter: 0 })),
        z
          .strictObject({
            initialMs: waitMs,
            factor: z.number().min(1).max(100).default(2),
            maxMs: waitMs.optional(),
            jitter: z.number().min(0).max(1).default(0),
          })
          .transform((time) => ({ ...time, maxMs: time.maxMs ?? Math.min(MAX_WAIT_MS, 10 * time.initialMs) }))
          .refine((time) => time.maxMs >= time.initialMs, { path: ['maxMs'], error: 'must be at least initialMs' }),
      ])
      .prefault(60_000),
    ignore: predicate.optional(),
    record: predicate.optional(),
    disabled: z.boolean().default(false),
  })
  .refine(
    // A window that can never hold the minimum could never open the breaker.
    ({ window, minimumCalls = 1 }) => window.kind === 'time' || minimumCalls <= window.size,
    { path: ['minimumCalls'], error: 'must not exceed the size of the window' },
  )

/** Not JSON: an option may be a function, a BigInt or NaN. */
const show = (value: unknown): string => (typeof value === 'object' ? 'an object' : String(value)).slice(0, 80)

/**
 * Checks a breaker's options and fills in the defaults.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID, naming the path under `at` and the value.
 */
export function breakerPolicy(options: BreakerOptions = {}, at = 'breaker'): BreakerPolicy {
  const parsed = safeParse(schema, options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
    const where = [...(issue?.path ?? []), ...keys]
    const path = [at, ...where.map(String)].join('.')
    const value = valueAt(options, where)
    throw new OutcryError('OUTCRY_OPTION_INVALID', `${path} is ${show(value)}: ${issue?.message ?? 'invalid'}.`, {
      path,
      value,
    })
  }
  const { minimumCalls, halfOpen, ignore, record, ...rest } = parsed.data
  const { failureRate, slowCallRate, window } = rest
  return {
    ...rest,
    minimumCalls: minimumCalls ?? (window.kind === 'count' ? Math.min(20, window.size) : 20),
    halfOpen: {
      permits: halfOpen.permits,
      maxWaitMs: halfOpen.maxWaitMs,
      failureRate: halfOpen.failureRate ?? failureRate,
      slowCallRate: halfOpen.slowCallRate ?? slowCallRate,
    },
    ignore,
    record,
  }
}

/** Options on top of others. Whoever names a window of his own does not mean the other's least number of calls. */
export function breakerOptions(own: BreakerOptions | undefined, defaults: BreakerOptions): BreakerOptions {
  // What is none is said to be none by the check.
  if (typeof own !== 'object' || own === null) return own ?? defaults
  return own.window === undefined ? { ...defaults, ...own } : { ...defaults, minimumCalls: undefined, ...own }
}

/** Which limit the calls have reached, if any. Failures are named before slowness. */
export function breach(limits: RateLimits, totals: WindowTotals): 'failure-rate' | 'slow-call-rate' | undefined {
  const { calls, failed, slow } = totals
  if (calls === 0) return undefined
  // Divided and not multiplied out: 3 of 30 is exactly the double 0.1, while 0.1 × 30 is above 3.
  if (failed / calls >= limits.failureRate) return 'failure-rate'
  if (slow / calls >= limits.slowCallRate) return 'slow-call-rate'
  return undefined
}

/** The cause, where half-open probes have reached a limit. */
export function probeBreach(limits: RateLimits, totals: WindowTotals): BreakerCause | undefined {
  const cause = breach(limits, totals)
  return cause === undefined ? undefined : `probe-${cause}`
}

/**
 * How long to stay open, in whole milliseconds from 1 to the cap.
 *
 * @param openings how often it has opened before without a recovery between.
 * @param chance a number in [0, 1); anything else counts as the middle, which is no jitter at all.
 */
export function openDelayMs(time: OpenTime, openings: number, chance: number): number {
  let base = time.initialMs
  // Multiplied step by step, as `**` may differ in the last bit between versions of V8; the steps
  // are bounded for a factor so close to 1 that the cap is far away.
  const steps = time.factor > 1 ? Math.min(openings, MAX_STEPS) : 0
  for (let i = 0; i < steps && base < time.maxMs; i += 1) base *= time.factor
  base = Math.min(base, time.maxMs)
  const draw = chance >= 0 && chance < 1 ? chance : 0.5
  const spread = base * (1 + time.jitter * (2 * draw - 1))
  return Math.max(1, Math.round(Math.min(spread, time.maxMs)))
}
