import { z } from 'zod'
import type { BreakerOptions } from '../../breaker/policy.js'
import type { FeedItem } from '../feed.js'

/** What a response is made into. Reads only what it is given; what it throws is one invalid record. */
export type ToItems = (body: unknown, url: string) => Iterable<FeedItem>

export interface HttpFeedOptions {
  /** Where to ask, again and again: http or https, all of one origin, since the sockets are kept for it. */
  readonly urls: readonly [string, ...string[]]
  /** Makes events of a response's JSON. What was there the last time is found by its id and counted as duplicate. */
  readonly toItems: ToItems
  /** The feed's name and the source of its own facts. Default: the origin. */
  readonly name?: string
  readonly headers?: Readonly<Record<string, string>>
  /** From the end of one round to the beginning of the next. Milliseconds, 10 to 86,400,000; default 5,000. */
  readonly pollMs?: number
  /** Rounds after which the feed ends; default: never, but by the engine's stop. */
  readonly rounds?: number
  /** Sockets at most, 1 to 256; default 4. They are kept alive and used again, after a failure too. */
  readonly connections?: number
  /** How long an unused socket is kept. Milliseconds; default 30,000. */
  readonly keepAliveMs?: number
  /** How long the head of an answer may take, and then its body as a whole. Milliseconds; default 10,000. */
  readonly timeoutMs?: number
  /** Bytes of one response at most; default 16 MiB. */
  readonly maxBytes?: number
  /**
   * How the circuit breaker `http:<name>` judges requests and waits. Default: opens when half of the last 20
   * have failed, 5 at least, at first for 5 seconds; `false` for none. An error that it is asked about has
   * the `status` of the answer, where there was one.
   */
  readonly breaker?: BreakerOptions | false
  /** The wait after a failed round, doubled from `minMs` up to `maxMs`, half of it drawn by chance. A server may ask for longer. */
  readonly backoff?: { readonly minMs?: number; readonly maxMs?: number }
}

/** How a feed's breaker judges where the feed does not say. */
export const HTTP_BREAKER: BreakerOptions = {
  window: { kind: 'count', size: 20 },
  minimumCalls: 5,
  failureRate: 0.5,
  openTime: { initialMs: 5_000, factor: 2, maxMs: 60_000, jitter: 0.2 },
  halfOpen: { permits: 1 },
}

const DAY_MS = 86_400_000
const milliseconds = z.number().min(10).max(DAY_MS)

export const httpFeedSchema = z
  .strictObject({
    urls: z
      .array(z.url({ protocol: /^https?$/, error: 'expected a URL of http or https' }))
      .min(1)
      .max(1_000),
    toItems: z.custom<ToItems>((value) => typeof value === 'function', 'expected a function'),
    name: z.string().min(1).max(200).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    pollMs: milliseconds.default(5_000),
    rounds: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
    connections: z.int().min(1).max(256).default(4),
    keepAliveMs: milliseconds.default(30_000),
    timeoutMs: milliseconds.default(10_000),
    maxBytes: z.int().min(1).max(1_073_741_824).default(16_777_216),
    breaker: z.custom<BreakerOptions | false>(() => true).optional(),
    backoff: z.strictObject({ minMs: milliseconds.default(500), maxMs: milliseconds.default(60_000) }).prefault({}),
  })
  .refine(({ urls }) => new Set(urls.map((url) => new URL(url).origin)).size === 1, {
    path: ['urls'],
    error: 'expected URLs of one origin; make a feed for each',
  })
  .refine(({ backoff }) => backoff.minMs <= backoff.maxMs, { path: ['backoff', 'minMs'], error: 'is above maxMs' })

export type ResolvedHttpFeed = z.output<typeof httpFeedSchema>
