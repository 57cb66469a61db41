import { countableDelay } from '../environment/duration.js'
import type { Environment, Timer } from '../environment/environment.js'
import { OutcryError } from '../errors.js'
import type { MarksOf } from '../events/stale.js'
import type { Answer } from './delivery.js'
import { inheritedMarks } from './inherited-marks.js'
import type { StrategyRuntime } from './runtime.js'
import type { HandlerResult, StrategyClock } from './strategy.js'

/** Timers that one strategy may have pending. */
const MAX_TIMERS = 10_000

/** The shortest interval: anything below would be a busy loop. Milliseconds. */
const MIN_INTERVAL_MS = 1

export interface StrategyTimersPorts {
  readonly environment: Environment
  readonly marksOf: MarksOf
  /** Runs a callback as a handler of the strategy; what it throws is its failure. */
  readonly run: (callback: () => HandlerResult) => Answer[]
  readonly onAnswers: (runtime: StrategyRuntime, answers: readonly Answer[], occasion: string, marks: number) => void
  readonly onError: (runtime: StrategyRuntime, error: unknown) => void
}

/** A strategy's timer; re-armed with each round of an interval. */
class StrategyTimer implements Timer {
  deadline = 0
  inner: Timer | undefined

  /**
   * @param number Tells apart those of one strategy that have one deadline.
   * @param marks What it was set for was late, or replayed: so is what comes of it.
   */
  constructor(
    readonly number: number,
    readonly marks: number,
  ) {}
}

/**
 * The timers that strategies set on the run's clock. They are exact: over recorded data they fire at
 * their own deadline, in order with the events. A strategy's end clears all of its timers.
 */
export class StrategyTimers {
  /** The shortest delay that any strategy has asked for. Milliseconds, at least 1. */
  shortestMs = Number.POSITIVE_INFINITY

  constructor(private readonly ports: StrategyTimersPorts) {}

  clockOf(runtime: StrategyRuntime): StrategyClock {
    return {
      now: () => this.now(runtime),
      setTimeout: (callback, delayMs) => this.set(runtime, callback, countableDelay(delayMs), undefined),
      clearTimeout: (timer) => this.remove(runtime, timer),
      setInterval: (callback, everyMs) => {
        const period = Math.max(MIN_INTERVAL_MS, countableDelay(everyMs))
        return this.set(runtime, callback, period, period)
      },
    }
  }

  clear(runtime: StrategyRuntime): void {
    for (const timer of runtime.timers) this.ports.environment.clearTimeout((timer as StrategyTimer).inner)
    runtime.timers.clear()
  }

  /**
   * Over recorded data, while a handler runs, its clock shows the time of the event at hand, not of the
   * whole read-ahead. Live an event lies ahead of the clock only where the wall clock was set back, and
   * then no timer may wait for it to come there again.
   */
  private now(runtime: StrategyRuntime): number {
    const { environment } = this.ports
    const now = environment.now()
    if (runtime.at === undefined || environment.kind !== 'data') return now
    return Math.max(now, runtime.at.receivedAt)
  }

  private set(
    runtime: StrategyRuntime,
    callback: () => HandlerResult,
    delayMs: number,
    periodMs: number | undefined,
  ): Timer {
    if (runtime.timers.size >= MAX_TIMERS) {
      throw new OutcryError(
        'OUTCRY_STRATEGY_INVALID',
        `Strategy "${runtime.name}" has ${MAX_TIMERS} timers pending, which is the most it may have.`,
      )
    }
    runtime.timersSet += 1
    const timer = new StrategyTimer(runtime.timersSet, periodMs === undefined ? this.marksOfOne(runtime) : 0)
    // What a call that was given up still sets would fire into a strategy that is gone.
    if (runtime.retired) return timer
    // Armed first: an environment of the host's own may fail to, and then there is no timer.
    this.arm(runtime, timer, callback, delayMs, periodMs)
    runtime.timers.add(timer)
    if (delayMs < this.shortestMs) this.shortestMs = Math.max(MIN_INTERVAL_MS, delayMs)
    return timer
  }

  /**
   * A timer that is set while an event is handled is part of the answer to it. One that recurs, be it by
   * setting itself again, is the strategy's own clock: it must not be mute for ever as a late event began it.
   */
  private marksOfOne(runtime: StrategyRuntime): number {
    return runtime.firing === undefined ? inheritedMarks(runtime, this.ports.marksOf) : 0
  }

  private arm(
    runtime: StrategyRuntime,
    timer: StrategyTimer,
    callback: () => HandlerResult,
    delayMs: number,
    periodMs: number | undefined,
  ): void {
    const { environment } = this.ports
    const ahead = this.now(runtime) - environment.now()
    timer.deadline = environment.now() + ahead + delayMs
    timer.inner = environment.setTimeout(() => this.fire(runtime, timer, callback, periodMs), ahead + delayMs, {
      exact: true,
    })
  }

  private fire(
    runtime: StrategyRuntime,
    timer: StrategyTimer,
    callback: () => HandlerResult,
    periodMs: number | undefined,
  ): void {
    if (!runtime.timers.has(timer)) return
    const { environment } = this.ports
    // Over recorded data it fires at its deadline, which may have been counted from a first record yet to come.
    const due = environment.kind === 'data' ? environment.now() : timer.deadline
    const occasion = `timer:${timer.number}:${due}`
    if (periodMs === undefined) runtime.timers.delete(timer)
    else this.armAgain(runtime, timer, callback, periodMs)
    runtime.firing = timer.marks
    try {
      const answers = this.ports.run(callback)
      runtime.counts.signals += answers.length
      this.ports.onAnswers(runtime, answers, occasion, timer.marks)
    } catch (error) {
      this.ports.onError(runtime, error)
    } finally {
      runtime.firing = undefined
    }
  }

  /** The next round of an interval. One that cannot be armed ends it, as a failure of the strategy's, after this round. */
  private armAgain(
    runtime: StrategyRuntime,
    timer: StrategyTimer,
    callback: () => HandlerResult,
    periodMs: number,
  ): void {
    try {
      this.arm(runtime, timer, callback, periodMs, periodMs)
    } catch (error) {
      runtime.timers.delete(timer)
      this.ports.onError(runtime, error)
    }
  }

  private remove(runtime: StrategyRuntime, timer: Timer | undefined): void {
    if (!(timer instanceof StrategyTimer) || !runtime.timers.delete(timer)) return
    this.ports.environment.clearTimeout(timer.inner)
  }
}
