import { z } from 'zod'

/** From which value on an engine counts as degraded, and from which as critical. Infinity turns a level off. */
export interface HealthLevels {
  readonly degraded?: number
  readonly critical?: number
}

/** How an engine judges its own health. */
export interface HealthOptions {
  /** Milliseconds on the machine's clock between two looks; default 1,000. */
  readonly intervalMs?: number
  /** Looks in a row at or above a threshold before it is a reason. Default 2; what lasts by nature takes one. */
  readonly enterTicks?: number
  /** Looks in a row below `release` of a threshold before its reason is over. Default 3. */
  readonly leaveTicks?: number
  /** Share of a threshold below which a value must fall for its reason to end, up to 1. Default 0.8. */
  readonly release?: number
  /** What rates are taken over. Milliseconds; default 10,000. */
  readonly windowMs?: number
  /**
   * Publish each change as an event `system.health` of source `engine`. Default true; never done in a
   * run over recordings, whose events must follow from the data alone.
   */
  readonly publish?: boolean
  /** Share of the queue's capacity. Default 0.8 and 0.95. */
  readonly queueDepth?: HealthLevels
  /** Milliseconds without a break above the high-water mark. Default 10,000 and 60,000. */
  readonly throttledMs?: HealthLevels
  /** Events accepted for each that came to an end. Default 1.2 and Infinity. */
  readonly arrivalRatio?: HealthLevels & {
    /** Looked at only while the queue holds this share of its capacity. Default 0.1. */
    readonly minQueueShare?: number
  }
  /** Share of the deliveries that failed. Default 0.05 and 0.5. */
  readonly errorRate?: HealthLevels & {
    /** Looked at only from so many deliveries a window on. Default 20. */
    readonly minDeliveries?: number
  }
  /** How late the event loop runs its timers, on average over time. Milliseconds; default 100 and 1,000. */
  readonly loopDelayMs?: HealthLevels
  /** Share of the heap's limit. Default 0.85 and 0.95. */
  readonly heapShare?: HealthLevels
  /** Breakers that are not closed. Default 1 and Infinity; all of them are always critical. */
  readonly breakersOpen?: HealthLevels
  /** Feeds that failed. Default 1 and Infinity; all of them are always critical. */
  readonly feedsFailed?: HealthLevels
  /** Live feeds of unknown length that ended by themselves. Default 1 and Infinity. */
  readonly feedsEnded?: HealthLevels
  /** Strategies that wait for a handler past its timeout. Default 1 and Infinity; all of them are always critical. */
  readonly strategiesHung?: HealthLevels
  /** Strategies that were given up. Default 1 and Infinity; all of them are always critical. */
  readonly strategiesFaulted?: HealthLevels
  /** Share of the dead letters' bounds. Default 1 (they evict) and Infinity. */
  readonly deadLetters?: HealthLevels
  /** Sinks that failed and have not acknowledged a batch since. Default 1 and Infinity; all of them are always critical. */
  readonly sinksFailing?: HealthLevels & {
    /** A write that is not acknowledged for this long counts as failing. Milliseconds; default 10,000. */
    readonly stuckAfterMs?: number
  }
  /** Journals that cannot be written. Default 1 and Infinity; all of them are always critical, and there is one. */
  readonly journalFailing?: HealthLevels
  /** Milliseconds in which events waited, none was handled, and deliveries were not held. Default 5,000 and 30,000. */
  readonly stalledMs?: HealthLevels
}

/** A day: longer times are mistakes of unit. */
const MAX_MS = 86_400_000
const never = z.literal(Number.POSITIVE_INFINITY)
const ticks = z.number().int().min(1).max(1_000)

function levels(degraded: number, critical: number, max = 1e12) {
  const level = z.union([z.number().positive().max(max), never], {
    error: `expected a number above 0${max < 1e12 ? ` and up to ${max}` : ''}, or Infinity`,
  })
  return z.strictObject({ degraded: level.default(degraded), critical: level.default(critical) })
}

/** The levels must be in order, or `degraded` would never be seen. */
const ordered = <T extends z.ZodType<{ degraded: number; critical: number }>>(schema: T) =>
  schema.refine(({ degraded, critical }) => degraded <= critical, {
    error: 'degraded is above critical',
    path: ['degraded'],
  })

const of = (degraded: number, critical: number, max?: number) => ordered(levels(degraded, critical, max)).prefault({})

const some = (): ReturnType<typeof of> => of(1, Number.POSITIVE_INFINITY)

/** Looks that a window may span: it holds one row of figures for each. */
const MAX_WINDOW_TICKS = 3_600

const options = z.strictObject({
  intervalMs: z.number().min(1).max(MAX_MS).default(1_000),
  enterTicks: ticks.default(2),
  leaveTicks: ticks.default(3),
  release: z.number().positive().max(1).default(0.8),
  windowMs: z.number().min(1).max(MAX_MS).default(10_000),
  publish: z.boolean().default(true),
  queueDepth: of(0.8, 0.95, 2),
  throttledMs: of(10_000, 60_000, MAX_MS),
  arrivalRatio: ordered(
    levels(1.2, Number.POSITIVE_INFINITY).extend({ minQueueShare: z.number().min(0).max(1).default(0.1) }),
  ).prefault({}),
  errorRate: ordered(
    levels(0.05, 0.5, 1).extend({ minDeliveries: z.number().int().min(1).max(1e9).default(20) }),
  ).prefault({}),
  loopDelayMs: of(100, 1_000, MAX_MS),
  heapShare: of(0.85, 0.95, 1),
  breakersOpen: some(),
  feedsFailed: some(),
  feedsEnded: some(),
  strategiesHung: some(),
  strategiesFaulted: some(),
  deadLetters: of(1, Number.POSITIVE_INFINITY, 1),
  sinksFailing: ordered(
    levels(1, Number.POSITIVE_INFINITY).extend({ stuckAfterMs: z.number().min(1).max(MAX_MS).default(10_000) }),
  ).prefault({}),
  journalFailing: some(),
  stalledMs: of(5_000, 30_000, MAX_MS),
})

/** What `createEngine` takes as `health`, with every default. */
export const healthOptions = options.refine(({ windowMs, intervalMs }) => windowMs <= MAX_WINDOW_TICKS * intervalMs, {
  error: `more than ${MAX_WINDOW_TICKS} times intervalMs`,
  path: ['windowMs'],
})

/** Health options with every default filled in. */
export type HealthSettings = z.output<typeof healthOptions>
