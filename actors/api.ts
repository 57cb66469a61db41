import type { DeadLetterReason } from '../src/dead-letters/letter.js'
import type { DeadLetterFilter, DeadLetterPage } from '../src/dead-letters/options.js'
import type { RedriveSummary } from '../src/dead-letters/redriver.js'
import type { AuditListener } from '../src/dispatch/audit.js'
import type { Halt } from '../src/dispatch/halts.js'
import type { SelectedEvent, TypeSelector } from '../src/dispatch/strategy.js'
import type { EventDraft, EventInput } from '../src/events/draft.js'
import type { OutcryEvent } from '../src/events/event.js'
import type { Receipt } from '../src/events/receipt.js'
import type { HealthReport } from '../src/health/report.js'
import type { Ledger } from '../src/metrics/ledger.js'
import type { SettledByType } from '../src/metrics/type-counts.js'
import type { ReplayOptions } from '../src/replay/options.js'
import type { OutboxCounts } from '../src/sinks/outbox.js'
import type { SignalEvent } from '../src/sinks/sink.js'
import type { BreakerBoardView } from './breaker-board.js'
import type { BreakerControl } from './breaker-face.js'
import type { HistoryFace } from './history-face.js'
import type { Replay } from './replay-face.js'
import type { StrategyFace } from './strategy-face.js'
import type { StrategyChange } from './strategy-seat.js'

/** What `publishAll` came to: one count per fate, and the first few receipts that were not `accepted`. */
export interface PublishSummary {
  readonly published: number
  readonly accepted: number
  readonly duplicate: number
  readonly refused: number
  readonly invalid: number
  /** At most 100. */
  readonly problems: readonly Receipt[]
}

export interface StopOptions {
  /** Handle what is queued first. Default true. */
  readonly drain?: boolean
  /** Bound on the whole stop. Milliseconds; default the engine's `stopTimeoutMs`. */
  readonly timeoutMs?: number
}

export interface StopReport {
  /** False if something had to be abandoned, signals that a sink would not take among it, or the engine had failed. */
  readonly clean: boolean
  /** What the engine ended as. */
  readonly state: 'stopped' | 'failed'
  /** Why it failed, if it did. */
  readonly error: unknown
  readonly elapsedMs: number
  /** What did not stop in time, by name. */
  readonly abandoned: readonly string[]
  /** Strategies whose handler had not settled when they were given up. */
  readonly hung: readonly string[]
  /** Publishers that were waiting for room and were told `stopping`. */
  readonly publishersReleased: number
  /** What became of the signals that each sink was offered, by its name. */
  readonly sinks: Readonly<Record<string, Readonly<OutboxCounts>>>
  readonly ledger: Ledger
}

/** Facts that a host can listen to with `engine.on`. */
export interface EngineEvents {
  signal: SignalEvent
  deadLetter: DeadLetterSummary
  /** Dead letters are full and the oldest gives way; told when `evicted` reaches 1, 10, 100 and so on. */
  deadLettersEvicted: { readonly evicted: number; readonly held: number }
  /** A kill switch was engaged or reset. */
  halt: Halt & { readonly engaged: boolean }
  /** A fault of the host's own hooks (a listener, sink or logger that threw), or of a feed. */
  fault: { readonly where: string; readonly error: unknown }
  state: { readonly state: string }
  /** A strategy became ready, is being restarted, was given up or has stopped. */
  strategy: StrategyChange
  /** A reason came, went or changed its severity. */
  health: HealthReport
  /** A record that is no event: a feed's, with its line or record number, or a publisher's. */
  invalid: { readonly source: string; readonly position: number | undefined; readonly reason: string }
}

export interface DeadLetterSummary {
  readonly id: string
  /** The strategy that failed; undefined where the event reached none. */
  readonly strategy: string | undefined
  readonly reason: DeadLetterReason
  readonly error: string
  readonly attempts: number
  readonly at: number
  readonly event: OutcryEvent | undefined
}

/** One letter in full. */
export interface DeadLetterDetail extends DeadLetterSummary {
  /** The error's own code, if it has one. */
  readonly code: string | undefined
  /** The error's first frames, at most five. */
  readonly stack: readonly string[]
  /** How often it was redriven and came back undelivered. */
  readonly returns: number
  /** Estimate of what it holds in memory. */
  readonly bytes: number
}

