import type { Engine, EngineOptions, Receipt, SignalEvent, Sink, StrategyChange, StrategyDefinition } from 'outcry'
import { portOf } from 'outcry/actors'
import { SimulatedFeed } from './feed.js'
import { bounds } from './oracles/bounds.js'
import { conflation } from './oracles/conflation.js'
import { conservation } from './oracles/conservation.js'
import { deliveries } from './oracles/deliveries.js'
import { expiry } from './oracles/expiry.js'
import { halts } from './oracles/halts.js'
import { inputs } from './oracles/inputs.js'
import { order } from './oracles/order.js'
import { pauses } from './oracles/pauses.js'
import { priority } from './oracles/priority.js'
import { rates } from './oracles/rates.js'
import { receipts } from './oracles/receipts.js'
import { figures } from './oracles/rest.js'
import { restarts } from './oracles/restarts.js'
import { shutdown } from './oracles/shutdown.js'
import { skips } from './oracles/skips.js'
import { tally } from './oracles/tally.js'
import { Chorus, watchStrategies } from './seams.js'
import { simulatedSink } from './sinks.js'
import type { Call, Command, Oracle, Plane, Subject } from './subject.js'
import { MutantBroken, messageOf, type World } from './world.js'

/** Parts of the world that an engine is made with. */
export interface LifeParts {
  readonly environment: World['environment']
  readonly strategies: readonly StrategyDefinition[]
  readonly sinks: readonly Sink[]
  readonly feed: SimulatedFeed
  readonly logger: NonNullable<EngineOptions['logger']>
  /** Undefined where no fault is about it: an inspector costs. */
  readonly inspect: EngineOptions['inspect']
}

export type MakeEngine = (parts: LifeParts) => Engine
/** Changes a production path of an engine before anybody watches it. */
export type Mutate = (plane: Plane, engine: Engine) => void
/**
 * A rule of the user's own. It is set up for each engine that is made, tells what is wrong by `fail`,
 * and may return a function that looks at everything after each step.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a rule that only listens has no return statement.
export type Invariant = (engine: Engine, fail: (message: string) => void) => (() => void) | void

/** How long past its timeout a stop may take, beside what code is charged with. Virtual milliseconds. */
const STOP_GRACE_MS = 100

/** When a host tries again what found no room. Virtual milliseconds. */
const RETRY_AFTER_MS = 20

/** One engine from its making to its end, with everything that watches it. */
export class Life {
  readonly engine: Engine
  readonly subject: Subject
  readonly feed: SimulatedFeed
  /** Publishes that have no receipt yet. */
  pendingPublishes = 0
  /** Receipts of offers and publishes so far. */
  private answered = 0
  /** Symbols halted, `undefined` for the engine: with how many halts are under way. */
  private readonly halting = new Map<string | undefined, number>()
  ended = false
  /** No part had to be left behind when it stopped. */
  private inOrder = false
  private readonly chorus: Chorus

  constructor(
    readonly world: World,
    make: MakeEngine,
    strategies: readonly StrategyDefinition[],
    mutate: Mutate | undefined,
    invariants: readonly Invariant[],
  ) {
    const { environment, scenario, trouble, marks, trace } = world
    const fail = (oracle: string, message: string): void => world.violation('correctness', oracle, message)
    this.feed = new SimulatedFeed({ trouble, marks, later: (ms, then) => world.later(ms, then) })
    const started = new Set<string>()
    const sinks = scenario.sinks.map((name) =>
      simulatedSink(
        name,
        trouble,
        (message) => fail('sinks', `sink ${name} ${message}`),
        () => this.ended,
        () => marks.sometimes('sink-retried'),
        (signals) => this.chorus.written(name, signals),
      ),
    )
    const inspect = scenario.faults.some(({ kind }) => kind === 'inspector') ? this.inspector() : undefined
    this.engine = make({ environment, strategies, sinks, feed: this.feed, logger: this.logger(), inspect })
    const { plane } = portOf(this.engine)
    try {
      mutate?.(plane, this.engine)
    } catch (error) {
      throw new MutantBroken(messageOf(error))
    }
    // Time passes in a chunk before anybody is told of it.
    plane.audit.add({ dispatched: () => world.chargeChunk() })
    this.subject = {
      engine: this.engine,
      plane,
      environment,
      scenario,
      marks,
      fail,
      strategies: [...plane.stage.runtimes.values()],
    }
    this.chorus = new Chorus(this.oracles())
    this.chorus.attach(plane)
    plane.audit.add(trace)
    trace.attach(this.engine)
    watchStrategies(this.subject, trouble, {
      called: (call: Call) => {
        if (this.ended) fail('end', `${call.strategy} got events after the end`)
        this.chorus.called(call)
      },
      returned: (call: Call, ok: boolean) => this.chorus.returned(call, ok),
      incarnated: (name) => this.chorus.incarnated(name),
      stopping: (name) => this.chorus.stopping(name),
      turnedAway: (name) => this.chorus.turnedAway(name),
      starts: (name) => {
        if (started.has(name)) marks.sometimes('strategy-restarted')
        started.add(name)
      },
    })
    this.listen()
    const looks = invariants.map((invariant) => invariant(this.engine, (message) => fail('invariant', message)))
    this.check = (): void => {
      this.chorus.step()
      for (const look of looks) look?.()
    }
  }

