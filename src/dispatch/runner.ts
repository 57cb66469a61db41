import { isRejection } from '../breaker/handle.js'
import { AwaitedCall, type Settle } from './awaited-call.js'
import { handOver, reportTo } from './breaker-report.js'
import { type Delivery, NOT_BEGUN } from './delivery.js'
import { HandlerCalls, type HandlerCallsOptions } from './handler-calls.js'
import { LateWatch, type LateWatchOptions } from './late-watch.js'
import { stillHung, timedOut, tooManyWaiting, wasStopped } from './runner-errors.js'
import type { StrategyRuntime } from './runtime.js'
import { Slots } from './slots.js'
import type { HandlerResult } from './strategy.js'

export interface RunnerOptions extends LateWatchOptions, HandlerCallsOptions {
  /** Asynchronous handlers in flight at most. */
  readonly concurrency: number
  /** Deliveries (events) that may wait for one strategy. */
  readonly maxBacklog: number
  /** What a strategy's open breaker turns away becomes a dead letter and is not merely skipped. */
  readonly keepRejected: boolean
  readonly onDone: (delivery: Delivery) => void
  readonly onDetached: (delivery: Delivery) => void
}

/** Most events that a half-open breaker is probed with: few, as a strategy that is still broken fails them all. */
const PROBE_EVENTS = 8

const SNAPSHOT_DUE = { type: 'snapshot.due' } as const

/**
 * Runs handlers and isolates their failures. A failed chunk is bisected to its poison event, a
 * failed event is retried, a promise is awaited without holding anything but its own strategy.
 * Only data changes here; what a person would want to see is told to the strategy's actor.
 */
export class Runner {
  private readonly slots: Slots
  /** Strategies that stopped in front of a delivery because the whole engine is halted. */
  private readonly suspended = new Set<StrategyRuntime>()
  readonly lateness: LateWatch
  private readonly calls: HandlerCalls
  /** Calls that timed out and still run: the only ones beyond the bound. */
  overdue = 0

  constructor(private readonly options: RunnerOptions) {
    this.slots = new Slots(options.concurrency)
    this.lateness = new LateWatch(options)
    this.calls = new HandlerCalls(options)
  }

  /** Handler calls in flight that hold a slot. */
  get inFlight(): number {
    return this.slots.held
  }

  /** A ready strategy takes a delivery. */
  take(runtime: StrategyRuntime, delivery: Delivery): void {
    // After a pause it may still await a promise from before.
    const halted = this.options.halts.whole !== undefined
    if (runtime.current !== undefined || runtime.unsettled > 0 || halted) {
      if (halted) this.suspended.add(runtime)
      this.park(runtime, delivery)
      return
    }
    if (runtime.inbox.length > 0) {
      // What a halt has left waiting comes first.
      this.park(runtime, delivery)
      this.resumeParked(runtime)
      return
    }
    if (this.admit(runtime, delivery)) this.proceed(runtime, delivery)
    if (runtime.current !== undefined) runtime.send({ type: 'handler.pending' })
    else if (runtime.untilSnapshot <= 0) runtime.send(SNAPSHOT_DUE)
  }

  /** A busy strategy keeps a delivery for its turn; beyond the bound its events fail as refused. */
  park(runtime: StrategyRuntime, delivery: Delivery): void {
    if (runtime.backlog + delivery.events.length > this.options.maxBacklog) {
      delivery.failOpen('refused', tooManyWaiting(runtime, this.options.maxBacklog))
      this.finish(runtime, delivery)
      return
    }
    delivery.status = 'waiting'
    runtime.inbox.push(delivery)
    runtime.backlog += delivery.events.length
    if (runtime.late) this.detach(delivery)
  }

  /** Not delivered at all: paused, faulted or its breaker is open. */
  skip(runtime: StrategyRuntime, delivery: Delivery): void {
    delivery.skipOpen()
    this.finish(runtime, delivery)
  }

