import { z } from 'zod'
import { breakerPolicy } from '../src/breaker/policy.js'
import { OPTIONAL_REASONS } from '../src/dead-letters/letter.js'
import { deadLetterOptions } from '../src/dead-letters/options.js'
import { engineRestartSchema } from '../src/dispatch/restart.js'
import { OutcryError } from '../src/errors.js'
import { CONFLATE_EXPECTED, type Conflate, isConflate } from '../src/events/conflate.js'
import { DEFINITION_EXPECTED, isDefinition } from '../src/events/define.js'
import { LANES } from '../src/events/event.js'
import { healthOptions } from '../src/health/options.js'
import { historySchema } from '../src/history/options.js'
import { hasMethods, safeParse, valueAt } from '../src/safe-parse.js'
import { journalBreaker } from './journal-breaker.js'
import type { EngineOptions, OverflowPolicy } from './options.js'

/** A day: longer waits are mistakes of unit. */
const MAX_MS = 86_400_000

const whole = (min: number, max: number) => z.number().int().min(min).max(max)
const ms = (min: number) => z.number().min(min).max(MAX_MS)
const lane = z.enum(LANES)
const policy = z.enum(['wait', 'refuse', 'dead-letter', 'evict'])
const list = z.array(z.unknown()).readonly()
const rateLimit = z.strictObject({
  ratePerSecond: z.number().min(0.001).max(100_000_000),
  burst: whole(1, 100_000_000).optional(),
})

const optionsSchema = z.strictObject({
  strategies: list.default([]),
  feeds: list.default([]),
  sinks: list.default([]),
  events: list.default([]),
  lanes: z.record(z.string(), lane).optional(),
  lanesBySource: z.record(z.string(), lane).optional(),
  ttlMs: z.record(z.string(), z.number().positive().or(z.literal(Number.POSITIVE_INFINITY))).optional(),
  staleAfterMs: z
    .record(z.string(), z.number().positive().or(z.literal(Number.POSITIVE_INFINITY)))
    .default({ news: 86_400_000 }),
  conflate: z.record(z.string(), z.custom<Conflate>(isConflate, CONFLATE_EXPECTED)).optional(),
  rateLimits: z
    .strictObject({
      sources: z.record(z.string(), rateLimit).optional(),
      strategies: z.record(z.string(), rateLimit).optional(),
    })
    .prefault({}),
  queue: z
    .strictObject({
      capacity: whole(1, 16_777_216).default(10_000),
      highWater: whole(1, 16_777_216).optional(),
      signalHeadroom: whole(0, 16_777_216).default(1_024),
      partitions: whole(1, 65_536).default(64),
      maxWaiters: whole(0, 16_777_216).default(10_000),
      publishTimeoutMs: ms(0).default(5_000),
      overflow: z.partialRecord(lane, policy).default({}),
      ageingChunks: whole(1, 1_000_000).default(16),
    })
    .prefault({}),
  dedupe: z.strictObject({ window: whole(0, 16_777_216).default(65_536) }).prefault({}),
  chunk: z.strictObject({ maxEvents: whole(1, 256).default(256), budgetMs: ms(0.01).default(5) }).prefault({}),
  workers: z
    .strictObject({
      min: whole(1, 1_000).default(2),
      max: whole(1, 1_000).default(20),
      scaleUpDepth: whole(1, 16_777_216).default(100),
      scaleDownDepth: whole(0, 16_777_216).default(10),
      intervalMs: ms(1).default(5_000),
      cooldownMs: ms(0).default(5_000),
    })
    .prefault({}),
  groupSize: whole(1, 100).default(10),
  concurrency: whole(1, 100_000).default(50),
  lateAfterMs: ms(1).default(1_000),
  timeoutMs: ms(1).default(30_000),
  hookTimeoutMs: ms(1).default(5_000),
  maxBacklog: whole(1, 16_777_216).default(10_000),
  restart: engineRestartSchema.prefault({}),
  supervision: z.enum(['one-for-one', 'rest-for-one', 'one-for-all']).default('one-for-one'),
  escalate: z.enum(['fault', 'engine']).default('fault'),
  inspect: z
    .custom<NonNullable<EngineOptions['inspect']>>((value) => typeof value === 'function', 'must be a function')
    .optional(),
  breaker: z.unknown().optional(),
  deadLetters: deadLetterOptions
    .extend({ keep: z.array(z.enum(OPTIONAL_REASONS)).readonly().default([]) })
    .prefault({}),
  health: healthOptions.prefault({}),
  history: historySchema.optional(),
  journal: z.unknown().optional(),
  durability: z.enum(['none', 'interval', 'chunk']).default('chunk'),
  journalling: z
    .strictObject({
      onFailure: z.enum(['wait', 'refuse', 'continue']).default('wait'),
      intervalMs: ms(1).default(100),
      maxBehind: whole(1, 16_777_216).default(65_536),
      breaker: z.record(z.string(), z.unknown()).optional(),
      keepMs: z.number().positive().optional(),
      maxBytes: whole(1, Number.MAX_SAFE_INTEGER).optional(),
      trimEveryMs: ms(1).default(60_000),
    })
    .prefault({}),
  startTimeoutMs: ms(1).default(30_000),
  stopTimeoutMs: ms(1).default(10_000),
  recording: z
    .strictObject({
      maxEvents: whole(1, 16_777_216).default(1_024),
      maxSpanMs: z.number().min(0).default(1_000),
      speed: z
        .union([z.literal(Number.POSITIVE_INFINITY), z.number().positive().max(1e9)])
        .default(Number.POSITIVE_INFINITY),
    })
    .prefault({}),
  digest: z.boolean().optional(),
  logger: z.unknown().optional(),
  environment: z.unknown().optional(),
})

