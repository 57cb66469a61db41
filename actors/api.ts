import type { TypeSelector } from '../src/dispatch/strategy.js'
import type { EventDraft, EventInput } from '../src/events/draft.js'
import type { OutcryEvent } from '../src/events/event.js'
import type { Receipt } from '../src/events/receipt.js'
import type { HealthReport } from '../src/health/report.js'
import type { Ledger } from '../src/metrics/ledger.js'
import type { SignalEvent } from '../src/sinks/sink.js'

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
  /** False if something had to be abandoned. */
  readonly clean: boolean
  readonly elapsedMs: number
  /** What did not stop in time, by name. */
  readonly abandoned: readonly string[]
  readonly ledger: Ledger
}

/** Facts that a host can listen to with `engine.on`. */
export interface EngineEvents {
  signal: SignalEvent
  deadLetter: DeadLetterSummary
  /** A fault of the host's own hooks (a listener, sink or logger that threw), or of a feed. */
  fault: { readonly where: string; readonly error: unknown }
  state: { readonly state: string }
  /** A reason came, went or changed its severity. */
  health: HealthReport
  /** A record that is no event: a feed's, with its line or record number, or a publisher's. */
  invalid: { readonly source: string; readonly position: number | undefined; readonly reason: string }
}

export interface DeadLetterSummary {
  readonly id: string
  readonly strategy: string | undefined
  readonly reason: string
  readonly error: string
  readonly attempts: number
  readonly at: number
  readonly event: OutcryEvent | undefined
}

export interface EngineStats {
  readonly state: string
  readonly queue: { readonly depth: number; readonly highWater: number; readonly capacity: number }
  readonly workers: { readonly live: number; readonly spawned: number; readonly retired: number; readonly peak: number }
  readonly strategies: Readonly<
    Record<
      string,
      { readonly state: string; readonly delivered: number; readonly failed: number; readonly signals: number }
    >
  >
  readonly ledger: Ledger
  readonly signals: number
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
  /** Waits while the queue is above its high-water mark. Never throws for what the event is. */
  publish(event: Publishable): Promise<Receipt>
  /** Never waits. */
  offer(event: Publishable): Receipt
  publishAll(events: Iterable<Publishable> | AsyncIterable<Publishable>): Promise<PublishSummary>
  /** A strategy of one function; returns its disposer. */
  subscribe<const T extends readonly TypeSelector[]>(
    types: T,
    handler: (event: OutcryEvent, symbol?: string) => void | Promise<void>,
  ): () => void
  on<K extends keyof EngineEvents>(name: K, listener: (fact: EngineEvents[K]) => void): () => void
  /** Resolves when nothing is queued or in flight. */
  drain(): Promise<void>
  /** Resolves when every feed has ended and all of it is handled. */
  finished(): Promise<void>
  /** Stops deliveries; publishing goes on to the bound. */
  pause(): void
  resume(): void
  /** Idempotent; callable in every state. */
  stop(options?: StopOptions): Promise<StopReport>
  /** As of the last look, which is taken every `health.intervalMs` while the engine lives. */
  health(): HealthReport
  ledger(): Ledger
  latency(): LatencySummary
  /** The digest so far, 16 hexadecimal digits; undefined where it is not computed. */
  digest(): string | undefined
  readonly state: string
  /** The live read model: `get()` and `subscribe()`. */
  readonly stats: { get(): EngineStats; subscribe(listener: (stats: EngineStats) => void): { unsubscribe(): void } }
  readonly deadLetters: {
    list(filter?: { reason?: string; strategy?: string; offset?: number; limit?: number }): readonly DeadLetterSummary[]
  }
  /** Names of the actors alive, the engine's first. */
  actors(): readonly string[]
}