  /** The strategy is late: nothing of it holds its group any longer. */
  detachAll(runtime: StrategyRuntime): void {
    runtime.late = true
    if (runtime.current !== undefined) this.detach(runtime.current)
    for (const delivery of runtime.inbox) this.detach(delivery)
  }

  /** The awaited promise took too long: all that waits for it fails, and its answer will be dropped. */
  timeOut(runtime: StrategyRuntime): void {
    const error = timedOut(runtime, this.lateness.timeoutOf(runtime))
    // The hung call may still write to the state that it was given.
    if (runtime.current?.before !== undefined) runtime.state = runtime.current.before
    const { current } = runtime
    if (current !== undefined) this.calls.over(runtime, current, current.to - current.from)
    runtime.counts.timedOut += 1
    runtime.late = true
    runtime.unsettled += 1
    this.overdue += 1
    this.renew(runtime, () => error)
    for (const delivery of runtime.takeAll()) {
      delivery.failOpen('timeout', error)
      this.finish(runtime, delivery)
    }
  }

  /** A hung strategy's further deliveries fail as the one that hung it did. */
  failHung(runtime: StrategyRuntime, delivery: Delivery): void {
    const permit = runtime.breaker?.acquire()
    if (permit !== undefined && isRejection(permit)) delivery.reject(permit, this.options.keepRejected)
    else {
      delivery.permit = permit
      delivery.failOpen('timeout', stillHung(runtime))
    }
    this.finish(runtime, delivery)
  }

  /** What waits for the strategy's turn is skipped: it was paused. */
  skipParked(runtime: StrategyRuntime): void {
    for (const delivery of runtime.takeParked()) this.skip(runtime, delivery)
  }

  /** Gives up the call under way; what waits for its turn stays, and holds no group any longer. */
  interrupt(runtime: StrategyRuntime): void {
    const { inbox, backlog } = runtime
    runtime.closed = true
    runtime.inbox = []
    this.abandon(runtime)
    runtime.inbox = inbox
    runtime.backlog = backlog
    this.detachAll(runtime)
  }

  /** Hands what waits for a strategy's turn to its next incarnation, if that wants the same events. */
  inherit(runtime: StrategyRuntime, successor: StrategyRuntime): void {
    if (successor.interest !== runtime.interest) this.abandon(runtime)
    else handOver(runtime, successor)
  }

  /** Gives up everything the strategy holds; what it answers later is dropped. Its own handler may have asked for it. */
  abandon(runtime: StrategyRuntime): void {
    this.suspended.delete(runtime)
    const running = runtime.at === undefined ? undefined : runtime.current
    if (running !== undefined) {
      running.halted = true
      runtime.current = undefined
    }
    this.renew(runtime, () => wasStopped(runtime))
    for (const delivery of runtime.takeAll()) {
      delivery.abandonOpen()
      this.finish(runtime, delivery)
    }
    runtime.current = running
  }

  /** Takes up what was parked while the strategy could not. */
  resumeParked(runtime: StrategyRuntime): void {
    if (runtime.current !== undefined || runtime.unsettled > 0) return
    const delivery = this.nextOf(runtime)
    if (delivery !== undefined) this.proceed(runtime, delivery)
    if (runtime.current !== undefined) runtime.send({ type: 'handler.pending' })
    else if (runtime.untilSnapshot <= 0) runtime.send(SNAPSHOT_DUE)
  }

  /** The whole engine is halted no longer: whoever stopped in front of a delivery takes it up. */
  release(): void {
    const waiting = [...this.suspended]
    this.suspended.clear()
    for (const runtime of waiting) this.resumeParked(runtime)
  }

  /** Makes a delivery the current one, if its breaker lets it through; else it is skipped. */
  private admit(runtime: StrategyRuntime, delivery: Delivery): boolean {
    delivery.status = 'running'
    // It has one already if it was begun before a halt.
    const permit = delivery.permit ?? runtime.breaker?.acquire()
    if (permit !== undefined && isRejection(permit)) {
      delivery.reject(permit, this.options.keepRejected)
      this.finish(runtime, delivery)
      return false
    }
    runtime.current = delivery
    // One that was begun before, when nothing was wrong, goes on as it was cut.
    if (permit?.probe === true && delivery.permit === undefined && delivery.untouched) {
      delivery.ranges.length = 0
      delivery.holdBack(0, PROBE_EVENTS)
    }
    delivery.permit = permit
    delivery.startedAt = this.options.environment.monotonic()
    delivery.begunAt = delivery.startedAt
    return true
  }

