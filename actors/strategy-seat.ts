import type { StrategyEvent } from '../machines/strategy.js'
import type { Deadline, Deadlines } from '../src/dispatch/deadlines.js'
import type { Delivery } from '../src/dispatch/delivery.js'
import { type RestartPolicy, RestartWindow } from '../src/dispatch/restart.js'
import type { Runner } from '../src/dispatch/runner.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import type { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import type { Environment } from '../src/environment/environment.js'
import { OutcryError } from '../src/errors.js'
import { isPromise, settlingOnce } from '../src/settling.js'

const WARM_UP_TIMEOUT_MS = 30_000

/** What a seat tells of its strategy. */
export interface StrategyChange {
  readonly strategy: string
  readonly change: 'ready' | 'restarting' | 'faulted' | 'stopped'
  readonly restarts: number
  /** Until the next try, where it is restarting. Milliseconds. */
  readonly waitMs: number | undefined
  readonly error: unknown
}

/** The strategy's actor, as far as its seat needs it. */
export interface SeatActor {
  send(event: StrategyEvent): void
  getSnapshot(): { readonly status: string; readonly value: unknown; readonly context: unknown }
}

/** What a strategy may have the engine call at the ends of an incarnation. */
type Hook = 'state' | 'restore' | 'onStart' | 'onStop' | 'snapshot'

export interface StrategySeatSettings {
  readonly environment: Environment
  readonly runner: Runner
  readonly timers: StrategyTimers
  readonly deadlines: Deadlines
  /** Milliseconds. */
  readonly hookTimeoutMs: number
  /** Runs a hook: what it publishes must not wait. */
  readonly handle: <T>(call: () => T, awaits: boolean) => T
  /** Makes the runtime of the next incarnation and puts it in the place of the old one. */
  readonly renew: (seat: StrategySeat) => StrategyRuntime
  readonly policyOf: (runtime: StrategyRuntime) => RestartPolicy
  /** Hands a strategy what came before it. */
  readonly warmUp: (runtime: StrategyRuntime) => Promise<void>
  /** What a hook did wrong that has no consequence but this. */
  readonly onFault: (where: string, error: unknown) => void
  readonly onChange: (change: StrategyChange) => void
  readonly onSnapshot: (strategy: string, snapshot: unknown) => void
  /** A further incarnation begins, from the last snapshot or, if that is undefined, afresh. */
  readonly onRenewed: (strategy: string, snapshot: unknown) => void
  /** An event that the actor's state had no answer to. */
  readonly onUnexpected: (actor: string, event: string) => void
}

/**
 * Joins a strategy's actor to its runtime: runs its hooks under a timeout, hands deliveries to the
 * runner, and remembers what outlives an incarnation: the last snapshot and the restarts.
 */
export class StrategySeat {
  /** The last snapshot, a copy; undefined if none was taken. */
  snapshot: unknown
  /** The actor, once it lives. */
  actor: SeatActor | undefined
  /** To be paused from its start on. */
  paused = false
  policy: RestartPolicy
  private readonly restarts = new RestartWindow()
  private waitMs = 0
  private started = false
  /** Its state is that of its last snapshot, which has what came before it. */
  private restored = false
  private prepared = false
  /** A call was under way when the incarnation was interrupted. */
  private interrupted = false
  private hookDeadline: Deadline | undefined
  /** Numbers the hooks, so that the end of one that was given up is known as such. */
  private hook = 0

  constructor(
    public runtime: StrategyRuntime,
    private readonly settings: StrategySeatSettings,
  ) {
    this.policy = settings.policyOf(runtime)
  }

  get name(): string {
    return this.runtime.name
  }

  attach(actor: SeatActor): void {
    this.actor = actor
    this.listen()
  }

  /** Makes the state of an incarnation: restored from the last snapshot where there is one, else fresh. */
  prepare(): void {
    const renewed = this.prepared
    if (renewed) {
      this.runtime = this.settings.renew(this)
      this.policy = this.settings.policyOf(this.runtime)
      this.listen()
    }
    this.prepared = true
    this.interrupted = false
    const { runtime } = this
    const { definition } = runtime
    const saved = this.snapshot
    if (renewed) this.settings.onRenewed(this.name, definition.restore === undefined ? undefined : saved)
    this.restored = saved !== undefined && definition.restore !== undefined
    if (saved === undefined || definition.restore === undefined) {
      this.run('state', () => {
        runtime.state = definition.state?.()
      })
      return
    }
    this.run(
      'restore',
      () => definition.restore?.(structuredClone(saved)),
      (state) => {
        runtime.state = state
      },
    )
  }

  runStartHook(): void {
    this.run('onStart', () => this.runtime.definition.onStart?.(this.runtime.context))
  }

  runWarmUp(): void {
    const { runtime, settings } = this
    const timeoutMs = runtime.definition.warmUp?.timeoutMs ?? WARM_UP_TIMEOUT_MS
    this.run('warmUp', () => settings.warmUp(runtime), undefined, timeoutMs)
  }

  runStopHook(): void {
    this.started = false
    this.run('onStop', () => this.runtime.definition.onStop?.(this.runtime.context))
  }

  takeSnapshot(): void {
    const { runtime } = this
    const { definition, counts } = runtime
    runtime.untilSnapshot = definition.snapshotEvery ?? Number.POSITIVE_INFINITY
    const pending = this.run(
      'snapshot',
      () => definition.snapshot?.(runtime.state),
      (snapshot) => {
        this.snapshot = structuredClone(snapshot)
        counts.snapshots += 1
        this.settings.onSnapshot(this.name, this.snapshot)
      },
    )
    // Its group must not wait for it.
    if (pending) this.settings.runner.detachAll(runtime)
  }