export interface DeadLetterFace {
  /** Letters held that match. */
  count(filter?: DeadLetterFilter): number
  list(filter?: DeadLetterFilter, page?: DeadLetterPage): readonly DeadLetterSummary[]
  /** One that is held; undefined if there is none of that id. */
  get(id: string): DeadLetterDetail | undefined
  /**
   * Delivers letters again, each to the strategy that failed on it and to no other, in the order in
   * which they entered and at a bounded rate. What cannot be delivered now stays a letter; what
   * fails again becomes a new one. Rejects with OUTCRY_ENGINE_STATE if the engine does not run, or
   * another redrive does.
   */
  redrive(filter?: DeadLetterFilter, options?: { readonly limit?: number }): Promise<RedriveSummary>
  /** Drops one by its id, or all that match; returns how many. */
  discard(which: string | DeadLetterFilter): number
}

export interface HaltOptions {
  /** Default: the whole engine. */
  readonly symbol?: string
  readonly reason: string
}

/** What was turned away by a rate limit, by name; names beyond the 100 of the most are in `other`. */
export interface RateLimited {
  readonly total: number
  readonly byName: Readonly<Record<string, number>>
  readonly other: number
  /** Names under `*` that were forgotten, as more than 8,192 came at a time: such a one has its whole burst again. */
  readonly forgotten: number
}

export interface EngineStats {
  readonly state: string
  readonly queue: {
    /** Events that wait for a worker. */
    readonly depth: number
    /** Events of conflated types that wait for the end of their window. */
    readonly deferred: number
    /** Windows of conflated types that were forgotten before their end, as too many were open: a second event may enter. */
    readonly conflatedForgotten: number
    readonly highWater: number
    readonly capacity: number
  }
  readonly workers: { readonly live: number; readonly spawned: number; readonly retired: number; readonly peak: number }
  /** By name, until a strategy is removed: once the engine has stopped it is what each came to. */
  readonly strategies: Readonly<
    Record<
      string,
      { readonly state: string; readonly delivered: number; readonly failed: number; readonly signals: number }
    >
  >
  readonly ledger: Ledger
  /** What was settled, by type: published from outside and by strategies, in the ledger's sum. */
  readonly types: SettledByType
  readonly signals: number
  /** What has become of the signals that each sink was offered, by its name. `waiting`: without a fate yet. */
  readonly sinks: Readonly<Record<string, Readonly<OutboxCounts & { waiting: number }>>>
  /** How the journal fares; undefined without one. */
  readonly journal: JournalStats | undefined
  /** How many circuit breakers are in each state. */
  readonly breakers: Readonly<BreakerBoardView['states']>
  /** Events that an actor's state had no answer to. */
  readonly unexpected: number
  /** Signals not sent out, as the engine or one of their symbols was halted. */
  readonly signalsWithheld: number
  /** What is halted, the whole engine first. */
  readonly halts: readonly Halt[]
  readonly rateLimited: { readonly sources: RateLimited; readonly strategies: RateLimited }
}

/** How an engine's journal fares. Counts run from the start of this run. */
export interface JournalStats {
  readonly name: string
  /** Appends have failed, and none has gone well since. */
  readonly failing: boolean
  /** Events accepted or on their way that are not written yet. */
  readonly behind: number
  readonly batches: number
  readonly events: number
  readonly syncs: number
  readonly failures: number
  /** Events refused as they could not be made durable. */
  readonly refused: number
  /** Events that went on without being journalled. */
  readonly unjournalled: number
  /**
   * Dispatch records given up unwritten: of more than 100,000 that wait, the oldest half. What they told of is
   * missing in a state that a later run rebuilds, unless a snapshot has it, and in the digest.
   */
  readonly dispatchesDropped: number
  /** Events of an earlier run that were queued again. */
  readonly redelivered: number
  /** As stored. */
  readonly bytes: number
  readonly details: Readonly<Record<string, number>>
}

/** What may be published: a draft made by a definition, or the wire form, validated here. */
export type Publishable = EventDraft | EventInput

