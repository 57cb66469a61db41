import type { InspectionEvent } from 'xstate'
import type { Supervision } from '../machines/strategy-group.js'
import type { BreakerOptions } from '../src/breaker/policy.js'
import type { OptionalReason } from '../src/dead-letters/letter.js'
import type { RestartOptions } from '../src/dispatch/restart.js'
import type { StrategyDefinition } from '../src/dispatch/strategy.js'
import type { Environment } from '../src/environment/environment.js'
import type { Conflate } from '../src/events/conflate.js'
import type { EventDefinition } from '../src/events/define.js'
import type { Lane } from '../src/events/event.js'
import type { Feed } from '../src/feeds/feed.js'
import type { HealthOptions } from '../src/health/options.js'
import type { HistoryOptions } from '../src/history/options.js'
import type { Journal } from '../src/journal/journal.js'
import type { Durability, JournallingOptions } from '../src/journal/options.js'
import type { RateLimit } from '../src/limits/rate-limiter.js'
import type { Log } from '../src/log.js'
import type { Sink } from '../src/sinks/sink.js'

/** What happens to a publish that found no room: it waits, and is refused if that was in vain, or one of the others at once. */
export type OverflowPolicy = 'wait' | 'refuse' | 'dead-letter' | 'evict'

/** Everything `createEngine` takes. Every field is optional; the README lists the common ones. */
export interface EngineOptions {
  // biome-ignore lint/suspicious/noExplicitAny: strategies of every state and event type live in one list.
  readonly strategies?: readonly StrategyDefinition<any, any>[]
  readonly feeds?: readonly Feed[]
  readonly sinks?: readonly Sink[]
  /**
   * The host's own event types, beside the catalogue. What a strategy subscribes to by its definition is known
   * without being listed here, and so is the definition of an event that was published.
   */
  // biome-ignore lint/suspicious/noExplicitAny: definitions of every payload live in one list.
  readonly events?: readonly EventDefinition<any, any, any>[]
  /**
   * Lane by type or by pattern (`order.*`), over the definition's own. What fits no type that is known when the
   * engine starts is warned of by the `logger`, here as in `ttlMs` and `conflate`: the type may come later, with
   * the first event of its definition, unless the name is misspelt. List definitions in `events`.
   */
  readonly lanes?: Readonly<Record<string, Lane>>
  /** Lane by source, over everything else. */
  readonly lanesBySource?: Readonly<Record<string, Lane>>
  /**
   * How long an event may wait in the queue before it expires, by type or by pattern (`order.*`), over
   * the definition's own; Infinity: for ever. Milliseconds on the run's clock.
   */
  readonly ttlMs?: Readonly<Record<string, number>>
  /**
   * How long after its own time a live event may be handled, by type or by pattern, whether it came late, was redriven
   * or waited for a restart or the end of a pause. What a strategy makes of one that is staler is marked late, as over
   * recordings: a sink gets it only with `wants: { late: true }`. Default `{ news: 86_400_000 }`, a day. Milliseconds;
   * Infinity for never.
   */
  readonly staleAfterMs?: Readonly<Record<string, number>>
  /**
   * Whether an event that is still queued is replaced, where it stands, by a newer one of its type,
   * source and symbol, by type or by pattern, over the definition's own; with `{ windowMs }`, also, at
   * most one of them enters the queue in each window. Default: no type is.
   */
  readonly conflate?: Readonly<Record<string, Conflate>>
  /**
   * What may be published a second, by source and by strategy; `*` bounds each that is not named. What
   * is beyond is refused as `rate-limited`. A strategy's limit is on its signals and its own events. A
   * strategy that is not there when the engine starts may be added later: the `logger` is warned of its
   * name only where one that is there, and has no limit of its own, was most likely meant.
   */
  readonly rateLimits?: {
    readonly sources?: Readonly<Record<string, RateLimit>>
    readonly strategies?: Readonly<Record<string, RateLimit>>
  }
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
  /** When a strategy that fails is started again; a strategy's own `restart` goes before. */
  readonly restart?: RestartOptions
  /** Who is restarted together, within a group of `groupSize` in the order of the list. Default `one-for-one`. */
  readonly supervision?: Supervision
  /**
   * What a strategy takes with it that has failed more often than it may: nothing but itself
   * (`fault`, the default), or the engine, which cleans up and ends as failed.
   */
  readonly escalate?: 'fault' | 'engine'
  /**
   * Sees every event and transition of the engine's actors, as XState tells them. It costs, so it is
   * for development; what it throws is a fault and changes nothing.
   */
  readonly inspect?: (event: InspectionEvent) => void
  /** The circuit breaker of each strategy; a strategy's own `breaker` goes before. */
  readonly breaker?: BreakerOptions
  /** Deliveries a late strategy may have waiting. Default 10,000. */
  readonly maxBacklog?: number
  readonly deadLetters?: {
    /** 1 to 10,000,000; default 10,000. */
    readonly maxCount?: number
    /** 1 KiB to 4 GiB; default 16 MiB. */
    readonly maxBytes?: number
    /**
     * What is kept beside failures and refusals: events that `expired`, deliveries that a strategy's
     * open breaker turned away (then counted as dead-lettered and not as skipped), and what a stop
     * abandoned. Default: none of them.
     */
    readonly keep?: readonly OptionalReason[]
    readonly redrive?: {
      /** Letters sent out again a second. Default 100. */
      readonly ratePerSecond?: number
      /** Letters sent out at once after a rest. Default a tenth of a second's worth, at least 1. */
      readonly burst?: number
      /** How long one redelivery may take before the next begins. Milliseconds; default 30,000. */
      readonly timeoutMs?: number
    }
  }
  /** How the engine judges its own health; see docs/health.md. */
  readonly health?: HealthOptions
  /**
   * Keeps the last accepted events in memory, compressed and indexed, for `engine.history`, replays
   * and warm-ups. `true`: a million events in 64 MiB. Default: none are kept.
   */
  readonly history?: boolean | HistoryOptions
  /**
   * Where accepted events and what becomes of them are written, so that a run that was killed can go
   * on: `lmdbJournal` of `outcry/lmdb`, or your own. Default: nowhere.
   */
  readonly journal?: Journal
  /** What a receipt of `publish` stands for where there is a journal. Default `chunk`. */
  readonly durability?: Durability
  /** How the journal is written, and what happens while it cannot be. */
  readonly journalling?: JournallingOptions
  /** Bound on the whole start. Milliseconds; default 30,000. */
  readonly startTimeoutMs?: number
  /** Bound on the whole stop. Milliseconds; default 10,000. */
  readonly stopTimeoutMs?: number
  /** How recorded feeds are cut into chunks. */
  readonly recording?: {
    /** Events read ahead at most. Default 1,024. */
    readonly maxEvents?: number
    /**
     * Event time that one read-ahead may span, and so what may come before the first timer that is shorter than
     * any a strategy has set before. Milliseconds; default 1,000.
     */
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
