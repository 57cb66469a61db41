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

/** Watches an awaited delivery, first for being late for its group, then for its call's timeout; tells the actor. */
export class LateWatch {
  constructor(private readonly options: LateWatchOptions) {}

  timeoutOf(runtime: StrategyRuntime): number {
    return runtime.definition.timeoutMs ?? this.options.timeoutMs
  }

  /** @param now What the machine's clock shows, in milliseconds. */
  begin(runtime: StrategyRuntime, now: number): void {
    if (runtime.deadline === undefined) this.arm(runtime, now)
  }

  end(runtime: StrategyRuntime): void {
    if (runtime.deadline === undefined) return
    this.options.deadlines.remove(runtime.deadline)
    runtime.deadline = undefined
  }

  private look(runtime: StrategyRuntime): void {
    runtime.deadline = undefined
    if (runtime.current === undefined) return
    const now = this.options.environment.monotonic()
    if (this.timeoutIn(runtime, now) <= 0) runtime.send({ type: 'handler.timedOut' })
    else if (this.lateIn(runtime, now) <= 0) runtime.send({ type: 'handler.late' })
    if (runtime.current !== undefined) this.begin(runtime, this.options.environment.monotonic())
  }

  private arm(runtime: StrategyRuntime, now: number): void {
    const next = Math.min(this.lateIn(runtime, now), this.timeoutIn(runtime, now))
    runtime.deadline = this.options.deadlines.add(Math.max(0, next), () => this.look(runtime))
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