export interface LatencySummary {
  /** From acceptance to the last handler of the chunk. Milliseconds on the machine's clock. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Engine extends AsyncDisposable {
  /** Starts every part in order; throws OUTCRY_START_FAILED with the cause after stopping what had started. */
  start(): Promise<void>
  /**
   * Waits while the queue is above its high-water mark. Never throws for what the event is.
   *
   * An event that names no `timestamp` gets that of the run's clock. Over recordings that is the data's,
   * and 0 (1970) until the first record has moved it: name one that you publish before that.
   */
  publish(event: Publishable): Promise<Receipt>
  /** Never waits. */
  offer(event: Publishable): Receipt
  publishAll(events: Iterable<Publishable> | AsyncIterable<Publishable>): Promise<PublishSummary>
  /** A strategy of one function, typed by what it subscribes to; returns its disposer. */
  subscribe<const T extends readonly TypeSelector[]>(
    types: T,
    handler: (event: SelectedEvent<T[number]>) => void | Promise<void>,
  ): () => void
  /**
   * Follows the one stream of accepted events and dispatch records, as digest, history and journal do;
   * returns its disposer. The listener is called in the step that it is told of, so it must be quick;
   * what it throws is a fault and changes nothing.
   */
  audit(listener: AuditListener): () => void
  on<K extends keyof EngineEvents>(name: K, listener: (fact: EngineEvents[K]) => void): () => void
  /** Resolves when nothing is queued or in flight. */
  drain(): Promise<void>
  /** Resolves when every feed has ended and all of it is handled. */
  finished(): Promise<void>
  /** Stops deliveries; publishing goes on to the bound. */
  pause(): void
  resume(): void
  /**
   * The kill switch, for the whole engine or for one symbol; in force when it returns, in every
   * state, until a `reset`.
   *
   * Halted as a whole, the engine delivers nothing: not even the next event of a chunk in progress.
   * It goes on accepting to its bound. With a symbol, deliveries of events that concern only halted
   * symbols are skipped, but for orders, risk and trading status, which a strategy must hear of. In
   * both cases signals are withheld from sinks and listeners, those on their way included.
   *
   * Its `since` (`halts()`) is of the run's clock. Over recordings that is the data's, and 0 until the first record
   * has moved it.
   */
  halt(options: HaltOptions | string): void
  /** False if it was not halted. Without a symbol it ends the halt of the whole engine and no other. */
  reset(options?: { readonly symbol?: string }): boolean
  /** What is halted, the whole engine first. */
  halts(): readonly Halt[]
  /** Strategies come, go and change while the engine runs. */
  readonly strategies: StrategyFace
  /** All circuit breakers at a glance: one object, kept up to date by their moves. */
  readonly breakers: BreakerBoardView
  /** @throws {OutcryError} OUTCRY_STRATEGY_UNKNOWN if nothing of that name has a breaker. */
  breaker(name: string): BreakerControl
  /** Idempotent; callable in every state. */
  stop(options?: StopOptions): Promise<StopReport>
  /** As of the last look, which is taken every `health.intervalMs` while the engine lives. */
  health(): HealthReport
  ledger(): Ledger
  /** From acceptance to the last handler of the chunk. One event in 16 is timed, and counts for 16. Milliseconds. */
  latency(): LatencySummary
  /** The digest so far, 16 hexadecimal digits; undefined where it is not computed. */
  digest(): string | undefined
  readonly state: string
  /** The live read model: `get()` and `subscribe()`. */
  readonly stats: { get(): EngineStats; subscribe(listener: (stats: EngineStats) => void): { unsubscribe(): void } }
  readonly deadLetters: DeadLetterFace
  /**
   * Plays recorded events again, marked as replayed, at a pace of choice and no faster than the queue
   * has room; whoever publishes goes first. Signals that come of it are withheld from sinks that do
   * not want replayed ones. What strategies published then is left out, as it comes again.
   *
   * @throws {OutcryError} OUTCRY_OPTION_INVALID, or OUTCRY_ENGINE_STATE where the engine does not run or has 64 of them.
   */
  replay(options?: ReplayOptions): Replay
  /** The events accepted lately, where the option `history` keeps them. */
  readonly history: HistoryFace
  /** Names of the actors alive, the engine's first. */
  actors(): readonly string[]
}
