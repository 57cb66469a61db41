import type { StrategySeat as Seat } from '../machines/strategy-group.js'
import { CircuitBreaker } from '../src/breaker/circuit-breaker.js'
import type { BreakerClockKind } from '../src/breaker/clock.js'
import type { BreakerOptions } from '../src/breaker/policy.js'
import type { SavedBreaker } from '../src/breaker/saved.js'
import { checkStrategy } from '../src/dispatch/define-strategy.js'
import type { StrategyGroupHandle } from '../src/dispatch/groups.js'
import { normalize } from '../src/dispatch/interest.js'
import { LiveContext } from '../src/dispatch/live-context.js'
import { type RestartPolicy, restartPolicy } from '../src/dispatch/restart.js'
import { type StrategyCounts, StrategyRuntime } from '../src/dispatch/runtime.js'
import type { StrategyContext, StrategyDefinition } from '../src/dispatch/strategy.js'
import type { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import { refusalOf, UNKNOWN, unknownTypes } from '../src/dispatch/unknown-types.js'
import type { Environment } from '../src/environment/environment.js'
import { OutcryError } from '../src/errors.js'
import { BreakerBoard } from './breaker-board.js'
import type { StagePorts } from './stage-ports.js'
import { type StrategyChange, StrategySeat } from './strategy-seat.js'

/** What takes a strategy's place, until its actor takes it up. */
interface Replacement {
  readonly definition: StrategyDefinition
  readonly breaker: CircuitBreaker
}

/** Unknown types that are warned of. */
const MAX_STRANGERS = 100

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The strategies of one engine as the data plane holds them: who is there, and in which groups. */
export class Stage {
  readonly runtimes = new Map<string, StrategyRuntime>()
  private readonly seatsByName = new Map<string, Seat>()
  private readonly breakersByName = new Map<string, CircuitBreaker>()
  /** The read model of all breakers. */
  readonly board = new BreakerBoard()
  private readonly inputs = new Map<string, StrategySeat>()
  private readonly replacements = new Map<string, Replacement>()
  private readonly waiters = new Map<string, Waiter[]>()
  private readonly leaving = new Map<string, (() => void)[]>()
  /** The last snapshot of each strategy, kept when the engine stops and forgotten when the strategy is removed. */
  readonly snapshots = new Map<string, unknown>()
  /** What each strategy came to, kept and forgotten likewise. */
  readonly counts = new Map<string, StrategyCounts>()
  /** The engine stops: who leaves now was not removed. */
  ending = false
  /** What strategies publish goes nowhere, as they see again what they have seen before. */
  silent = false
  private readonly guarded = new Set<string>()
  private readonly handles = new Map<string, StrategyGroupHandle>()
  /** Types that were subscribed to and are not known; each is warned of once. */
  private readonly strangers = new Set<string>()
  private order: readonly string[] = []
  private current: readonly StrategyGroupHandle[] = []

  constructor(private readonly ports: StagePorts) {}

  /** The groups in the order in which they step. */
  get groups(): readonly StrategyGroupHandle[] {
    return this.current
  }

  get seats(): readonly Seat[] {
    return [...this.seatsByName.values()]
  }

  get breakers(): readonly CircuitBreaker[] {
    return [...this.breakersByName.values()]
  }

  breaker(name: string): CircuitBreaker | undefined {
    return this.breakersByName.get(name)
  }

  /** Where a strategy's actor and its data plane meet. */
  seat(name: string): StrategySeat | undefined {
    return this.inputs.get(name)
  }

  /**
   * Takes a strategy in, as yet without an actor.
   *
   * @throws {OutcryError} OUTCRY_STRATEGY_INVALID, or OUTCRY_STRATEGY_DUPLICATE for a name that is taken.
   */
  add(definition: StrategyDefinition, path: string): Seat {
    checkStrategy(definition, path)
    this.checkWarmUp(definition, path)
    this.checkTypes(definition, path)
    if (this.guarded.has(definition.name)) {
      const message = `${path}.name is "${definition.name}", which is the name of what the engine guards itself.`
      throw new OutcryError('OUTCRY_STRATEGY_DUPLICATE', message, { path: `${path}.name`, value: definition.name })
    }
    const { router, runner, timers, deadlines, environment, options, onFault, onChange, onUnexpected } = this.ports
    const { name } = definition
    const runtime = new StrategyRuntime(definition, router.add(name, definition.subscribe))
    let breaker: CircuitBreaker
    try {
      breaker = this.makeBreaker(definition)
    } catch (error) {
      router.remove(name)
      throw error
    }
    this.enterBreaker(breaker)
    this.furnish(runtime, breaker)
    this.runtimes.set(name, runtime)
    this.counts.set(name, runtime.counts)
    const seat = new StrategySeat(runtime, {
      environment,
      runner,
      timers,
      deadlines,
      hookTimeoutMs: options.hookTimeoutMs,
      handle: this.ports.handle,
      renew: (asking) => this.renew(asking),
      policyOf: (of) => this.policyOf(of),
      warmUp: async (warming) => this.ports.warmUp?.(warming),
      onFault,
      onChange: (change) => {
        this.changed(change)
        onChange(change)
      },
      onSnapshot: (strategy, snapshot) => {
        this.snapshots.set(strategy, snapshot)
        this.ports.onSnapshot(strategy, snapshot)
      },
      onRenewed: (strategy, snapshot) => this.ports.onSnapshot(strategy, snapshot),
      onUnexpected,
    })
    this.inputs.set(name, seat)
    const taken: Seat = {
      name,
      input: {
        name,
        runtime: seat,
        get paused() {
          return seat.paused
        },
      },
    }
    this.seatsByName.set(name, taken)
    return taken
  }

  /**
   * Keeps a definition ready to take the place of another of its name.
   *
   * @throws {OutcryError} OUTCRY_STRATEGY_INVALID or OUTCRY_OPTION_INVALID; then nothing has changed.
   */
  replace(definition: StrategyDefinition): void {
    checkStrategy(definition, 'strategy')
    this.checkWarmUp(definition, 'strategy')
    this.checkTypes(definition, 'strategy')
    this.replacements.set(definition.name, { definition, breaker: this.makeBreaker(definition) })
    const seat = this.inputs.get(definition.name)
    // Without an actor there is nobody to stop first.
    if (seat !== undefined && seat.actor === undefined) seat.runtime = this.renew(seat)
  }

  /** Resolves when the strategy is ready next; rejects if it is given up, or goes, before that. */
  whenReady(name: string): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.waiters.set(name, [...(this.waiters.get(name) ?? []), { resolve, reject }])
    })
    // Whoever does not wait for it hears of a failure by the engine's faults.
    ready.catch(() => {})
    return ready
  }

  /** Resolves when the strategy has been forgotten, with its snapshot. */
  whenGone(name: string): Promise<void> {
    return new Promise((resolve) => {
      const gone = (): void => {
        this.snapshots.delete(name)
        this.counts.delete(name)
        this.ports.onForgotten(name)
        resolve()
      }
      this.leaving.set(name, [...(this.leaving.get(name) ?? []), gone])
    })
  }

  /** It did not come after all. */
  forgetWaiter(name: string): void {
    this.waiters.get(name)?.pop()
  }

  forget(name: string): void {
    this.ports.router.remove(name)
    const runtime = this.runtimes.get(name)
    if (runtime !== undefined) runtime.retired = true
    this.runtimes.delete(name)
    if (!this.ending) this.counts.delete(name)
    this.seatsByName.delete(name)
    this.inputs.delete(name)
    this.replacements.delete(name)
    this.breakersByName.delete(name)
    this.board.leave(name)
    this.ports.onBreaker(name)
    this.release(name, new OutcryError('OUTCRY_ENGINE_STOPPED', `Strategy "${name}" was removed.`))
    const leaving = this.leaving.get(name)
    this.leaving.delete(name)
    for (const gone of leaving ?? []) gone()
  }

  /** The actors are gone, some of them perhaps by force: nothing that their strategies hold may outlive them. */
  close(): void {
    const { runner, timers } = this.ports
    for (const runtime of this.runtimes.values()) {
      timers.clear(runtime)
      runner.abandon(runtime)
      runtime.retired = true
    }
    const stopped = new OutcryError('OUTCRY_ENGINE_STOPPED', 'The engine stopped before the strategy was ready.')
    for (const name of [...this.waiters.keys()]) this.release(name, stopped)
    for (const name of [...this.leaving.keys()]) this.forget(name)
  }

  /** A mistyped type would be waited for in vain; one that is only not known yet may come with its first event. */
  private checkTypes({ name, subscribe }: StrategyDefinition, path: string): void {
    for (const unknown of unknownTypes(subscribe, this.ports.types)) {
      const refusal = refusalOf(unknown, path)
      if (refusal !== undefined) throw refusal
      const { selector } = unknown
      if (this.strangers.has(selector) || this.strangers.size >= MAX_STRANGERS) continue
      this.strangers.add(selector)
      this.ports.log.warn({ strategy: name, type: selector }, `${UNKNOWN}: list its definition in the option events`)
    }
  }

  private checkWarmUp({ warmUp }: StrategyDefinition, path: string): void {
    if (warmUp === undefined || this.ports.warmUp !== undefined) return
    const message = `${path}.warmUp: there is no history to warm up from: make the engine with the option history`
    throw new OutcryError('OUTCRY_STRATEGY_INVALID', message, { path: `${path}.warmUp`, value: warmUp })
  }

  /** The runtime of a strategy's next incarnation, in the place of the last one's. */
  private renew(seat: StrategySeat): StrategyRuntime {
    const { router, runner, timers } = this.ports
    const old = seat.runtime
    const { name } = old
    const replacement = this.replacements.get(name)
    this.replacements.delete(name)
    const definition = replacement?.definition ?? old.definition
    let { interest } = old
    if (normalize(definition.subscribe).key !== interest.key) {
      router.remove(name)
      interest = router.add(name, definition.subscribe)
    }
    const next = new StrategyRuntime(definition, interest, old)
    const breaker = replacement?.breaker ?? this.breakersByName.get(name)
    this.furnish(next, breaker)
    timers.clear(old)
    runner.inherit(old, next)
    old.retired = true
    old.send = () => {}
    this.runtimes.set(name, next)
    for (const handle of this.handles.values()) {
      const { members } = handle
      if (members.includes(old)) handle.members = members.map((member) => (member === old ? next : member))
    }
    if (replacement !== undefined) {
      this.enterBreaker(replacement.breaker)
      this.ports.onBreaker(name)
    }
    return next
  }

  private furnish(runtime: StrategyRuntime, breaker: CircuitBreaker | undefined): void {
    const { environment, timers } = this.ports
    const { snapshot, snapshotEvery } = runtime.definition
    runtime.breaker = breaker
    runtime.context = this.contextOf(runtime, timers, environment)
    const { afterFailures } = this.policyOf(runtime)
    if (afterFailures > 0) runtime.crashAfter = afterFailures
    if (snapshot !== undefined && snapshotEvery !== undefined) runtime.untilSnapshot = snapshotEvery
  }

  private policyOf(runtime: StrategyRuntime): RestartPolicy {
    return restartPolicy(runtime.definition.restart, this.ports.options.restart)
  }

  private changed({ strategy, change, error }: StrategyChange): void {
    if (change === 'ready') this.release(strategy)
    else if (change === 'faulted') this.release(strategy, error)
  }

  private release(name: string, error?: unknown): void {
    const waiting = this.waiters.get(name)
    if (waiting === undefined) return
    this.waiters.delete(name)
    for (const { resolve, reject } of waiting) {
      if (error === undefined) resolve()
      else reject(error)
    }
  }

  publishMembers(group: string, handle: StrategyGroupHandle): void {
    this.handles.set(group, handle)
    this.arrange()
  }

  publishGroups(names: readonly string[]): void {
    this.order = names
    for (const name of this.handles.keys()) if (!names.includes(name)) this.handles.delete(name)
    this.arrange()
  }

  private arrange(): void {
    this.current = this.order.map((name) => this.handles.get(name)).filter((handle) => handle !== undefined)
  }

  /**
   * A breaker that guards something other than a strategy: real work, so it follows the machine's clock.
   * Two that are asked for by one name are one, as what they guard is.
   *
   * @param onMoved told after each of its moves
   * @throws {OutcryError} OUTCRY_OPTION_INVALID for options that cannot be used.
   */
  guard(name: string, breaker: BreakerOptions, onMoved?: () => void): CircuitBreaker {
    const known = this.guarded.has(name) ? this.breakersByName.get(name) : undefined
    if (known !== undefined) return known
    const made = this.makeBreaker({ name, breaker }, 'machine', onMoved)
    this.enterBreaker(made)
    this.guarded.add(name)
    return made
  }

  /** Takes over a breaker's state from an earlier run. One that no longer fits begins closed. */
  restoreBreaker(saved: SavedBreaker): void {
    const breaker = this.breakersByName.get(saved.name)
    if (breaker === undefined) return
    try {
      breaker.restore(saved)
      this.board.enter(breaker)
    } catch (error) {
      this.ports.onFault(`breaker:${saved.name}`, error)
    }
  }

  private makeBreaker(
    { name, breaker }: Pick<StrategyDefinition, 'name' | 'breaker'>,
    clock?: BreakerClockKind,
    onMoved?: () => void,
  ): CircuitBreaker {
    const { environment, options, onFault } = this.ports
    const made: CircuitBreaker = new CircuitBreaker({
      name,
      environment,
      options: breaker ?? options.breaker,
      // Over recorded data what a strategy misses while its breaker is open must follow from the data.
      clock: clock ?? (environment.kind === 'data' ? 'run' : 'machine'),
      onFault: (error) => onFault(`breaker:${name}`, error),
      onUnexpected: this.ports.onUnexpected,
      onMove: (move) => {
        this.board.moved(made, move)
        if (move.cause !== 'started') this.ports.onBreakerMoved(made.save())
        onMoved?.()
      },
    })
    return made
  }

  private enterBreaker(breaker: CircuitBreaker): void {
    this.breakersByName.set(breaker.name, breaker)
    this.board.enter(breaker)
  }

  private contextOf(runtime: StrategyRuntime, timers: StrategyTimers, environment: Environment): StrategyContext {
    const { publish, refuse, log } = this.ports
    const { name } = runtime
    const clock = timers.clockOf(runtime)
    const fixed: Omit<StrategyContext, 'state' | 'abort'> = {
      name,
      clock,
      log,
      publish: (event) => {
        if (this.silent) return { status: 'duplicate', id: (event as { id?: string }).id ?? '' }
        if (!runtime.warmingUp) return runtime.retired ? refuse(event) : publish(event, runtime)
        runtime.counts.withheld += 1
        return refuse(event)
      },
      random: () => environment.random(`strategy:${name}`),
      finish: () => {
        if (!runtime.retired) runtime.send({ type: 'strategy.finished' })
      },
    }
    return Object.assign(new LiveContext(runtime), fixed)
  }
}
