import type { Environment } from '../environment/environment.js'
import type { OutcryEvent } from '../events/event.js'
import type { LatencyHistogram } from '../metrics/histogram.js'
import { isPromise, settlingOnce } from '../settling.js'
import { collect } from './answers.js'
import { type Delivery, NOT_BEGUN } from './delivery.js'
import type { Halts } from './halts.js'
import type { StrategyRuntime } from './runtime.js'
import type { HandlerResult, StrategyDefinition } from './strategy.js'

export interface HandlerCallsOptions {
  readonly halts: Halts
  /** Calls a strategy's code: what it publishes meanwhile must not wait. */
  readonly handle: <T>(call: () => T, awaits: boolean) => T
  readonly environment: Environment
  /** How long calls took on the machine's clock, each with the events that it was made with. */
  readonly handlerTimes: LatencyHistogram
}

/** From this on, which is the default, a chunk's events are not timed one by one: none of them takes a minute. Milliseconds. */
const UNTIMED_FROM_MS = 60_000

/** Calls handlers on the current range of a delivery, and records what came of it. */
export class HandlerCalls {
  /** How long this machine takes must not decide what a strategy misses over recorded data: that clock stands still. */
  private readonly recorded: boolean

  constructor(private readonly options: HandlerCallsOptions) {
    this.recorded = options.environment.kind === 'data'
  }

  /** The promise to be awaited, if the handler returned one that anybody waits for. */
  call(runtime: StrategyRuntime, delivery: Delivery): Promise<HandlerResult> | undefined {
    const { onEvents } = runtime.definition
    return this.options.handle(
      () => (onEvents === undefined ? this.callEach(runtime, delivery) : this.callMany(runtime, delivery, onEvents)),
      runtime.awaits === true,
    )
  }

  /** The awaited promise was fulfilled. */
  fulfilled(runtime: StrategyRuntime, delivery: Delivery, result: HandlerResult): void {
    try {
      if (result !== undefined) collect(result, delivery.events.slice(delivery.from, delivery.to), delivery.answers)
      this.over(runtime, delivery, delivery.to - delivery.from)
      delivery.succeeded += delivery.to - delivery.from
      delivery.attempts = 0
      runtime.failuresInARow = 0
    } catch (wrong) {
      this.failed(runtime, delivery, wrong)
    }
  }

  /** Bisects a range, retries an event, or gives it up as poison. */
  failed(runtime: StrategyRuntime, delivery: Delivery, error: unknown): void {
    if (delivery.before !== undefined) runtime.state = delivery.before
    const { from, to } = delivery
    if (to - from > 1) {
      this.over(runtime, delivery, 0)
      const middle = (from + to) >>> 1
      delivery.ranges.push(middle, to, from, middle)
      return
    }
    delivery.attempts += 1
    if (delivery.attempts <= (runtime.definition.retry?.attempts ?? 0)) {
      this.over(runtime, delivery, 0)
      delivery.ranges.push(from, to)
      return
    }
    this.over(runtime, delivery, 1)
    delivery.failures.push({
      event: delivery.events[from] as OutcryEvent,
      reason: 'poison',
      error,
      attempts: delivery.attempts,
    })
    delivery.attempts = 0
    runtime.failuresInARow += 1
  }

  private callMany(
    runtime: StrategyRuntime,
    delivery: Delivery,
    onEvents: NonNullable<StrategyDefinition['onEvents']>,
  ): Promise<HandlerResult> | undefined {
    const { from, to } = delivery
    const whole = from === 0 && to === delivery.events.length
    const events = whole ? delivery.events : delivery.events.slice(from, to)
    const { definition } = runtime
    delivery.before = undefined
    this.begin(delivery)
    runtime.at = events[events.length - 1]
    try {
      // A state that cannot be copied is the strategy's own failure, so the copy is made in here.
      if (definition.transactional === true) delivery.before = structuredClone(runtime.state)
      // V8 does not compile a handler that is called so into this function. It would, and then had used up, on this
      // function, the budget for what a handler calls for each event.
      const result = Reflect.apply(onEvents, definition, [events, runtime.context])
      if (isPromise<HandlerResult>(result)) {
        const promise = settlingOnce(result)
        if (delivery.halted) return this.giveUp(runtime, delivery, promise)
        return promise
      }
      runtime.awaits ??= false
      collect(result, events, delivery.answers)
      this.over(runtime, delivery, to - from)
      runtime.failuresInARow = 0
      delivery.succeeded += to - from
      delivery.attempts = 0
    } catch (error) {
      this.failed(runtime, delivery, error)
    } finally {
      runtime.at = undefined
    }
    return undefined
  }

