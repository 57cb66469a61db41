/**
 * What the inspector's server and its page say to each other. Types alone, so that the page can
 * take them without the server. All times named `at` or `since` are UTC epoch milliseconds of the
 * machine's wall clock; `clock` is the run's own clock, which a recording moves.
 *
 * Every request under `/api/` carries the run's token: `?token=` for the stream, which cannot send
 * headers, and the header `x-outcry-token` for the rest.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /api/stream` | server-sent events `hello` ({@link Hello}) and `batch` ({@link Batch}); with Last-Event-ID it goes on where it left off if it can, else begins with `hello` |
 * | `GET /api/actor?actor=7` | {@link ActorDetail}; ask again, a few times a second at most, while it is shown |
 * | `GET /api/sequence?after=0` | {@link SequencePage}; messages are collected while somebody asks |
 * | `GET /api/dead-letters?offset=0&limit=50&strategy=&reason=&type=&symbol=` | {@link DeadLetterList} |
 * | `GET /api/dead-letter?id=` | {@link DeadLetterView} |
 * | `POST /api/action` with an {@link Action} as JSON | {@link ActionAnswer}; 403 unless actions are allowed |
 * | `GET /api/recording?run=0` | {@link RecordingInfo}; run 0 is the first file, run 1 the one it is compared with |
 * | `GET /api/recording/entries?run=0&from=1&limit=200` | {@link TraceEntry}[] |
 * | `GET /api/recording/state?run=0&at=120` | {@link RecordedState}: all actors once entry 120 has happened |
 * | `GET /api/recording/find?run=0&from=1&direction=forward&state=&event=&actor=&kind=&text=` | {@link Found} |
 * | `GET /api/recording/compare` | {@link Comparison} |
 * | `GET /api/recording/export?run=0&from=1&to=5000` | one self-contained HTML file |
 *
 * An error is {@link Refusal} with a status of 4xx or 5xx.
 */
export const PROTOCOL = 1

/** `mode` says which face the page shows: a running engine, or a recorded trace. */
export interface Hello {
  readonly protocol: number
  readonly mode: 'live' | 'recording'
  /** Names this run of an engine: another one means that everything begins anew. */
  readonly run: string
  /** Of the package. */
  readonly version: string
  readonly at: number
  readonly clock: number
  /** When the engine began, or was first looked at. */
  readonly since: number
  /** Whether `POST /api/action` does anything. */
  readonly allowActions: boolean
  /** Milliseconds between two batches. */
  readonly intervalMs: number
  /** Statecharts of the actors, by id. */
  readonly machines: Readonly<Record<string, MachineDefinition>>
  readonly actors: readonly ActorRow[]
  readonly figures: readonly ActorFigures[]
  /** The last points of the charts, oldest first; one a second. */
  readonly series: readonly ChartPoint[]
  readonly overview: Overview
  /** Names of the recordings that are shown: one, or two to be compared. */
  readonly recordings?: readonly string[]
}

/** A statechart as plain data, complete enough to lay it out and to say what each edge does. */
export interface MachineDefinition {
  readonly id: string
  readonly root: StateDefinition
  /** Every transition there is; an edge is named elsewhere by its place here. */
  readonly edges: readonly EdgeDefinition[]
}

export interface StateDefinition {
  /** Unique within the machine: `strategy.active.ready`. */
  readonly id: string
  readonly key: string
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Id of the child in which a compound state begins. */
  readonly initial: string | undefined
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  /** What it runs while it is active. */
  readonly invokes: readonly string[]
  readonly states: readonly StateDefinition[]
}

export interface EdgeDefinition {
  /** Id of the state that it leaves, which may be a compound state or the root. */
  readonly source: string
  /** Ids; none where only actions run and the state stays. */
  readonly targets: readonly string[]
  /** `chunk.deliver`, `always`, `after backoff`, `*` for whatever has no other answer. */
  readonly event: string
  readonly guard: string | undefined
  readonly actions: readonly string[]
  /** How-manieth of the edges of its source and event: the first whose guard holds is taken. */
  readonly ordinal: number
  /** Whether taking it means that the event was not expected in that state. */
  readonly unexpected: boolean
}

