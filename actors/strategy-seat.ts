import type { StrategyEvent } from '../machines/strategy.js'
import type { Deadline, Deadlines } from '../src/dispatch/deadlines.js'
import type { Delivery } from '../src/dispatch/delivery.js'
import type { Runner } from '../src/dispatch/runner.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import type { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import { OutcryError } from '../src/errors.js'

export type Hook = 'onStart' | 'onStop'

/** The effects of a strategy's machine. */
export interface StrategySeatPort {
  prepare(send: (event: StrategyEvent) => void): void
  hasHook(hook: Hook): boolean
  runHook(hook: Hook): void
  dropHook(): void
  take(): void
  park(): void
  skip(): void
  failHung(): void
  detachAll(): void
  timeOut(): void
  abandonAll(): void
  resumeParked(): void
}

export interface StrategySeatSettings {
  readonly runtime: StrategyRuntime
  readonly runner: Runner
  readonly timers: StrategyTimers
  readonly deadlines: Deadlines
  /** Milliseconds. */
  readonly hookTimeoutMs: number
  /** A strategy that is being stopped has no other way to tell. */
  readonly onStopFailed: (error: unknown) => void
}

/** Joins a strategy's actor to its runtime: runs its hooks under a timeout, and hands deliveries to the runner. */
export class StrategySeat implements StrategySeatPort {
  private send: (event: StrategyEvent) => void = () => {}
  private hookDeadline: Deadline | undefined
  /** Numbers the hooks, so that the end of one that was given up is dropped. */
  private hook = 0

  constructor(private readonly settings: StrategySeatSettings) {}

  prepare(send: (event: StrategyEvent) => void): void {
    const { runtime } = this.settings
    this.send = send
    runtime.send = send as StrategyRuntime['send']
    try {
      runtime.state = runtime.definition.state?.()
      send({ type: 'strategy.prepared' })
    } catch (error) {
      send({ type: 'strategy.failed', error })
    }
  }

  hasHook(hook: Hook): boolean {
    return this.settings.runtime.definition[hook] !== undefined
  }

  runHook(hook: Hook): void {
    const { runtime, deadlines, hookTimeoutMs } = this.settings
    this.hook += 1
    const turn = this.hook
    const end = (event: StrategyEvent): void => {
      if (turn !== this.hook) return
      this.dropHook()
      if (hook === 'onStop' && event.type === 'hook.failed') this.settings.onStopFailed(event.error)
      this.send(event)
    }
    this.hookDeadline = deadlines.add(hookTimeoutMs, () => {
      const message = `${hook} of strategy "${runtime.name}" did not settle within ${hookTimeoutMs} ms.`
      end({ type: 'hook.failed', error: new OutcryError('OUTCRY_HANDLER_TIMEOUT', message) })
    })
    try {
      const result = runtime.definition[hook]?.(runtime.context)
      if (result instanceof Promise) {
        result.then(
          () => end({ type: 'hook.ended' }),
          (error: unknown) => end({ type: 'hook.failed', error }),
        )
      } else end({ type: 'hook.ended' })
    } catch (error) {
      end({ type: 'hook.failed', error })
    }
  }

  dropHook(): void {
    this.hook += 1
    this.settings.deadlines.remove(this.hookDeadline)
    this.hookDeadline = undefined
  }

  take(): void {
    this.offered((runner, runtime, delivery) => runner.take(runtime, delivery))
  }

  park(): void {
    this.offered((runner, runtime, delivery) => runner.park(runtime, delivery))
  }

  skip(): void {
    this.offered((runner, runtime, delivery) => runner.skip(runtime, delivery))
  }

  failHung(): void {
    this.offered((runner, runtime, delivery) => runner.failHung(runtime, delivery))
  }

  detachAll(): void {
    this.settings.runner.detachAll(this.settings.runtime)
  }

  timeOut(): void {
    this.settings.runner.timeOut(this.settings.runtime)
  }

  abandonAll(): void {
    this.settings.timers.clear(this.settings.runtime)
    this.settings.runner.abandon(this.settings.runtime)
  }

  resumeParked(): void {
    this.settings.runner.resumeParked(this.settings.runtime)
  }

  /** What the actor was just told of with `chunk.deliver`. */
  private offered(use: (runner: Runner, runtime: StrategyRuntime, delivery: Delivery) => void): void {
    const { runner, runtime } = this.settings
    const delivery = runtime.offered
    runtime.offered = undefined
    if (delivery !== undefined) use(runner, runtime, delivery)
  }
}
