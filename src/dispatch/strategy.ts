import type { BreakerOptions } from '../breaker/policy.js'
import type { Timer } from '../environment/environment.js'
import type { CatalogueEvent, CatalogueEventOf } from '../events/catalogue/index.js'
import type { SignalPayload } from '../events/catalogue/signal.js'
import type { EventDefinition } from '../events/define.js'
import type { EventDraft, EventInput } from '../events/draft.js'
import type { OutcryEvent } from '../events/event.js'
import type { Receipt } from '../events/receipt.js'
import type { Log } from '../log.js'
import type { RestartOptions, RestartType } from './restart.js'

/** An event type by its name, by a pattern such as `order.*`, or by its definition. */
export type TypeSelector = string | EventDefinition<string, unknown, never>

type CatalogueEventFrom<Prefix extends string> = Extract<CatalogueEvent, { readonly type: `${Prefix}${string}` }>

/** The event that a selector lets through; of a pattern that fits no type of the catalogue, one of the host's own. */
export type SelectedEvent<T> =
  T extends EventDefinition<infer N, infer P, never>
    ? OutcryEvent<N, P>
    : T extends `${infer Prefix}*`
      ? [CatalogueEventFrom<Prefix>] extends [never]
        ? OutcryEvent<`${Prefix}${string}`>
        : CatalogueEventFrom<Prefix>
      : T extends string
        ? CatalogueEventOf<T>
        : never

export interface Subscription<T extends readonly TypeSelector[] = readonly TypeSelector[]> {
  /** Default: every type but `signal` and what an engine says of itself, `system.*`. */
  readonly types?: T
  /** Default: every symbol, and events that name none. */
  readonly symbols?: readonly string[]
}

/**
 * A strategy's own clock: the run's. Its timers fire in order with the events. Over recordings what is set in `onStart`
 * is counted from the first record.
 */
export interface StrategyClock {
  /** UTC epoch milliseconds. Over recordings 0 until the first record. */
  now(): number
  /** Calls back after `delayMs`; what it returns are signals, as from a handler. */
  setTimeout(callback: () => HandlerResult, delayMs: number): Timer
  clearTimeout(timer: Timer | undefined): void
  /** Calls back every `everyMs`, until the strategy stops or the timer is cleared. */
  setInterval(callback: () => HandlerResult, everyMs: number): Timer
}

export interface StrategyContext<S = unknown> {
  /** The strategy's name. */
  readonly name: string
  /** Made by `state()`, owned by the engine, fresh after a restart. */
  readonly state: S
  readonly clock: StrategyClock
  readonly log: Log
  /** Aborted when the strategy is timed out, replaced or stopped. */
  readonly abort: AbortSignal
  /** Publishes an event of the strategy's own. Never waits: a handler must not wait for the queue it drains. */
  publish(event: EventDraft | EventInput): Receipt
  /** A number in [0, 1) from the strategy's own stream. */
  random(): number
  /** Says that its work is done: after the present chunk it stops and leaves; a `permanent` one starts again. */
  finish(): void
}

export type SignalDraft = EventDraft<'signal', SignalPayload>
export type Signals = SignalDraft | readonly SignalDraft[] | undefined
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing has no return statement.
export type HandlerResult = Signals | void
export type MaybePromise<T> = T | Promise<T>

export interface RetryPolicy {
  /** Further attempts on a failed event, 0 to 100. Default 0. */
  readonly attempts?: number
}

/** What a strategy is handed of the engine's history before it is ready; what is absent does not narrow. */
export interface WarmUp {
  /** Default: the types that it subscribes to. */
  readonly types?: readonly string[]
  /** Default: the symbols that it subscribes to. */
  readonly symbols?: readonly string[]
  /** The last so many events, 1 to 10,000,000. Default: all there are. */
  readonly events?: number
  /** Events whose event time is not older than this by the run's clock. Milliseconds. */
  readonly ageMs?: number
  /** How long it may take. Milliseconds; default 30,000. */
  readonly timeoutMs?: number
}

export interface StrategyDefinition<S = unknown, E extends OutcryEvent = OutcryEvent> {
  readonly name: string
  readonly subscribe?: Subscription
  readonly state?: () => S
  /** The native form: a chunk of up to 256 events. At-least-once: a failed chunk is bisected. */
  onEvents?(events: readonly E[], context: StrategyContext<S>): MaybePromise<HandlerResult>
  /** One event at a time; a failure resumes after the failing event. */
  onEvent?(event: E, context: StrategyContext<S>): MaybePromise<HandlerResult>
  onStart?(context: StrategyContext<S>): MaybePromise<void>
  /** Runs at the end of every incarnation that had started, be it stopped, replaced or restarted. */
  onStop?(context: StrategyContext<S>): MaybePromise<void>
  /**
   * What is to be kept of the state. It is copied by structured clone, taken on a graceful stop, on a
   * replacement and, if `snapshotEvery` is set, between chunks.
   */
  snapshot?(state: S): MaybePromise<unknown>
  /** Makes the state of a next incarnation from a copy of the last snapshot; without it `state` does. */
  restore?(snapshot: unknown): MaybePromise<S>
  /** Chunks between two snapshots. Default: none are taken while it runs. */
  readonly snapshotEvery?: number
  /**
   * It is handed what came before it, marked as replayed, whenever it begins with fresh state: when it
   * is added, replaced or restarted. What it answers or publishes then is withheld and counted. Needs
   * the engine's option `history`.
   */
  readonly warmUp?: WarmUp
  /** When it is restarted, over the engine's `restart`: a type alone, or any of the options. */
  readonly restart?: RestartType | RestartOptions
  /** Runs each chunk on a copy of the state taken before it, so that a bisected chunk is seen once. */
  readonly transactional?: boolean
  readonly retry?: RetryPolicy
  /** After this long a pending delivery no longer holds its group. Milliseconds; engine option by default. */
  readonly lateAfterMs?: number
  /** After this long a pending delivery fails as timed out. Milliseconds; engine option by default. */
  readonly timeoutMs?: number
  /** Its own circuit breaker's options; the engine's `breaker` by default. */
  readonly breaker?: BreakerOptions
}