  private callEach(runtime: StrategyRuntime, delivery: Delivery): Promise<HandlerResult> | undefined {
    const { events, from, to } = delivery
    const { definition, context } = runtime
    let index = from
    const each = (runtime.breaker?.slowCallMs ?? UNTIMED_FROM_MS) < UNTIMED_FROM_MS
    this.begin(delivery)
    try {
      for (; index < to; index++) {
        const event = events[index] as OutcryEvent
        runtime.at = event
        const result = definition.onEvent?.(event, context)
        const disturbed = delivery.halted || delivery.haltsSeen !== this.options.halts.version
        if (result === undefined && !disturbed) {
          if (each) this.judge(runtime, delivery, 1, this.callClock())
          continue
        }
        if (isPromise<HandlerResult>(result)) {
          const promise = settlingOnce(result)
          if (index > from) runtime.failuresInARow = 0
          delivery.succeeded += index - from
          this.narrow(delivery, index)
          if (delivery.halted) return this.giveUp(runtime, delivery, promise)
          return promise
        }
        collect(result, [event], delivery.answers)
        if (each) this.judge(runtime, delivery, 1, this.callClock())
        delivery.attempts = 0
        if (disturbed && index + 1 < to) {
          delivery.succeeded += index + 1 - from
          delivery.ranges.push(index + 1, to)
          this.over(runtime, delivery, 0)
          return undefined
        }
      }
      this.over(runtime, delivery, 0)
      runtime.awaits ??= false
      runtime.failuresInARow = 0
      delivery.succeeded += to - from
      delivery.attempts = 0
    } catch (error) {
      delivery.succeeded += index - from
      // A retry's count belongs to the event it is about, the first of its range.
      if (index > from) {
        delivery.attempts = 0
        runtime.failuresInARow = 0
      }
      this.narrow(delivery, index)
      this.failed(runtime, delivery, error)
    } finally {
      runtime.at = undefined
    }
    return undefined
  }

  /**
   * A call is over, or given up, and with it so many events that its breaker has not judged yet. The clock is looked at
   * once, as it was for the breaker alone.
   */
  over(runtime: StrategyRuntime, delivery: Delivery, events: number): void {
    const now = this.options.environment.monotonic()
    const tookMs = now - delivery.begunAt
    this.options.handlerTimes.record(tookMs)
    runtime.counts.handlerMs += tookMs
    delivery.begunAt = NOT_BEGUN
    if (events > 0) this.judge(runtime, delivery, events, this.recorded ? this.callClock() : now)
  }

  /** A call begins, mostly as soon as its delivery was taken up: then the clock is not looked at again. */
  private begin(delivery: Delivery): void {
    if (delivery.begunAt === NOT_BEGUN) delivery.begunAt = this.options.environment.monotonic()
    delivery.calledAt = this.recorded ? this.callClock() : delivery.begunAt
  }

  private callClock(): number {
    const { environment } = this.options
    return this.recorded ? environment.now() : environment.monotonic()
  }

  /** So many events were handled, or given up; the next of their range, if there is one, begins now. */
  private judge({ breaker }: StrategyRuntime, delivery: Delivery, events: number, now: number): void {
    if (breaker !== undefined && now - delivery.calledAt > breaker.slowCallMs) delivery.slow += events
    delivery.calledAt = now
  }

  /** Leaves the one event at `index` current and the rest of its range to come. */
  private narrow(delivery: Delivery, index: number): void {
    if (index + 1 < delivery.to) delivery.ranges.push(index + 1, delivery.to)
    delivery.from = index
    delivery.to = index + 1
  }

  /** Its own call had the strategy stopped, and then returned a promise: nobody waits for that any more. */
  private giveUp(runtime: StrategyRuntime, delivery: Delivery, promise: Promise<HandlerResult>): undefined {
    const late = (): void => {
      runtime.counts.lateAnswers += 1
    }
    promise.then(late, late)
    delivery.ranges.push(delivery.from, delivery.to)
    return undefined
  }
}
