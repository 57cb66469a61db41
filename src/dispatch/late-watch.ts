import type { Environment } from '../environment/environment.js'
import type { Deadlines } from './deadlines.js'
import type { StrategyRuntime } from './runtime.js'

export interface LateWatchOptions {
  readonly environment: Environment
  readonly deadlines: Deadlines
  /** Milliseconds. */
  readonly lateAfterMs: number
  /** Milliseconds. */
  readonly timeoutMs: number
}

const never = Number.POSITIVE_INFINITY

/**
 * Watches an awaited delivery, first for being late for its group, then for its call's timeout; tells the actor.
 *
 * A look that was arranged for one delivery is kept for the strategy's next, whose own is due no sooner as a rule, and
 * then arranges that: most promises settle in a moment, and an entry and a timer for each would cost more than they do.
 */
export class LateWatch {
  /** Strategies that will be looked at. */
  private readonly armed = new Set<StrategyRuntime>()

  constructor(private readonly options: LateWatchOptions) {}

  timeoutOf(runtime: StrategyRuntime): number {
    return runtime.definition.timeoutMs ?? this.options.timeoutMs
  }

  /** @param now What the machine's clock shows, in milliseconds. */
  begin(runtime: StrategyRuntime, now: number): void {
    const { deadline } = runtime
    const dueMs = Math.max(0, Math.min(this.lateIn(runtime, now), this.timeoutIn(runtime, now)))
    if (deadline !== undefined) {
      if (deadline.deadline <= now + dueMs) return
      this.end(runtime)
    }
    runtime.deadline = this.options.deadlines.add(dueMs, () => this.look(runtime))
    this.armed.add(runtime)
  }

  end(runtime: StrategyRuntime): void {
    if (runtime.deadline === undefined) return
    this.options.deadlines.remove(runtime.deadline)
    runtime.deadline = undefined
    this.armed.delete(runtime)
  }

  /** Nothing is in flight: an idle engine must leave no timer. */
  rest(): void {
    if (this.armed.size === 0) return
    for (const runtime of this.armed) if (runtime.current === undefined) this.end(runtime)
  }

  private look(runtime: StrategyRuntime): void {
    runtime.deadline = undefined
    this.armed.delete(runtime)
    if (runtime.current === undefined) return
    const now = this.options.environment.monotonic()
    if (this.timeoutIn(runtime, now) <= 0) runtime.send({ type: 'handler.timedOut' })
    else if (this.lateIn(runtime, now) <= 0) runtime.send({ type: 'handler.late' })
    if (runtime.current !== undefined) this.begin(runtime, this.options.environment.monotonic())
  }

  private lateIn(runtime: StrategyRuntime, now: number): number {
    if (runtime.late || runtime.current === undefined) return never
    return runtime.current.startedAt + (runtime.definition.lateAfterMs ?? this.options.lateAfterMs) - now
  }

  private timeoutIn(runtime: StrategyRuntime, now: number): number {
    const timeoutMs = this.timeoutOf(runtime)
    // A call that still waits for its slot has not begun, so it cannot time out: look again later.
    return runtime.calledAt === never ? timeoutMs : runtime.calledAt + timeoutMs - now
  }
}
