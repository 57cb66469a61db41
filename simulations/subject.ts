import type {
  DispatchOutcome,
  DispatchRecord,
  Engine,
  EventDraft,
  OutcryEvent,
  Receipt,
  RefusalReason,
  SignalEvent,
  StrategyChange,
  VirtualEnvironment,
} from 'outcry'
import type { CircuitBreaker, EnginePort } from 'outcry/actors'
import type { Marks } from './marks.js'
import type { Scenario } from './scenario.js'

/** The data plane of an engine, by the names of its parts. */
export type Plane = EnginePort['plane']
export type Chunk = NonNullable<ReturnType<Plane['queue']['lease']>>
export type Runtime = NonNullable<ReturnType<Plane['runtimeOf']>>
export type LetterEntry = Parameters<Plane['deadLetters']['enter']>[0][number]
export type Breaker = CircuitBreaker

/** What somebody asks of a strategy from outside. */
export type Command = 'pause' | 'resume' | 'restart' | 'replace'

/** One call of a strategy's handler. */
export interface Call {
  readonly strategy: string
  readonly events: readonly OutcryEvent[]
}

/** One pass through the synchronous step in which an event is taken or not. */
export interface Admission {
  readonly draft: EventDraft
  readonly lane: number
  /** It may use the headroom. */
  readonly reserved: boolean
  readonly receipt: Receipt
  readonly depthBefore: number
  readonly evictedBefore: number
  readonly closedBefore: string | undefined
  readonly sealedBefore: boolean
}

/** What oracles look at. */
export interface Subject {
  readonly engine: Engine
  readonly plane: Plane
  readonly environment: VirtualEnvironment
  readonly scenario: Scenario
  readonly marks: Marks
  /** What code was charged with so far, in virtual milliseconds: nothing fires in that time. */
  readonly spentMs: () => number
  /** Strategies that are there from the start to the end. */
  readonly strategies: readonly Runtime[]
  /** Says that something must not be. */
  readonly fail: (oracle: string, message: string) => void
}

/**
 * Watches one engine for one thing that must always hold. It is told what happens at the engine's
 * seams; a mutant changes what lies behind them.
 */
export interface Oracle {
  admitted?(admission: Admission): void
  accepted?(event: OutcryEvent): void
  /** A draft was turned away; `derived`: a strategy's. */
  refused?(draft: EventDraft, reason: RefusalReason, derived: boolean): void
  /** A queued event was replaced by a newer one, in its place. */
  conflated?(older: OutcryEvent, newer: OutcryEvent): void
  /** What waited for the end of its window enters its lane. */
  entersDeferred?(event: OutcryEvent): void
  /** A queued event made room for another. */
  evicted?(event: OutcryEvent): void
  /** An event came to the head of the queue and was looked at for its time to live. */
  judged?(event: OutcryEvent, expired: boolean): void
  /** Lanes that could have been leased from when the chunk was leased, and how many events expired on the way. */
  leased?(chunk: Chunk, leasable: readonly boolean[], most: number, expired: number): void
  /** There was nothing to lease, or nothing but what had expired. */
  leasedNothing?(): void
  dispatched?(record: DispatchRecord): void
  outcome?(chunk: number, outcome: DispatchOutcome): void
  called?(call: Call): void
  returned?(call: Call, ok: boolean): void
  /** Dead letters have entered. */
  entered?(entries: readonly LetterEntry[], held: readonly unknown[]): void
  redriven?(strategy: string, event: OutcryEvent): void
  /** A letter has been handed over again, which made so many deliveries due. */
  redelivered?(due: number): void
  /** A kill switch was engaged, for one symbol or the engine. */
  halted?(symbol: string | undefined): void
  reset?(symbol: string | undefined): void
  /** A listener was told of a signal. */
  signalled?(signal: SignalEvent): void
  /** A sink is handed signals. */
  written?(sink: string, signals: readonly SignalEvent[]): void
  /** Somebody is about to ask something of a strategy. */
  commanded?(strategy: string, action: Command): void
  changed?(change: StrategyChange): void
  /** A strategy makes the state of another incarnation. */
  incarnated?(strategy: string): void
  /** A strategy's breaker refused a call. */
  turnedAway?(strategy: string): void
  /** `onStop` of a strategy is called. */
  stopping?(strategy: string): void
  /** A timer of a strategy has fired. */
  ticked?(strategy: string): void
  /** A timer has fired, and all promises that it led to have run. */
  step?(): void
  /** The engine has ended; `inOrder`: no part of it had to be left behind. */
  ended?(inOrder: boolean): void
}
