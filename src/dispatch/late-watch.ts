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

  begin(runtime: StrategyRuntime): void {
    if (runtime.deadline === undefined) this.arm(runtime)
  }

  end(runtime: StrategyRuntime): void {
    if (runtime.deadline === undefined) return
    this.options.deadlines.remove(runtime.deadline)
    runtime.deadline = undefined
  }

  private look(runtime: StrategyRuntime): void {
    runtime.deadline = undefined
    if (runtime.current === undefined) return
    if (this.timeoutIn(runtime) <= 0) runtime.send({ type: 'handler.timedOut' })
    else if (this.lateIn(runtime) <= 0) runtime.send({ type: 'handler.late' })
    if (runtime.current !== undefined && runtime.deadline === undefined) this.arm(runtime)
  }

  private arm(runtime: StrategyRuntime): void {
    const next = Math.min(this.lateIn(runtime), this.timeoutIn(runtime))
    runtime.deadline = this.options.deadlines.add(Math.max(0, next), () => this.look(runtime))
  }

  private lateIn(runtime: StrategyRuntime): number {
    if (runtime.late || runtime.current === undefined) return never
    const lateAfterMs = runtime.definition.lateAfterMs ?? this.options.lateAfterMs
    return runtime.current.startedAt + lateAfterMs - this.options.environment.monotonic()
  }

  private timeoutIn(runtime: StrategyRuntime): number {
    const timeoutMs = this.timeoutOf(runtime)
    // A call that still waits for its slot has not begun, so it cannot time out: look again later.
    if (runtime.calledAt === never) return timeoutMs
    return runtime.calledAt + timeoutMs - this.options.environment.monotonic()
  }
}
