import type { BreakerOptions } from '../src/breaker/policy.js'
import type { StrategyDefinition } from '../src/dispatch/strategy.js'
import type { Environment } from '../src/environment/environment.js'
import type { EventDefinition } from '../src/events/define.js'
import type { Lane } from '../src/events/event.js'
import type { Feed } from '../src/feeds/feed.js'
import type { HealthOptions } from '../src/health/options.js'
import type { Log } from '../src/log.js'
import type { Sink } from '../src/sinks/sink.js'

/** What happens to a publish that found no room and, if it may wait, waited in vain. */
export type OverflowPolicy = 'wait' | 'refuse' | 'dead-letter' | 'evict'

/** Everything `createEngine` takes. Every field is optional; `docs/options.md` lists the defaults. */
export interface EngineOptions {
  // biome-ignore lint/suspicious/noExplicitAny: strategies of every state and event type live in one list.
  readonly strategies?: readonly StrategyDefinition<any, any>[]
  readonly feeds?: readonly Feed[]
  readonly sinks?: readonly Sink[]
  /** The host's own event types, beside the catalogue. */
  // biome-ignore lint/suspicious/noExplicitAny: definitions of every payload live in one list.
  readonly events?: readonly EventDefinition<any, any, any>[]
  /** Lane by type or by pattern (`order.*`), over the definition's own. */
  readonly lanes?: Readonly<Record<string, Lane>>
  /** Lane by source, over everything else. */
  readonly lanesBySource?: Readonly<Record<string, Lane>>
  readonly queue?: {
    /** Events held at most. Default 10,000. */
    readonly capacity?: number
    /** Publishers wait above this depth. Default 2,048. */
    readonly highWater?: number
    /** Room above `capacity` that only signals may use. Default 1,024. */
    readonly signalHeadroom?: number
    /** Units of order. Default 64. */
    readonly partitions?: number
    /** Publishers that may wait at once. Default 10,000. */
    readonly maxWaiters?: number
    /** How long a publisher waits. Milliseconds; default 5,000. */
    readonly publishTimeoutMs?: number
    /** Per lane. Default: `wait` for all. */
    readonly overflow?: Partial<Readonly<Record<Lane, OverflowPolicy>>>
    /** A passed-over lane is served after this many chunks of more urgent lanes. Default 16. */
    readonly ageingChunks?: number
  }
  /** The last this many ids are remembered. Default 65,536; 0 turns it off. */
  readonly dedupe?: { readonly window?: number }
  readonly chunk?: {
    /** 1 to 256. Default 256. */
    readonly maxEvents?: number
    /** A chunk's size is halved while its handlers take longer than this. Milliseconds; default 5. */
    readonly budgetMs?: number
  }
  readonly workers?: {
    /** Default 2. */
    readonly min?: number
    /** Default 20. */
    readonly max?: number
    /** Spawn above this queue depth a worker. Default 100. */
    readonly scaleUpDepth?: number
    /** Retire below this queue depth a worker. Default 10. */
    readonly scaleDownDepth?: number
    /** Milliseconds between two looks; default 5,000. */
    readonly intervalMs?: number
    /** Milliseconds between two changes; default 5,000. */
    readonly cooldownMs?: number
  }
  /** Strategies delivered to at a time. Default 10. */
  readonly groupSize?: number
  /** Concurrent asynchronous handlers. Default 50. */
  readonly concurrency?: number
  /** Milliseconds; default 1,000. */
  readonly lateAfterMs?: number
  /** Milliseconds; default 30,000. */
  readonly timeoutMs?: number
  /** How long `onStart` and `onStop` may take. Milliseconds; default 5,000. */
  readonly hookTimeoutMs?: number
  /** How a strategy that fails to start is started again. */
  readonly restart?: {
    /** Default 3. */
    readonly maxRestarts?: number
    /** Milliseconds of quiet after which restarts are forgotten; default 60,000. */
    readonly withinMs?: number
    /** First wait; doubled each time. Milliseconds; default 100. */
    readonly backoffMs?: number
    /** Milliseconds; default 10,000. */
    readonly maxBackoffMs?: number
  }
  /** The circuit breaker of each strategy; a strategy's own `breaker` goes before. */
  readonly breaker?: BreakerOptions
  /** Deliveries a late strategy may have waiting. Default 10,000. */
  readonly maxBacklog?: number
  readonly deadLetters?: {
    /** Default 10,000. */
    readonly maxCount?: number
    /** Default 16 MiB. */
    readonly maxBytes?: number
  }
  /** How the engine judges its own health; see docs/health.md. */
  readonly health?: HealthOptions
  /** Bound on the whole start. Milliseconds; default 30,000. */
  readonly startTimeoutMs?: number
  /** Bound on the whole stop. Milliseconds; default 10,000. */
  readonly stopTimeoutMs?: number
  /** How recorded feeds are cut into chunks. */
  readonly recording?: {
    /** Events read ahead at most. Default 1,024. */
    readonly maxEvents?: number
    /** Event time that one read-ahead may span. Milliseconds; default 1,000. */
    readonly maxSpanMs?: number
    /** 1 = as recorded, 10 = ten times as fast, Infinity = no waiting. Default Infinity. */
    readonly speed?: number
  }
  /** Compute the digest of the run. Default: true for a run over recordings, else false. */
  readonly digest?: boolean
  /** A pino logger, or anything with its four levels. Default: silent. */
  readonly logger?: Log
  /** Default: the system's clock, or the data's where a feed is recorded. */
  readonly environment?: Environment
}
