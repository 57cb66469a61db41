import { createEngine, type Engine, type EngineOptions, type StrategyDefinition, trapRealTime } from 'outcry'
import type { CircuitBreaker } from 'outcry/actors'
import { Chance } from './chance.js'
import { Dependency } from './dependency.js'
import { Disk } from './disk.js'
import { HealingBreakers, onTheirWay, PROBE_EVERY_MS, ROUNDS_AT_LEAST } from './healing.js'
import { symbolOf } from './inputs.js'
import { Life } from './life.js'
import type { Invariant, LifeParts, MakeEngine, Mutate } from './life-parts.js'
import type { Marks } from './marks.js'
import { Promises } from './oracles/durability.js'
import { restless } from './oracles/rest.js'
import { PROBES } from './probes.js'
import { endOfTrouble, type Fault, type InputStep, type Scenario } from './scenario.js'
import { strategyOf } from './strategies.js'
import type { Plane } from './subject.js'
import { TimerWatch } from './timer-watch.js'
import { Trace } from './trace.js'
import type { Violation } from './violation.js'
import { MutantBroken, messageOf, RunOver, World } from './world.js'

/** Known bugs to be put in. */
export interface Mutations {
  readonly engine?: Mutate
  readonly breaker?: (breaker: CircuitBreaker) => void
}

export interface RunOptions {
  /** Makes the engine under test. Default: one of the scenario's own options, strategies and sinks. */
  readonly createEngine?: MakeEngine
  readonly invariants?: readonly Invariant[]
  readonly mutations?: Mutations
  readonly trace?: Trace
  /** Input that is too long to be held, in place of the scenario's own; it ends by `untilMs`. */
  readonly input?: { readonly steps: Iterable<InputStep>; readonly untilMs: number }
  /** Report real time and chance. Default true; only one run at a time may. */
  readonly trapRealTime?: boolean
}

export interface RunResult {
  readonly seed: number
  readonly scenario: string
  readonly digest: string
  /** Records of the input. */
  readonly events: number
  /** Timers and turns of the event loop. */
  readonly steps: number
  /** Virtual milliseconds. */
  readonly elapsedMs: number
  readonly violations: readonly Violation[]
}

export interface Run {
  readonly result: RunResult
  readonly marks: Marks
  readonly trace: Trace
}

/** How a host goes on after its engine has failed. Milliseconds. */
const AFTER_FAILURE = { drain: false, timeoutMs: 1_000, forMs: 10 } as const

const COMMAND_MARKS = {
  pause: 'strategy-paused',
  restart: 'strategy-restarted-by-hand',
  replace: 'strategy-replaced',
} as const

/** The engine of a scenario that brings its own options. */
const ownEngine =
  (scenario: Scenario): MakeEngine =>
  ({ environment, mortal, strategies, sinks, feed, logger, inspect, journal }: LifeParts): Engine =>
    createEngine({
      ...(scenario.engine as EngineOptions),
      environment: mortal ?? environment,
      strategies,
      sinks,
      feeds: [feed],
      logger,
      ...(inspect === undefined ? {} : { inspect }),
      ...(journal === undefined ? {} : { journal }),
    })

/** One scenario, played to its end. */
class Play {
  readonly world: World
  private life: Life | undefined
  /** Where there is a journal: what it is kept on, and what was promised. */
  private readonly disk: Disk | undefined
  private readonly promises = new Promises()
  private dependency: Dependency | undefined
  private paused = 0
  /** Records put in so far. */
  records = 0
  private readonly strategies: readonly StrategyDefinition[]
  private readonly unordered: boolean

  constructor(
    private readonly scenario: Scenario,
    private readonly options: RunOptions,
    trace: Trace,
  ) {
    this.world = new World(scenario, trace)
    this.unordered = scenario.world.shuffleTies || scenario.faults.some(({ kind }) => kind === 'clock')
    this.world.onStep = () => this.life?.check()
    this.world.trouble.halt = (symbol, forMs) => this.life?.halt(symbol, forMs)
    const { world } = this
    const { trouble } = world
    const later = (ms: number, then: () => void): void => world.later(ms, then)
    if (scenario.journal === true) this.disk = new Disk({ trouble, later, chance: new Chance(scenario.seed, 'disk') })
    const wait = (ms: number): Promise<void> => {
      const { life } = this
      return new Promise((resolve) =>
        world.later(ms, () => {
          if (life?.killed !== true) resolve()
        }),
      )
    }
    const timers = new TimerWatch(world, () => this.life, this.unordered)
    const timer = (name: string, delayMs: number, of: object) => timers.set(name, delayMs, of)
    this.strategies = scenario.strategies.map((plan) => strategyOf(plan, { wait, timer }) as StrategyDefinition)
  }