export interface ActorRow {
  /** Unique within a run; never used again. */
  readonly actor: number
  /** `engine/strategies/group-1/earnings-beat`. */
  readonly path: string
  readonly name: string
  /** The engine has none. */
  readonly parent: number | undefined
  /** Undefined where it is no statechart: a callback or a promise. */
  readonly machine: string | undefined
  readonly kind: ActorKind
  /** Ids of the innermost active states; more than one where states are parallel. */
  readonly state: readonly string[]
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** When it came into that state. */
  readonly since: number
  /** It was in that state before anybody looked: `since` is when somebody first did, and it has been there for longer. */
  readonly sinceLooked?: boolean
}

export type ActorKind = 'engine' | 'part' | 'group' | 'strategy' | 'worker' | 'breaker' | 'sink' | 'feed' | 'other'

/** What is known of an actor's work. A field is left out where it means nothing for its kind. */
export interface ActorFigures {
  readonly actor: number
  /** Events that wait for it: a strategy's backlog, a sink's outbox; of the engine, the queue. */
  readonly depth?: number
  /** Over the last second or so. */
  readonly eventsPerSecond?: number
  /** Of a handler's calls, one a chunk, since it was first looked at. Milliseconds. */
  readonly p99Ms?: number
  readonly restarts?: number
  readonly delivered?: number
  readonly failed?: number
  readonly skipped?: number
  readonly signals?: number
  /** State of the breaker that guards it, or of itself. */
  readonly breaker?: string
  /** Events that its states had no answer to. */
  readonly unhandled?: number
}

/** What has changed since the batch before. */
export interface Batch {
  /** One more than the batch before; the SSE id is `run:sequence`. */
  readonly sequence: number
  readonly at: number
  readonly clock: number
  /** Machines first seen. */
  readonly machines?: Readonly<Record<string, MachineDefinition>>
  readonly added?: readonly ActorRow[]
  /** Actors that are gone. */
  readonly removed?: readonly number[]
  readonly changed?: readonly ActorChange[]
  /** Edges taken, flat to be small: actor, place in the machine's `edges`, count; and so on. */
  readonly edges?: readonly number[]
  readonly unhandled?: readonly Unhandled[]
  readonly figures?: readonly ActorFigures[]
  /** New points of the charts. */
  readonly series?: readonly ChartPoint[]
  readonly overview: Overview
  /** Facts since the batch before, at most 50. */
  readonly facts?: readonly Fact[]
  /** Of what was seen since the batch before, how much is not in it. */
  readonly skipped: Skipped
}

export interface ActorChange {
  readonly actor: number
  readonly state: readonly string[]
  readonly status: ActorRow['status']
  readonly since: number
  /** The last edge taken, by its place; undefined where none was seen. */
  readonly edge?: number
  /** The event that made it move. */
  readonly event?: string
}

export interface Unhandled {
  readonly actor: number
  readonly event: string
  readonly count: number
}

export interface Skipped {
  /** Microsteps that are counted in `edges` but no longer held one by one. */
  readonly steps: number
  /** Messages between actors that are not kept. */
  readonly messages: number
  /** Changes left for a later batch, as this one was full. */
  readonly changes: number
  readonly facts: number
}