  private oracles(): Oracle[] {
    const { subject } = this
    const makers = [
      conservation,
      order,
      deliveries,
      bounds,
      priority,
      receipts,
      expiry,
      rates,
      restarts,
      pauses,
      halts,
      conflation,
      figures,
      skips,
      shutdown,
    ]
    const counts = () => ({
      answered: this.answered,
      pending: this.pendingPublishes,
      given: this.feed.given,
      taken: this.feed.taken,
    })
    return [...makers.map((make) => make(subject)), inputs(subject, counts), tally(subject)]
  }

  /** Looks at everything, between two steps. */
  readonly check: () => void

  /** Whether the engine came to run. */
  async start(): Promise<boolean> {
    const { world, engine } = this
    let failure: unknown
    const started = engine.start().then(
      () => true,
      (error: unknown) => {
        failure = error
        return false
      },
    )
    const { startTimeoutMs, stopTimeoutMs } = this.subject.plane.options
    if (!(await world.await(started, startTimeoutMs + stopTimeoutMs + STOP_GRACE_MS + world.spent))) {
      world.violation('liveness', 'start', 'the start neither ended nor failed within its timeout')
      return false
    }
    if (await started) return true
    world.trace.note(`start failed: ${messageOf(failure)}`)
    world.marks.sometimes('engine-start-failed')
    await this.stop(false, 0)
    return false
  }

  /** It ended by itself: supervision gave it up. */
  get failed(): boolean {
    return !this.ended && this.engine.state === 'failed'
  }

  /** A timer of a strategy fires. */
  ticked(strategy: string): void {
    this.chorus.ticked(strategy)
  }

  /** Engages a kill switch for a while. Several may overlap: the last one to end counts. */
  halt(symbol: string | undefined, forMs: number): void {
    const { engine, world, halting } = this
    if (this.ended || this.failed) return
    halting.set(symbol, (halting.get(symbol) ?? 0) + 1)
    this.chorus.halted(symbol)
    engine.halt(symbol === undefined ? 'simulated' : { symbol, reason: 'simulated' })
    world.later(forMs, () => {
      const left = (halting.get(symbol) ?? 0) - 1
      halting.set(symbol, left)
      if (left === 0) this.reset(symbol)
    })
  }

  /** Ends every halt that is left. */
  resetAll(): void {
    for (const [symbol, left] of this.halting) if (left > 0) this.reset(symbol)
    this.halting.clear()
  }

  private reset(symbol: string | undefined): void {
    this.chorus.reset(symbol)
    this.engine.reset(symbol === undefined ? {} : { symbol })
  }

  /** Asks something of a strategy, as an operator would. False if it cannot be asked now. */
  command(strategy: string, action: Command, definition: StrategyDefinition | undefined): boolean {
    const { strategies, state } = this.engine
    const open = state.startsWith('running')
    if (this.ended || !open || !strategies.list().some(({ name }) => name === strategy)) return false
    this.chorus.commanded(strategy, action)
    // That it is given up again before it is ready is one way to take it.
    if (action === 'restart') strategies.restart(strategy).catch(() => {})
    else if (action === 'replace') strategies.replace(definition as StrategyDefinition).catch(() => {})
    else strategies[action](strategy)
    return true
  }

  async stop(drain: boolean, timeoutMs: number): Promise<void> {
    const { world, engine } = this
    const { environment } = world
    if (this.ended) return
    const before = environment.monotonic()
    const spentBefore = world.spent
    const stopped = engine.stop({ drain, timeoutMs }).then(({ abandoned }) => {
      this.inOrder = abandoned.length === 0
    })
    // Long enough to see how late it is, if it is.
    const inTime = await world.await(stopped, timeoutMs + 60_000)
    const took = environment.monotonic() - before - (world.spent - spentBefore)
    if (!inTime) world.violation('liveness', 'stop', `a stop with a timeout of ${timeoutMs} ms did not end`)
    else if (took > timeoutMs + STOP_GRACE_MS)
      world.violation('correctness', 'stop', `a stop with a timeout of ${timeoutMs} ms took ${Math.round(took)} ms`)
    await this.end()
  }