  async toEnd(): Promise<void> {
    const { world, scenario, options } = this
    const end = Math.max(endOfTrouble(scenario), options.input?.untilMs ?? 0)
    if (scenario.dependency !== undefined)
      this.dependency = new Dependency(world, scenario.dependency, options.mutations ?? {})
    this.schedule()
    await this.begin()
    while (world.environment.monotonic() < end) {
      await world.turn(end, () => this.restart !== undefined || this.crash !== undefined || this.life?.failed === true)
      await this.crashed()
      await this.restarted()
    }
    await this.recover()
    await this.life?.stop(true, this.life.subject.plane.options.stopTimeoutMs)
    this.dependency?.stop()
    const { size } = this.promises.owed
    if (size > 0) world.violation('correctness', 'durability', `${size} events were accepted and never handled`)
    await world.turn(world.environment.monotonic() + 10_000)
    const left = world.environment.pending()
    if (left > 0) world.violation('correctness', 'end', `${left} timers are left when all is over`)
  }

  private restart: Extract<Fault, { kind: 'restart' }> | undefined
  private crash: Extract<Fault, { kind: 'crash' }> | undefined

  /** The process is killed at once; what is not on the disk is gone, and another process begins. */
  private async crashed(): Promise<void> {
    const { world, life, crash, disk } = this
    this.crash = undefined
    if (crash === undefined || disk === undefined) return
    if (life !== undefined && !life.ended) {
      world.marks.sometimes('engine-crashed')
      life.kill()
    }
    await disk.crash()
    await world.turn(world.environment.monotonic() + crash.forMs)
    await this.begin()
  }

  private async restarted(): Promise<void> {
    const { world, life } = this
    // A host that sees its engine fail makes another one.
    if (life?.failed === true) world.marks.sometimes('engine-failed')
    const restart = life?.failed === true ? AFTER_FAILURE : this.restart
    this.restart = undefined
    if (restart === undefined) return
    await life?.stop(restart.drain, restart.timeoutMs)
    await world.turn(world.environment.monotonic() + restart.forMs)
    world.marks.sometimes('engine-restarted')
    await this.begin()
  }

  private async begin(): Promise<void> {
    const { world, scenario, options } = this
    const make = options.createEngine ?? ownEngine(scenario)
    const { disk, promises } = this
    const kept = disk === undefined ? undefined : { disk, promises, journal: await disk.take() }
    this.life = new Life(world, make, this.strategies, options.mutations?.engine, options.invariants ?? [], kept)
    this.paused = 0
    await this.life.start()
  }

  /** Faults off: everything is handled and every breaker closes, in bounded time. */
  private async recover(): Promise<void> {
    const { world, scenario } = this
    const { environment } = world
    world.trouble.heal()
    world.trace.note('healed')
    await this.crashed()
    await this.restarted()
    if (this.life === undefined || this.life.ended) await this.begin()
    const { life } = this
    if (life === undefined || life.ended) {
      world.violation('liveness', 'recovery', 'a healed engine does not start')
      return
    }
    const { plane, strategies, engine } = life.subject
    engine.resume()
    life.resetAll()
    for (const { name } of strategies) life.command(name, 'resume')
    // Whoever was given up stays so until somebody starts it again.
    for (const { name, state } of engine.strategies.list()) if (state === 'faulted') life.command(name, 'restart')
    for (const { name } of strategies)
      if (plane.stage.breaker(name)?.state === 'isolated') plane.stage.breaker(name)?.reset()
    if (this.dependency?.breaker.state === 'isolated') this.dependency.breaker.reset()
    let probes = 0
    const breakers = new HealingBreakers(life.subject)
    const healMs = Math.max(scenario.healMs, breakers.closingMs)
    const until = environment.monotonic() + healMs
    for (let round = 0; environment.monotonic() < until && breakers.wantRound(round); round++) {
      // Every kind at first, then one kind a round: enough for a breaker's probes, and cheap.
      const kinds = round < ROUNDS_AT_LEAST ? PROBES : PROBES.slice(round % PROBES.length, (round % PROBES.length) + 1)
      for (const probe of kinds) {
        for (let at = 0; at < 8; at++) {
          probes += 1
          life.publish({ ...probe, id: `p${probes}`, symbol: symbolOf(at) }, 'offer')
        }
      }
      this.dependency?.call(1, 'ok')
      await world.turn(environment.monotonic() + PROBE_EVERY_MS)
    }
    if (
      !(await world.await(
        life.feed.broken ? engine.finished() : engine.drain(),
        Math.max(1, until - environment.monotonic()),
      ))
    ) {
      const { events, derived, deliveries } = engine.ledger()
      const left = `${events.queued + derived.queued} queued, ${deliveries.inFlight} deliveries in flight`
      world.violation('liveness', 'recovery', `the healed engine did not drain within ${healMs} ms: ${left}`)
    } else for (const actor of restless(life.subject)) world.violation('correctness', 'states', `at rest ${actor}`)
    while (onTheirWay(engine).length > 0 && environment.monotonic() < until)
      await world.turn(environment.monotonic() + PROBE_EVERY_MS)
    for (const { name, state } of onTheirWay(engine))
      world.violation('liveness', 'recovery', `the healed strategy ${name} is still ${state}`)
    // A sink's breaker may have to cool down first.
    const waiting = (): readonly Plane['outboxes'][number][] => plane.outboxes.filter(({ unsettled }) => unsettled > 0)
    while (waiting().length > 0 && environment.monotonic() < until)
      await world.turn(environment.monotonic() + PROBE_EVERY_MS)
    for (const { sink, unsettled } of waiting())
      world.violation('liveness', 'recovery', `the healed sink ${sink.name} still has ${unsettled} signals to write`)
    const stuck = breakers.stuck()
    if (stuck.length > 0) world.violation('liveness', 'recovery', `healed breakers did not close: ${stuck.join(', ')}`)
    if (life.pendingPublishes > 0)
      world.violation('liveness', 'recovery', `${life.pendingPublishes} publishers still wait for a drained queue`)
  }