  dropHook(): void {
    this.hook += 1
    this.settings.deadlines.remove(this.hookDeadline)
    this.hookDeadline = undefined
  }

  becomeReady(): void {
    this.started = true
    this.tell('ready')
  }

  // What the guards ask.

  isStale(event: StrategyEvent): boolean {
    return 'hook' in event && event.hook !== this.hook
  }

  get hasStartHook(): boolean {
    return this.runtime.definition.onStart !== undefined
  }

  get hasWarmUp(): boolean {
    return this.runtime.definition.warmUp !== undefined && !this.restored
  }

  get hasStopHook(): boolean {
    return this.started && this.runtime.definition.onStop !== undefined
  }

  get canSnapshot(): boolean {
    const { definition, current, unsettled } = this.runtime
    return (
      definition.snapshot !== undefined && this.started && !this.interrupted && current === undefined && unsettled === 0
    )
  }

  get isHung(): boolean {
    return this.runtime.unsettled > 0
  }

  get isBusy(): boolean {
    return this.runtime.current !== undefined
  }

  get isLate(): boolean {
    return this.isBusy && this.runtime.late
  }

  get mayRestart(): boolean {
    return this.policy.type !== 'temporary' && this.restarts.allows(this.policy, this.now())
  }

  get backoffMs(): number {
    return this.waitMs
  }

  // What the actions ask for.

  noteRestart(): void {
    const { environment } = this.settings
    const chance = this.policy.jitter === 0 ? 0.5 : environment.random(`restart:${this.name}`)
    this.waitMs = this.restarts.note(this.policy, this.now(), chance)
    this.runtime.counts.restarts += 1
  }

  forgetRestarts(): void {
    this.restarts.clear()
  }

  tell(change: StrategyChange['change'], error?: unknown): void {
    const waitMs = change === 'restarting' ? this.waitMs : undefined
    const { restarts } = this.runtime.counts
    this.settings.onChange({ strategy: this.name, change, restarts, waitMs, error })
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

  skipParked(): void {
    this.settings.runner.skipParked(this.runtime)
  }

  failHung(): void {
    this.offered((runner, runtime, delivery) => runner.failHung(runtime, delivery))
  }

  detachAll(): void {
    this.settings.runner.detachAll(this.runtime)
  }

  timeOut(): void {
    this.settings.runner.timeOut(this.runtime)
  }

  interrupt(): void {
    this.interrupted = this.runtime.hangs || this.isBusy
    this.settings.timers.clear(this.runtime)
    this.settings.runner.interrupt(this.runtime)
  }

  abandonAll(): void {
    this.settings.timers.clear(this.runtime)
    this.settings.runner.abandon(this.runtime)
  }

  /**
   * A call that was given up may go on for long, and its successor, if there is one, may begin late:
   * in between it must set no timer and publish nothing. What its last hook has set is over with it.
   */
  leave(): void {
    this.runtime.retired = true
    this.settings.timers.clear(this.runtime)
  }

  resumeParked(): void {
    // From now on it may hold up its group, unless it still does what made it late.
    if (!this.isBusy && !this.isHung) this.runtime.late = false
    this.settings.runner.resumeParked(this.runtime)
  }

  unexpected(actor: string, event: string): void {
    this.settings.onUnexpected(actor, event)
  }

  private listen(): void {
    const { actor } = this
    if (actor !== undefined) this.runtime.send = (notice) => actor.send(notice)
  }

  /** The data's clock decides over recorded data; else no step of the wall clock may forget a restart. */
  private now(): number {
    const { environment } = this.settings
    return environment.kind === 'data' ? environment.now() : environment.monotonic()
  }

  /** Runs a hook under its timeout. True if its promise is awaited. */
  private run<T>(
    what: Hook | 'warmUp',
    call: () => T | Promise<T>,
    keep: (value: T) => void = () => {},
    timeoutMs = this.settings.hookTimeoutMs,
  ): boolean {
    const { deadlines, handle } = this.settings
    this.dropHook()
    const hook = this.hook
    const ended = (value: T): void => {
      if (hook !== this.hook) return
      try {
        keep(value)
      } catch (error) {
        failed(error)
        return
      }
      this.settle({ type: 'hook.ended', hook })
    }
    const failed = (error: unknown): void => {
      if (hook !== this.hook) return
      this.failed(what, error)
      this.settle({ type: 'hook.failed', hook, error })
    }
    try {
      const hookOf = this.runtime.definition[what]
      const result = handle(call, hookOf?.constructor.name === 'AsyncFunction')
      if (!isPromise<T>(result)) {
        ended(result)
        return false
      }
      this.hookDeadline = deadlines.add(timeoutMs, () => {
        const message = `${what} of strategy "${this.name}" did not settle within ${timeoutMs} ms.`
        failed(new OutcryError('OUTCRY_HANDLER_TIMEOUT', message))
      })
      settlingOnce(result).then(ended, failed)
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }

  private settle(event: StrategyEvent): void {
    this.settings.deadlines.remove(this.hookDeadline)
    this.hookDeadline = undefined
    this.actor?.send(event)
  }

  private failed(what: string, error: unknown): void {
    // A snapshot that cannot be restored must not fail the next try as well.
    if (what === 'restore') this.snapshot = undefined
    // A failure to start has consequences of its own.
    if (what !== 'state' && what !== 'onStart' && what !== 'warmUp')
      this.settings.onFault(`${what} of strategy ${this.name}`, error)
  }

  /** What the actor was just told of with `chunk.deliver`. */
  private offered(use: (runner: Runner, runtime: StrategyRuntime, delivery: Delivery) => void): void {
    const { runtime } = this
    const delivery = runtime.offered
    runtime.offered = undefined
    if (delivery !== undefined) use(this.settings.runner, runtime, delivery)
  }
}