  /** Handles ranges until none is left or a promise has to be awaited; then the next delivery in turn. */
  private proceed(runtime: StrategyRuntime, first: Delivery): void {
    let delivery: Delivery | undefined = first
    while (delivery !== undefined) {
      while (delivery.ranges.length > 0 || this.goOn(runtime, delivery)) {
        if (delivery.halted) {
          delivery.abandonOpen()
          break
        }
        if (this.suspends(runtime, delivery)) return
        if (delivery.ranges.length === 0) continue
        delivery.to = delivery.ranges.pop() as number
        delivery.from = delivery.ranges.pop() as number
        if (this.needsSlot(runtime) && !this.slots.take(runtime)) {
          this.callInSlot(runtime, delivery)
          return
        }
        if (this.call(runtime, delivery)) return
      }
      runtime.current = undefined
      this.finish(runtime, delivery)
      delivery = this.nextOf(runtime)
    }
  }

  /**
   * Heeds the halts before a handler is called: true if the whole engine is halted, and the delivery
   * waits in front of the others; else the events of halted symbols are taken out of it.
   */
  private suspends(runtime: StrategyRuntime, delivery: Delivery): boolean {
    const { halts } = this.options
    if (halts.whole !== undefined) {
      delivery.status = 'waiting'
      runtime.current = undefined
      runtime.inbox.unshift(delivery)
      runtime.backlog += delivery.events.length
      this.lateness.end(runtime)
      this.suspended.add(runtime)
      return true
    }
    if (delivery.haltsSeen === halts.version) return false
    delivery.haltsSeen = halts.version
    if (halts.someSymbols) delivery.skipWhere((event) => halts.skips(event))
    return false
  }

  /**
   * A probe is over: the breaker says whether the rest goes on as another, as a whole, or not at all.
   * False if nothing is left to do.
   */
  private goOn(runtime: StrategyRuntime, delivery: Delivery): boolean {
    if (delivery.rest >= delivery.events.length) return false
    reportTo(runtime, delivery)
    const permit = runtime.breaker?.acquire()
    if (permit !== undefined && isRejection(permit)) {
      delivery.reject(permit, this.options.keepRejected)
      return false
    }
    delivery.permit = permit
    delivery.holdBack(delivery.rest, permit?.probe === true ? PROBE_EVENTS : delivery.events.length)
    // The halts of the part that begins have not been looked at.
    delivery.haltsSeen = -1
    return true
  }

  /** The next waiting delivery that its breaker lets through, made current. */
  private nextOf(runtime: StrategyRuntime): Delivery | undefined {
    for (;;) {
      if (runtime.closed) return undefined
      // A state can be kept only between two chunks, so a strategy that never rests has to make a pause.
      if (runtime.untilSnapshot <= 0 && runtime.inbox.length > 0) return undefined
      if (this.options.halts.whole !== undefined) {
        if (runtime.inbox.length > 0) this.suspended.add(runtime)
        return undefined
      }
      const delivery = runtime.inbox.shift()
      if (delivery === undefined) return undefined
      runtime.backlog -= delivery.events.length
      if (this.admit(runtime, delivery)) return delivery
    }
  }

  /** A handler known to await, or any new one while all slots are taken, starts in a slot of its own. */
  private needsSlot(runtime: StrategyRuntime): boolean {
    if (runtime.awaits === undefined && runtime.declaredAsync) runtime.awaits = true
    return runtime.awaits === true || (runtime.awaits === undefined && this.slots.full)
  }