  /** A host whose event found no room tries once more. */
  publish(input: unknown, via: 'offer' | 'publish' | 'feed', again = true): void {
    const { engine, world } = this
    const retry = again ? input : undefined
    if (via === 'feed' && !this.feed.broken) this.feed.put(input)
    else if (via === 'offer') this.received(engine.offer(input as never), retry)
    else {
      this.pendingPublishes += 1
      engine.publish(input as never).then(
        (receipt) => {
          this.pendingPublishes -= 1
          this.received(receipt, retry)
        },
        (error: unknown) => {
          this.pendingPublishes -= 1
          world.violation('correctness', 'publish', `publish threw: ${messageOf(error)}`)
        },
      )
    }
  }

  private received(receipt: Receipt, retry: unknown): void {
    this.answered += 1
    if (retry !== undefined && receipt.status === 'refused' && receipt.reason === 'full' && !this.ended)
      this.world.later(RETRY_AFTER_MS, () => this.publish(retry, 'offer', false))
    if (!['accepted', 'duplicate', 'refused', 'invalid'].includes(receipt.status))
      this.world.violation('correctness', 'publish', `a receipt says ${receipt.status}`)
  }

  /** Nothing of the engine may be left. */
  private async end(): Promise<void> {
    const { world, engine, subject } = this
    const { environment } = world
    const fail = subject.fail
    this.check()
    // What the engine had given to the event loop has its turn, and finds nothing to do.
    await world.turn(environment.monotonic())
    const left = environment.pending() - world.own
    if (left !== 0) fail('end', `${left} timers or yields are left after the end`)
    if (engine.actors().length > 0) fail('end', `actors are left after the end: ${engine.actors().join(', ')}`)
    if (!['stopped', 'failed'].includes(engine.state)) fail('end', `the engine has ended and is ${engine.state}`)
    if (this.pendingPublishes > 0) fail('end', `${this.pendingPublishes} publishers still wait after the end`)
    if (subject.plane.waiters.size > 0) fail('end', `${subject.plane.waiters.size} waiters are held after the end`)
    this.ended = true
    this.chorus.ended(this.inOrder)
    world.trace.note(`ended ${engine.state}`)
  }

  private listen(): void {
    const { engine, world } = this
    const { trouble, marks } = world
    const listener =
      <T>(event: string, fact?: (value: T) => void) =>
      (value: T) => {
        fact?.(value)
        // A listener may hear of what a host still offers to an engine that has ended.
        if (this.ended && !['fault', 'invalid', 'halt', 'stats'].includes(event))
          world.violation('correctness', 'end', `a ${event} was told after the end`)
        if (!trouble.listenerThrows(event)) return
        marks.sometimes('listener-threw')
        throw new Error(`the listener of ${event} threw`)
      }
    engine.on(
      'state',
      listener('state', ({ state }: { state: string }) => {
        world.trace.note(`engine ${state}`)
        if (state === 'running.throttled') marks.sometimes('queue-throttled')
        if (state === 'running.paused') marks.sometimes('engine-paused')
      }),
    )
    engine.on(
      'signal',
      listener('signal', (signal: SignalEvent) => this.chorus.signalled(signal)),
    )
    engine.on(
      'strategy',
      listener('strategy', (change: StrategyChange) => this.chorus.changed(change)),
    )
    engine.on('halt', listener('halt'))
    engine.on('health', listener('health'))
    if (trouble.hasListener('stats')) engine.stats.subscribe(listener('stats'))
    engine.on('deadLetter', listener('deadLetter'))
    engine.on('invalid', listener('invalid'))
    engine.on(
      'fault',
      listener('fault', ({ where, error }: { where: string; error: unknown }) => {
        if (where === 'ledger') world.violation('correctness', 'conservation', messageOf(error))
        if (/^(engine|deadline|timer)$/.test(where))
          world.violation(
            'correctness',
            'faults',
            `${where}: ${messageOf(error)}`,
            error instanceof Error ? error.stack : undefined,
          )
      }),
    )
  }

  private inspector(): NonNullable<LifeParts['inspect']> {
    const { trouble, marks } = this.world
    return () => {
      if (!trouble.inspectorThrows()) return
      marks.sometimes('inspector-threw')
      throw new Error('the inspector threw')
    }
  }

  private logger(): LifeParts['logger'] {
    const log = (): void => {
      if (!this.world.trouble.loggerThrows()) return
      this.world.marks.sometimes('logger-threw')
      throw new Error('the logger threw')
    }
    return { debug: log, info: log, warn: log, error: log }
  }
}