export interface Overview {
  /** `running.flowing`. */
  readonly state: string
  readonly queue: { readonly depth: number; readonly highWater: number; readonly capacity: number }
  readonly ledger: LedgerView
  readonly health: HealthView
  readonly halts: readonly { readonly symbol: string | undefined; readonly reason: string; readonly since: number }[]
  /** How many breakers are in each state. */
  readonly breakers: Readonly<Record<string, number>>
  /** Publish to last handler. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly signals: number
  readonly heapUsedMb: number
  readonly loopDelayMs: number
}

/** Exact at any time: each total equals the sum of its fates. */
export interface LedgerView {
  readonly events: EventAccount
  readonly derived: EventAccount
  readonly deliveries: {
    readonly due: number
    readonly succeeded: number
    readonly deadLettered: number
    readonly skipped: number
    readonly abandoned: number
    readonly inFlight: number
  }
  readonly deadLetters: {
    readonly entered: number
    readonly held: number
    readonly redriven: number
    readonly discarded: number
    readonly evicted: number
  }
}

export interface EventAccount {
  readonly published: number
  readonly invalid: number
  readonly duplicate: number
  readonly refused: number
  readonly accepted: number
  readonly settled: number
  readonly conflated: number
  readonly expired: number
  readonly evicted: number
  readonly abandoned: number
  readonly queued: number
  readonly inFlight: number
  readonly late: number
}

export interface HealthView {
  readonly status: 'healthy' | 'degraded' | 'critical'
  readonly reasons: readonly {
    readonly code: string
    readonly severity: 'degraded' | 'critical'
    readonly message: string
    readonly since: number
    readonly value: number
    readonly threshold: number
  }[]
}

/** One second of the charts. */
export interface ChartPoint {
  readonly at: number
  /** Events accepted in that second, derived ones included. */
  readonly accepted: number
  readonly settled: number
  readonly signals: number
  readonly depth: number
  readonly deadLettersEntered: number
  readonly deadLettersHeld: number
  /** Latencies of that second: bucket `n` counts those from `2^(n-10)` to `2^(n-9)` ms; 24 buckets, trailing zeros cut. */
  readonly latency: readonly number[]
}

/** Something that a person should hear of: a fault, a halt, a health change, a dead letter, a restart. */
export interface Fact {
  readonly at: number
  readonly kind: 'fault' | 'halt' | 'health' | 'deadLetter' | 'strategy' | 'state'
  readonly text: string
  /** Path of the actor that it concerns. */
  readonly path?: string
}

/** An actor in full, for the one that is selected. */
export interface ActorDetail {
  readonly actor: number
  readonly path: string
  readonly at: number
  readonly state: readonly string[]
  readonly status: ActorRow['status']
  /** Its context, secrets removed, depth and size bounded, cycles named: plain JSON. */
  readonly context: unknown
  /** How many values were left out of `context`. */
  readonly contextLeftOut: number
  /** Since it was first looked at, by place in the machine's `edges`. */
  readonly visits: readonly number[]
  /** Time spent in each state since it was first looked at, milliseconds, by state id. */
  readonly dwellMs: Readonly<Record<string, number>>
  /** Its last microsteps, newest last, at most 100. */
  readonly steps: readonly Step[]
  readonly figures: ActorFigures
  /** For an actor with a breaker, or a breaker itself. */
  readonly breaker?: BreakerView
}

export interface Step {
  /** Number of the microstep in this run. */
  readonly step: number
  readonly at: number
  readonly event: string
  /** Who sent it, by path; undefined where it came from outside or from a clock. */
  readonly from: string | undefined
  readonly edges: readonly number[]
  readonly state: readonly string[]
}

export interface BreakerView {
  readonly name: string
  readonly state: string
  readonly calls: number
  readonly failureRate: number
  readonly slowCallRate: number
  readonly openings: number
  readonly retryAfterMs: number | undefined
}

/** Messages between actors and what came of events; bounded, oldest first. */
export interface SequencePage {
  /** Ask with `after` set to this to get what follows. */
  readonly last: number
  readonly messages: readonly Message[]
  readonly chains: readonly Chain[]
  /** Messages not kept since the answer before. */
  readonly skipped: number
}

export interface Message {
  readonly message: number
  readonly at: number
  /** Actor numbers; undefined: from outside, or from a clock. */
  readonly from: number | undefined
  readonly to: number
  readonly event: string
  /** A chunk's number, events and lane where the message hands one over. */
  readonly chunk?: { readonly events: number; readonly firstSequence: number; readonly lastSequence: number }
}

/** From an event through the strategy that answered it to its signal. */
export interface Chain {
  readonly at: number
  readonly cause: EventView | undefined
  /** Id of the cause, known also where the event itself is no longer. */
  readonly causeId: string
  readonly strategy: string
  readonly signal: EventView
}

export interface EventView {
  readonly sequence: number
  readonly id: string
  readonly type: string
  readonly source: string
  readonly symbol: string | undefined
  readonly symbols: readonly string[]
  readonly timestamp: number
  readonly receivedAt: number
  readonly causationId: string | undefined
  readonly correlationId: string | undefined
  /** Bounded and redacted like a context. */
  readonly payload?: unknown
}

export type {
  Action,
  ActionAnswer,
  DeadLetterList,
  DeadLetterRow,
  DeadLetterView,
  LetterFilter,
  Refusal,
} from './protocol-actions.js'
export type {
  Comparison,
  ExportedRecording,
  Found,
  RecordedActor,
  RecordedState,
  RecordingInfo,
  TraceEntry,
  TraceOutcome,
} from './protocol-recording.js'
