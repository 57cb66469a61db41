import type { BreakerHandle } from '../breaker/handle.js'
import type { Timer } from '../environment/environment.js'
import type { OutcryEvent } from '../events/event.js'
import type { AwaitedCall } from './awaited-call.js'
import type { Deadline } from './deadlines.js'
import type { Delivery } from './delivery.js'
import type { Interest } from './router.js'
import type { StrategyContext, StrategyDefinition } from './strategy.js'

/** What the data plane tells a strategy actor; each is a transition a person may want to see. */
export type StrategyNotice =
  /** A group hands over the events of one chunk; the data plane holds what it is. */
  | { readonly type: 'chunk.deliver' }
  /** A handler returned a promise. */
  | { readonly type: 'handler.pending' }
  | { readonly type: 'handler.late' }
  | { readonly type: 'handler.timedOut' }
  /** Nothing is left to do: the last promise has settled. */
  | { readonly type: 'strategy.idled' }
  /** Its handler has failed too often in a row. */
  | { readonly type: 'strategy.crashed'; readonly error: unknown }
  /** It says itself that it is done. */
  | { readonly type: 'strategy.finished' }
  /** So much has been handled that the state is to be kept. */
  | { readonly type: 'snapshot.due' }

const DELIVER: StrategyNotice = { type: 'chunk.deliver' }

const newCounts = () => ({
  delivered: 0,
  failed: 0,
  skipped: 0,
  signals: 0,
  chunks: 0,
  timedOut: 0,
  lateAnswers: 0,
  /** In all calls of its handler that were answered or given up, what is awaited included. Milliseconds. */
  handlerMs: 0,
  /** After a failure, as its policy has it; none that was asked for. */
  restarts: 0,
  snapshots: 0,
  /** Events of the history that it was handed before it was ready. */
  warmedUp: 0,
  /** What it answered to those, or published. */
  withheld: 0,
})

export type StrategyCounts = ReturnType<typeof newCounts>

/**
 * The data plane's side of one incarnation of a strategy: its definition, its state, what waits for
 * it and what it has done. Its actor decides; this remembers. A restart makes a new one, so that
 * what a call of the old one still does meets none of its successor's state.
 */
export class StrategyRuntime<S = unknown> {
  state: S | undefined
  /** Raised by every restart and timeout: an answer that carries an older one is dropped. */
  generation = 0
  /** The delivery whose handler is running or awaited. */
  current: Delivery | undefined
  /** While one of its timers fires: the marks of what that timer was set for. */
  firing: number | undefined
  /** Where the cause of what it published last stands in its delivery: that of the next one is mostly near. */
  causeAt = 0
  /** What is being handed over while `chunk.deliver` is sent. */
  offered: Delivery | undefined
  /** Deliveries that wait for the strategy's turn, in order. */
  inbox: Delivery[] = []
  /** Events in `inbox`. */
  backlog = 0
  /** While not ready yet, late or hung, deliveries do not hold their group. */
  late = true
  /** It is over, its last hook too: what its code still asks for is refused. */
  retired = false
  /** It is handed what came before it: nothing that it says goes out. */
  warmingUp = false
  /** Its incarnation is being stopped: it takes nothing up any more. */
  closed = false
  /** Events in a row that its handler has failed. */
  failuresInARow = 0
  /** From so many on it has crashed. */
  crashAfter = Number.POSITIVE_INFINITY
  /** The last chunk that it is done with. */
  doneChunk = 0
  /** Chunks until its state is to be kept. */
  untilSnapshot = Number.POSITIVE_INFINITY
  /** Whether its handler has ever returned a promise; undefined before its first call. */
  awaits: boolean | undefined
  /** When the handler call that is awaited began, on the machine's clock, in milliseconds. */
  calledAt = 0
  /** Whether a promise of the current generation is awaited. */
  pending = false
  /** Numbers the asynchronous calls, so that a slot is never held for a call that is over. */
  calls = 0
  /** Gives back the concurrency slot that the awaited call holds. */
  release: (() => void) | undefined
  /** Its awaited calls of the present generation; of an earlier one until there is a new one. */
  awaited: AwaitedCall | undefined
  /** Watches the awaited call for being late, then for its timeout. */
  deadline: Deadline | undefined
  /** The event that `onEvent` is called with, while it is: its clock shows that event's time. */
  at: OutcryEvent | undefined
  breaker: BreakerHandle | undefined
  /** Handler calls that timed out and have not settled since. */
  unsettled = 0
  /** Set by the actor layer before the first delivery. */
  context!: StrategyContext<S>
  /** Made when somebody asks for its signal: most handlers never do, and making one is dear. */
  private controller: AbortController | undefined
  readonly timers = new Set<Timer>()
  /** How many timers it has set so far. */
  timersSet = 0
  /** Of all incarnations together. */
  readonly counts: StrategyCounts

  /** Sends to the strategy's actor; replaced when the actor is spawned. */
  send: (notice: StrategyNotice) => void = () => {}

  constructor(
    readonly definition: StrategyDefinition<S>,
    /** Its place in the router's answer. */
    readonly interest: Interest,
    /** Whose work it takes up. */
    before?: StrategyRuntime,
  ) {
    this.counts = before?.counts ?? newCounts()
    if (before === undefined) return
    this.generation = before.generation + 1
    this.doneChunk = before.doneChunk
  }

  get name(): string {
    return this.definition.name
  }

  /** Its handler is an `async` function: known without a call. */
  get declaredAsync(): boolean {
    const handler = this.definition.onEvents ?? this.definition.onEvent
    return handler?.constructor.name === 'AsyncFunction'
  }

  /**
   * Hands a delivery to the actor. The event itself carries nothing: what an actor's machinery keeps
   * of a past event would keep the chunk alive, and V8's collector would then age all its events.
   */
  offer(delivery: Delivery): void {
    this.offered = delivery
    this.send(DELIVER)
    this.offered = undefined
  }

  /** It has failed too often in a row, or let an error escape. */
  crash(error: unknown): void {
    this.failuresInARow = 0
    this.send({ type: 'strategy.crashed', error })
  }

  /** A handler of its has not settled, be it given up or still awaited. */
  get hangs(): boolean {
    return this.pending || this.unsettled > 0
  }

  /** Takes away everything that has no fate yet, the delivery under way first. */
  takeAll(): Delivery[] {
    const { current } = this
    const all = current === undefined ? this.inbox : [current, ...this.inbox]
    // The range under way has no fate yet either.
    if (current !== undefined && current.open > 0) current.ranges.push(current.from, current.to)
    this.current = undefined
    this.takeParked()
    return all
  }

  takeParked(): Delivery[] {
    const parked = this.inbox
    this.inbox = []
    this.backlog = 0
    return parked
  }

  get abort(): AbortSignal {
    this.controller ??= new AbortController()
    return this.controller.signal
  }

  /** Aborts what runs for the present generation; the next has a signal of its own. */
  renewAbort(reason: () => Error): void {
    const old = this.controller
    this.controller = undefined
    old?.abort(reason())
  }

  /** What an inspector shows instead of the whole. */
  toJSON(): object {
    return { name: this.name, generation: this.generation, backlog: this.backlog, late: this.late, counts: this.counts }
  }
}