  private schedule(): void {
    const { world, scenario } = this
    this.feedInput()
    for (const fault of scenario.faults) {
      if ('atMs' in fault) {
        world.at(fault.atMs, () => {
          world.trace.note(`fault ${fault.kind}`)
          this.strike(fault)
        })
      }
    }
  }

  /** Puts the input in group by group: one timer is pending, not one a record. */
  private feedInput(): void {
    const { world } = this
    const steps = (this.options.input?.steps ?? this.scenario.events)[Symbol.iterator]()
    let next = steps.next()
    const arm = (): void => {
      if (next.done !== true) world.at(next.value.atMs, put)
    }
    const put = (): void => {
      const now = next.done === true ? 0 : next.value.atMs
      for (; next.done !== true && next.value.atMs <= now; next = steps.next()) {
        this.records += 1
        this.life?.publish(next.value.input, next.value.via)
      }
      arm()
    }
    arm()
  }

  private strike(fault: Extract<Fault, { atMs: number }>): void {
    const { world, life } = this
    const { marks } = world
    switch (fault.kind) {
      case 'clock':
        marks.sometimes(fault.byMs < 0 ? 'clock-set-back' : 'clock-jumped')
        world.environment.jump(fault.byMs)
        return
      case 'stall':
        marks.sometimes('loop-stalled')
        world.spend(fault.ms)
        return
      case 'restart':
        this.restart = fault
        return
      case 'crash':
        this.crash = fault
        return
      case 'pause':
        this.paused += 1
        life?.engine.pause()
        world.later(fault.forMs, () => {
          this.paused -= 1
          // Pauses may overlap: the last one to end counts.
          if (this.paused <= 0) this.life?.engine.resume()
        })
        return
      case 'breaker': {
        const breaker = life?.subject.plane.stage.breaker(fault.strategy)
        breaker?.[fault.action]()
        world.later(fault.forMs, () => breaker?.reset())
        return
      }
      case 'redrive':
        // Another may be running, or the engine may have ended: neither is a fault of this one.
        life?.subject.plane.deadLetters.redrive({}, { limit: fault.limit }).catch(() => {})
        return
      case 'discard':
        life?.subject.plane.deadLetters.discard({})
        return
      case 'visitor':
        this.visit(fault)
        return
      case 'halt':
        life?.halt(fault.symbol, fault.forMs)
        return
      case 'strategy':
        this.command(fault)
    }
  }

  private command({ strategy, action, forMs }: Extract<Fault, { kind: 'strategy' }>): void {
    const { world, life } = this
    if (life === undefined || !life.command(strategy, action)) return
    world.marks.sometimes(COMMAND_MARKS[action])
    if (action === 'pause') world.later(forMs, () => life.command(strategy, 'resume'))
  }

  private visit({ types, forMs }: Extract<Fault, { kind: 'visitor' }>): void {
    const { world, life } = this
    if (life === undefined || life.ended) return
    const leave = life.engine.subscribe(types, () => {})
    world.marks.sometimes('strategy-came-and-went')
    world.later(forMs, leave)
  }
}

/** Plays a scenario and says what came of it. It follows from the scenario alone. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Run> {
  const trace = options.trace ?? new Trace()
  const play = new Play(scenario, options, trace)
  const { world } = play
  const release = options.trapRealTime === false ? () => {} : trapRealTime(world.realTime)
  const rejected = (error: unknown): void =>
    world.violation('crash', 'promises', `a promise was rejected and nobody cared: ${messageOf(error)}`)
  process.on('unhandledRejection', rejected)
  try {
    await play.toEnd()
  } catch (error) {
    if (error instanceof MutantBroken) throw error
    if (!(error instanceof RunOver))
      world.violation('crash', 'run', messageOf(error), error instanceof Error ? error.stack : undefined)
  } finally {
    process.off('unhandledRejection', rejected)
    release()
  }
  const { environment, violations, marks } = world
  const result: RunResult = {
    seed: scenario.seed,
    scenario: scenario.name,
    digest: trace.hex(),
    events: play.records,
    steps: environment.steps,
    elapsedMs: Math.round(environment.monotonic()),
    violations,
  }
  return { result, marks, trace }
}