  private callInSlot(runtime: StrategyRuntime, delivery: Delivery): void {
    const generation = runtime.generation
    runtime.calledAt = Number.POSITIVE_INFINITY
    delivery.begunAt = NOT_BEGUN
    this.lateness.begin(runtime, this.options.environment.monotonic())
    this.slots.start(runtime, () => {
      if (generation !== runtime.generation) return false
      // A halt that came while it waited for its slot is heeded before the call.
      if (delivery.haltsSeen !== this.options.halts.version || this.options.halts.whole !== undefined) {
        delivery.ranges.push(delivery.from, delivery.to)
        this.resume(runtime, delivery)
        return false
      }
      runtime.calledAt = this.options.environment.monotonic()
      if (this.call(runtime, delivery)) return true
      // It answered at once after all, so nobody else will take the strategy further.
      this.resume(runtime, delivery)
      return false
    })
  }

  /** Calls the handler on the current range. True if its promise is awaited. */
  private call(runtime: StrategyRuntime, delivery: Delivery): boolean {
    const promise = this.calls.call(runtime, delivery)
    if (promise === undefined) {
      this.slots.release(runtime)
      return false
    }
    this.await(runtime, delivery, promise)
    return true
  }

  private await(runtime: StrategyRuntime, delivery: Delivery, promise: Promise<HandlerResult>): void {
    const { generation } = runtime
    runtime.awaits = true
    runtime.pending = true
    runtime.calls += 1
    if (runtime.release === undefined) this.slots.hold(runtime)
    runtime.calledAt = this.options.environment.monotonic()
    this.lateness.begin(runtime, runtime.calledAt)
    if (runtime.awaited?.generation !== generation) runtime.awaited = new AwaitedCall(runtime, generation, this.settled)
    runtime.awaited.delivery = delivery
    promise.then(runtime.awaited.fulfilled, runtime.awaited.rejected)
  }

  private readonly settled: Settle = ({ runtime, generation, delivery }, failed, error, result) => {
    if (generation !== runtime.generation || delivery === undefined) {
      this.droppedLate(runtime)
      return
    }
    runtime.pending = false
    this.slots.release(runtime)
    if (failed) this.calls.failed(runtime, delivery, error)
    else this.calls.fulfilled(runtime, delivery, result)
    this.resume(runtime, delivery)
  }

  /** Goes on after a promise; tells the actor once nothing is left to do. */
  private resume(runtime: StrategyRuntime, delivery: Delivery): void {
    this.proceed(runtime, delivery)
    if (runtime.current !== undefined) return
    runtime.late = false
    runtime.send({ type: 'strategy.idled' })
    if (runtime.untilSnapshot <= 0) runtime.send(SNAPSHOT_DUE)
  }

  /** The answer of a call that was given up: it changes nothing, but a hung strategy is free again. */
  private droppedLate(runtime: StrategyRuntime): void {
    runtime.counts.lateAnswers += 1
    if (runtime.unsettled === 0) return
    runtime.unsettled -= 1
    this.overdue -= 1
    if (runtime.unsettled > 0) return
    runtime.late = false
    runtime.send({ type: 'strategy.idled' })
  }

  /** A new generation: the calls of the old one are told to abort, and no longer count. */
  private renew(runtime: StrategyRuntime, reason: () => Error): void {
    runtime.generation += 1
    runtime.pending = false
    this.lateness.end(runtime)
    this.slots.release(runtime)
    runtime.renewAbort(reason)
  }

  private detach(delivery: Delivery): void {
    if (delivery.detached) return
    delivery.detached = true
    this.options.onDetached(delivery)
  }

  private finish(runtime: StrategyRuntime, delivery: Delivery): void {
    delivery.status = 'done'
    const { permit } = delivery
    if (permit !== undefined) reportTo(runtime, delivery)
    const { counts } = runtime
    counts.chunks += 1
    counts.delivered += delivery.succeeded
    counts.failed += delivery.failures.length
    counts.skipped += delivery.skipped
    counts.signals += delivery.answers.length
    runtime.untilSnapshot -= 1
    this.options.onDone(delivery)
    if (runtime.failuresInARow >= runtime.crashAfter) runtime.crash(delivery.failures.at(-1)?.error)
  }
}