type Parsed = z.output<typeof optionsSchema>

/** Options with every default filled in. */
export interface ResolvedOptions
  extends Omit<
    Parsed,
    'strategies' | 'feeds' | 'sinks' | 'events' | 'logger' | 'environment' | 'queue' | 'breaker' | 'journal'
  > {
  readonly journal: EngineOptions['journal']
  readonly strategies: NonNullable<EngineOptions['strategies']>
  readonly feeds: NonNullable<EngineOptions['feeds']>
  readonly sinks: NonNullable<EngineOptions['sinks']>
  readonly events: NonNullable<EngineOptions['events']>
  readonly logger: EngineOptions['logger']
  readonly environment: EngineOptions['environment']
  readonly breaker: EngineOptions['breaker']
  readonly queue: Omit<Parsed['queue'], 'highWater'> & {
    readonly highWater: number
    readonly overflowOf: readonly OverflowPolicy[]
  }
}

const DEFAULT_HIGH_WATER = 2_048

const fail = (path: string, value: unknown, problem: string): never => {
  const what = path === '' ? 'the options are' : `option ${path} is`
  throw new OutcryError('OUTCRY_OPTION_INVALID', `${what} ${show(value)}: ${problem}`, { path, value })
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return Array.isArray(value) ? 'an array' : 'an object'
  } catch {
    return 'a revoked proxy'
  }
}

const named = (value: unknown): boolean => typeof Reflect.get(value as object, 'name') === 'string'

/**
 * Checks the options of an engine and fills in the defaults.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID that names the first path and value that do not fit.
 */
export function resolveOptions(options: EngineOptions): ResolvedOptions {
  const result = safeParse(optionsSchema, options)
  if (!result.success) {
    const [issue] = result.error.issues
    const extra = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : (issue?.path ?? [])
    const problem = issue?.code === 'unrecognized_keys' ? 'there is no such option' : (issue?.message ?? 'invalid')
    return fail(extra.map(String).join('.'), valueAt(options, extra), problem)
  }
  const parsed = result.data
  const { queue, workers } = parsed
  const highWater = queue.highWater ?? Math.min(DEFAULT_HIGH_WATER, queue.capacity)
  if (highWater > queue.capacity) fail('queue.highWater', highWater, `more than queue.capacity (${queue.capacity})`)
  if (workers.min > workers.max) fail('workers.min', workers.min, `more than workers.max (${workers.max})`)
  for (const [index, feed] of parsed.feeds.entries()) {
    if (!hasMethods(feed, ['read']) || !named(feed)) fail(`feeds.${index}`, feed, 'a feed has a name and a method read')
  }
  for (const [index, event] of parsed.events.entries()) {
    if (!isDefinition(event)) fail(`events.${index}`, event, DEFINITION_EXPECTED)
  }
  const names = new Set<string>()
  for (const [index, sink] of parsed.sinks.entries()) {
    if (!hasMethods(sink, ['write']) || !named(sink))
      fail(`sinks.${index}`, sink, 'a sink has a name and a method write')
    const { name } = sink as { readonly name: string }
    // Its counts, its breaker and what it has acknowledged are kept by its name.
    if (names.has(name)) fail(`sinks.${index}.name`, name, 'another sink has that name')
    names.add(name)
  }
  if (parsed.logger !== undefined && !hasMethods(parsed.logger, ['debug', 'info', 'warn', 'error'])) {
    fail('logger', parsed.logger, 'a logger has the methods debug, info, warn and error, as pino has')
  }
  if (
    parsed.environment !== undefined &&
    !hasMethods(parsed.environment, ['now', 'monotonic', 'setTimeout', 'watch', 'yield'])
  ) {
    fail('environment', parsed.environment, 'not an Environment')
  }
  if (parsed.journal !== undefined && !hasMethods(parsed.journal, ['open', 'append', 'read', 'close'])) {
    fail('journal', parsed.journal, 'a journal has the methods open, append, read and close, as lmdbJournal has')
  }
  // Whether there is a journal or not: one that is added later must not be the first to say it.
  breakerPolicy(journalBreaker(parsed.journalling.breaker), 'journalling.breaker')
  const overflowOf = LANES.map((name) => queue.overflow[name] ?? 'wait')
  return { ...parsed, queue: { ...queue, highWater, overflowOf } } as unknown as ResolvedOptions
}
