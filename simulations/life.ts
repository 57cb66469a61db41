import type { AuditListener, Engine, Receipt, SignalEvent, StrategyChange, StrategyDefinition } from 'outcry'
import { portOf } from 'outcry/actors'
import { SimulatedFeed } from './feed.js'
import type { Invariant, LifeParts, MakeEngine, Mutate } from './life-parts.js'
import { MortalEnvironment } from './mortal.js'
import type { Durability } from './oracles/durability.js'
import { type Kept, oraclesOf } from './oracles.js'
import { Chorus, watchStrategies } from './seams.js'
import { simulatedSink } from './sinks.js'
import type { Call, Command, Subject } from './subject.js'
import { MutantBroken, messageOf, type World } from './world.js'

/** How long past its timeout a stop may take, beside what code is charged with. Virtual milliseconds. */
const STOP_GRACE_MS = 100

const STATUSES: readonly string[] = ['accepted', 'duplicate', 'refused', 'invalid']

/** When a host tries again what found no room. Virtual milliseconds. */
const RETRY_AFTER_MS = 20

/** One engine from its making to its end, with everything that watches it. */
export class Life {
  readonly engine: Engine
  readonly subject: Subject
  readonly feed: SimulatedFeed
  private stopping = false
  /** Publishes that have no receipt yet. */
  pendingPublishes = 0
  /** Receipts of offers and publishes so far. */
  private answered = 0
  /** Symbols halted, `undefined` for the engine: with how many halts are under way. */
  private readonly halting = new Map<string | undefined, number>()
  ended = false
  /** Its process was killed: whatever its code still does is seen by nobody. */
  killed = false
  private readonly mortal: MortalEnvironment | undefined
  private durable: Durability | undefined
  /** No part had to be left behind when it stopped. */
  private inOrder = false
  private readonly chorus: Chorus
  /** As the engine was made with them: what is replaced by its own definition is not watched twice. */
  private readonly definitions: ReadonlyMap<string, StrategyDefinition>

  constructor(
    readonly world: World,
    make: MakeEngine,
    strategies: readonly StrategyDefinition[],
    mutate: Mutate | undefined,
    invariants: readonly Invariant[],
    kept?: Kept,
  ) {
    const { environment, scenario, trouble, marks, trace } = world
    const fail = (oracle: string, message: string): void => {
      if (!this.killed) world.violation('correctness', oracle, message)
    }
    this.mortal = kept === undefined ? undefined : new MortalEnvironment(environment)
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
    this.engine = make({
      environment,
      mortal: this.mortal,
      strategies,
      sinks,
      feed: this.feed,
      logger: this.logger(),
      inspect,
      journal: kept?.journal,
    })
    const { plane } = portOf(this.engine)
    try {
      mutate?.(plane, this.engine)
    } catch (error) {
      throw new MutantBroken(messageOf(error))
    }
    // Time passes in a chunk before anybody is told of it.
    plane.audit.add({
      dispatched: () => {
        if (!this.killed) world.chargeChunk()
      },
    })
    this.subject = {
      engine: this.engine,
      plane,
      environment,
      scenario,
      spentMs: () => world.spent,
      marks,
      fail,
      strategies: [...plane.stage.runtimes.values()],
    }
    this.definitions = new Map(this.subject.strategies.map(({ name, definition }) => [name, definition]))
    const { oracles, durable } = oraclesOf(this.subject, kept, () => ({
      answered: this.answered,
      pending: this.pendingPublishes,
      given: this.feed.given,
      taken: this.feed.taken,
    }))
    this.durable = durable
    this.chorus = new Chorus(oracles)
    this.chorus.attach(plane)
    plane.audit.add(kept === undefined ? trace : this.heard(trace))
    if (kept !== undefined) this.learnHalts()
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
      recovering: () => plane.stage.silent,
      killed: () => this.killed,
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

  /** The trace hears of a process only while it lives. */
  private heard(trace: World['trace']): AuditListener {
    const living = (): boolean => !this.killed
    return {
      accepted: (event) => void (living() && trace.accepted(event)),
      conflated: (older, newer) => void (living() && trace.conflated(older, newer)),
      dispatched: (record) => void (living() && trace.dispatched(record)),
      outcome: (chunk, outcome) => void (living() && trace.outcome(chunk, outcome)),
    }
  }

  /** What an earlier engine had halted is halted again from the journal, and ends with the faults. */
  private learnHalts(): void {
    const { plane } = this.subject
    const reengage = plane.reengage.bind(plane)
    plane.reengage = (halt) => {
      this.halting.set(halt.symbol, 1)
      this.chorus.halted(halt.symbol)
      reengage(halt)
    }
  }

  /** Its process is killed. */
  kill(): void {
    this.durable?.over()
    this.killed = true
    this.ended = true
    this.mortal?.kill()
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
    if (await started) {
      this.durable?.recovered()
      return true
    }
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
    if (this.killed) return
    this.chorus.reset(symbol)
    this.engine.reset(symbol === undefined ? {} : { symbol })
  }

  /** Asks something of a strategy, as an operator would. False if it cannot be asked now. */
  command(strategy: string, action: Command): boolean {
    const { strategies, state } = this.engine
    const open = state.startsWith('running')
    if (this.ended || !open || !strategies.list().some(({ name }) => name === strategy)) return false
    const definition = this.definitions.get(strategy)
    if (definition === undefined) return false
    this.chorus.commanded(strategy, action)
    // That it is given up again before it is ready is one way to take it.
    if (action === 'restart') strategies.restart(strategy).catch(() => {})
    else if (action === 'replace') strategies.replace(definition).catch(() => {})
    else strategies[action](strategy)
    return true
  }

  async stop(drain: boolean, timeoutMs: number): Promise<void> {
    const { world, engine } = this
    const { environment } = world
    if (this.ended) return
    this.stopping = true
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
    const { engine } = this
    const retry = again ? input : undefined
    if (via === 'feed' && !this.feed.broken) this.feed.put(input)
    else if (via === 'offer') this.received(engine.offer(input as never), retry, via)
    else {
      this.pendingPublishes += 1
      engine.publish(input as never).then((receipt) => {
        this.pendingPublishes -= 1
        this.received(receipt, retry, via)
      }, this.publishThrew)
    }
  }

  private readonly publishThrew = (error: unknown): void => {
    this.pendingPublishes -= 1
    this.world.violation('correctness', 'publish', `publish threw: ${messageOf(error)}`)
  }

  private received(receipt: Receipt, retry: unknown, via: string): void {
    this.answered += 1
    if (receipt.status === 'accepted' && via === 'publish' && !this.stopping) this.durable?.told(receipt.sequence)
    if (retry !== undefined && receipt.status === 'refused' && receipt.reason === 'full' && !this.ended)
      this.world.later(RETRY_AFTER_MS, () => this.publish(retry, 'offer', false))
    if (!STATUSES.includes(receipt.status))
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
    this.durable?.over()
    world.trace.note(`ended ${engine.state}`)
  }

  private listen(): void {
    const { engine, world } = this
    const { trouble, marks } = world
    const listener =
      <T>(event: string, fact?: (value: T) => void) =>
      (value: T) => {
        if (this.killed) return
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
