import type { StrategySeat as Seat } from '../machines/strategy-group.js'
import { CircuitBreaker } from '../src/breaker/circuit-breaker.js'
import type { Deadlines } from '../src/dispatch/deadlines.js'
import { checkStrategy } from '../src/dispatch/define-strategy.js'
import type { StrategyGroupHandle } from '../src/dispatch/groups.js'
import type { Router } from '../src/dispatch/router.js'
import type { Runner } from '../src/dispatch/runner.js'
import { StrategyRuntime } from '../src/dispatch/runtime.js'
import type { StrategyContext, StrategyDefinition } from '../src/dispatch/strategy.js'
import type { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import type { Environment } from '../src/environment/environment.js'
import type { EventDraft, EventInput } from '../src/events/draft.js'
import type { Receipt } from '../src/events/receipt.js'
import type { Log } from '../src/log.js'
import type { ResolvedOptions } from './engine-options.js'
import { StrategySeat } from './strategy-seat.js'

export interface StagePorts {
  readonly environment: Environment
  readonly options: ResolvedOptions
  readonly router: Router
  readonly runner: Runner
  readonly timers: StrategyTimers
  readonly deadlines: Deadlines
  readonly log: Log
  readonly publish: (event: EventDraft | EventInput, strategy: string) => Receipt
  readonly onFault: (where: string, error: unknown) => void
}

/** The strategies of one engine as the data plane holds them: who is there, and in which groups. */
export class Stage {
  readonly runtimes = new Map<string, StrategyRuntime>()
  private readonly seatsByName = new Map<string, Seat>()
  private readonly breakersByName = new Map<string, CircuitBreaker>()
  private readonly handles = new Map<string, StrategyGroupHandle>()
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

  /**
   * Takes a strategy in, as yet without an actor.
   *
   * @throws {OutcryError} OUTCRY_STRATEGY_INVALID, or OUTCRY_STRATEGY_DUPLICATE for a name that is taken.
   */
  add(definition: StrategyDefinition, path: string): Seat {
    checkStrategy(definition, path)
    const { environment, options, router, timers } = this.ports
    const runtime = new StrategyRuntime(definition, router.add(definition.name, definition.subscribe))
    try {
      runtime.breaker = this.makeBreaker(definition)
      runtime.context = this.contextOf(runtime, timers, environment)
    } catch (error) {
      router.remove(definition.name)
      throw error
    }
    this.runtimes.set(definition.name, runtime)
    const { runner, deadlines, onFault } = this.ports
    const { hookTimeoutMs } = options
    const onStopFailed = (error: unknown): void => onFault(`onStop of strategy ${definition.name}`, error)
    const seat = new StrategySeat({ runtime, runner, timers, deadlines, hookTimeoutMs, onStopFailed })
    const taken = { name: definition.name, input: { name: definition.name, runtime: seat, restart: options.restart } }
    this.seatsByName.set(definition.name, taken)
    return taken
  }

  forget(name: string): void {
    this.ports.router.remove(name)
    this.runtimes.delete(name)
    this.seatsByName.delete(name)
    this.breakersByName.delete(name)
  }

  /** The actors are gone, some of them perhaps by force: nothing that their strategies hold may outlive them. */
  close(): void {
    const { runner, timers } = this.ports
    for (const runtime of this.runtimes.values()) {
      timers.clear(runtime)
      runner.abandon(runtime)
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

  private makeBreaker({ name, breaker }: StrategyDefinition): CircuitBreaker {
    const { environment, options, onFault } = this.ports
    const made = new CircuitBreaker({
      name,
      environment,
      options: breaker ?? options.breaker,
      // Over recorded data what a strategy misses while its breaker is open must follow from the data.
      clock: environment.kind === 'data' ? 'run' : 'machine',
      onFault: (error) => onFault(`breaker:${name}`, error),
    })
    this.breakersByName.set(name, made)
    return made
  }

  private contextOf(runtime: StrategyRuntime, timers: StrategyTimers, environment: Environment): StrategyContext {
    const { publish, log } = this.ports
    const { name } = runtime
    const clock = timers.clockOf(runtime)
    return {
      name,
      clock,
      log,
      get state() {
        return runtime.state
      },
      get abort() {
        return runtime.abort
      },
      publish: (event) => publish(event, name),
      random: () => environment.random(`strategy:${name}`),
    }
  }
}
