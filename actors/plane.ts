import type { AnyActorRef } from 'xstate'
import type { PartName } from '../machines/parts.js'
import { DeadLetters } from '../src/dead-letters/dead-letters.js'
import type { DeadLetter, DeadLetterEntry, OptionalReason } from '../src/dead-letters/letter.js'
import { answersOf } from '../src/dispatch/answers.js'
import { Audit } from '../src/dispatch/audit.js'
import { ChunkSizer } from '../src/dispatch/chunk-sizer.js'
import type { ChunkWork, GroupStep } from '../src/dispatch/chunk-work.js'
import { Deadlines } from '../src/dispatch/deadlines.js'
import type { Delivery } from '../src/dispatch/delivery.js'
import { DepthMarks } from '../src/dispatch/depth-marks.js'
import { countDerived, Dispatcher, type WorkerHandle } from '../src/dispatch/dispatcher.js'
import { Expiry } from '../src/dispatch/expiry.js'
import type { StrategyGroupHandle } from '../src/dispatch/groups.js'
import { type Halt, Halts } from '../src/dispatch/halts.js'
import { IdleWatch } from '../src/dispatch/idle-watch.js'
import { Intake } from '../src/dispatch/intake.js'
import { LatencyProbe } from '../src/dispatch/latency-probe.js'
import { Outside } from '../src/dispatch/outside.js'
import { Publisher } from '../src/dispatch/publisher.js'
import { Pump } from '../src/dispatch/pump.js'
import { Router } from '../src/dispatch/router.js'
import { RunDigest } from '../src/dispatch/run-digest.js'
import { Runner } from '../src/dispatch/runner.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import { Signals } from '../src/dispatch/signals.js'
import { StrategyPublishing } from '../src/dispatch/strategy-publishing.js'
import { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import type { Environment } from '../src/environment/environment.js'
import { OutcryError } from '../src/errors.js'
import { EventDraft, type EventInput } from '../src/events/draft.js'
import { MARK_DERIVED, MARK_REDELIVERED, type OutcryEvent, withMarks } from '../src/events/event.js'
import type { Receipt } from '../src/events/receipt.js'
import { EventTypes } from '../src/events/validate.js'
import type { HealthMonitor } from '../src/health/monitor.js'
import { RateLimiter } from '../src/limits/rate-limiter.js'
import { guardedLog, type Log, silentLog } from '../src/log.js'
import { LedgerBook } from '../src/metrics/book.js'
import { LatencyHistogram } from '../src/metrics/histogram.js'
import type { Ledger } from '../src/metrics/ledger.js'
import { DedupeTable } from '../src/queue/dedupe.js'
import { SymbolTable } from '../src/queue/partition.js'
import { EventQueue } from '../src/queue/queue.js'
import { Waiters } from '../src/queue/waiters.js'
import { Outbox } from '../src/sinks/outbox.js'
import { isSignal, type SignalEvent } from '../src/sinks/sink.js'
import { BoundaryClock } from './boundary-clock.js'
import type { ResolvedOptions } from './engine-options.js'
import { chooseEnvironment } from './environment.js'
import type { FeedReader } from './feed-reader.js'
import type { FeedsPlane } from './feeds.js'
import { makeHealthMonitor } from './health-monitor.js'
import { Listeners } from './listeners.js'
import { partInputs } from './part-inputs.js'
import { makeReaders } from './readers.js'
import { Stage } from './stage.js'
import type { StrategiesPlane } from './strategies.js'
import type { GroupPlane } from './strategy-group.js'
import type { StrategyChange } from './strategy-seat.js'
import type { SupervisorPlane, WorkerCounts } from './supervisor.js'
import { UnexpectedEvents } from './unexpected.js'
import type { WorkerPlane } from './worker.js'

/** How long one turn of the event loop may be spent on chunks. Milliseconds. */
const TURN_BUDGET_MS = 0.5

const NO_WORKERS: WorkerCounts = { workers: 0, live: 0, spawned: 0, retired: 0, peak: 0 }

/**
 * The data plane of one engine: everything that holds, counts or moves events, wired together. It
 * decides nothing about lifecycles: its actors do, and this is what their effects act upon.
 */
export class Plane implements WorkerPlane, SupervisorPlane, GroupPlane, StrategiesPlane, FeedsPlane {
  readonly environment: Environment
  readonly log: Log
  readonly book = new LedgerBook()
  readonly latency = new LatencyHistogram()
  readonly listeners: Listeners
  readonly audit = new Audit()
  readonly halts = new Halts()
  readonly sourceLimits: RateLimiter | undefined
  readonly strategyLimits: RateLimiter | undefined
  readonly strategyPublishing: StrategyPublishing
  /** Strategies whose handlers had not settled when the engine was stopped. */
  hung: readonly string[] = []
  readonly queue: EventQueue
  readonly intake: Intake
  readonly waiters: Waiters
  readonly publisher: Publisher
  readonly deadlines: Deadlines
  readonly runner: Runner
  readonly dispatcher: Dispatcher
  readonly pump: Pump
  readonly timers: StrategyTimers
  readonly stage: Stage
  readonly signals: Signals
  readonly deadLetters: DeadLetters
  readonly outboxes: readonly Outbox[]
  readonly readers: readonly FeedReader[]
  readonly health: HealthMonitor
  readonly digest: RunDigest | undefined
  /** The actors' clock in a run over recordings. */
  readonly clock: BoundaryClock | undefined
  /** The engine's actor, once it lives. */
  actor: AnyActorRef | undefined
  workers: WorkerCounts = NO_WORKERS
  readonly unexpected: UnexpectedEvents
  feedsDone = false
  /** What is being handed to a strategy group. */
  offeredStep: GroupStep | undefined
  /** Told when the queue crosses its marks and when it is idle. */
  onQueue: (mark: 'high' | 'low' | 'idle') => void = () => {}
  /** Told when anything changed that a read model shows. */
  onChange: () => void = () => {}
  private readonly probe = new LatencyProbe(this.latency)
  private readonly workerHandles = new Map<string, WorkerHandle>()
  readonly marks: DepthMarks
  private readonly outside = new Outside()
  private readonly idleness = new IdleWatch(() => this.intake.closed === 'not-running')

  constructor(readonly options: ResolvedOptions) {
    const { environment, recorded } = chooseEnvironment(options, (error) => this.listeners.fault('timer', error))
    this.environment = environment
    this.clock = recorded ? new BoundaryClock(environment) : undefined
    this.log =
      options.logger === undefined
        ? silentLog
        : guardedLog(options.logger, (error) => this.listeners.fault('logger', error))
    this.listeners = new Listeners(this.log)
    this.unexpected = new UnexpectedEvents(this.log)
    const { queue } = options
    const { book } = this
    this.queue = new EventQueue(queue)
    this.marks = new DepthMarks({
      highWater: queue.highWater,
      scaleUpDepth: options.workers.scaleUpDepth,
      onHigh: () => this.outside.tell(() => this.onQueue('high')),
      onLow: () => this.outside.tell(() => this.onQueue('low')),
    })
    this.waiters = new Waiters(environment, queue.maxWaiters)
    this.deadlines = new Deadlines(environment, (error) => this.listeners.fault('deadline', error))
    const router = new Router()
    const { sources, strategies } = options.rateLimits
    this.sourceLimits = sources === undefined ? undefined : new RateLimiter(environment, sources)
    this.strategyLimits = strategies === undefined ? undefined : new RateLimiter(environment, strategies)
    const types = new EventTypes({ events: options.events, lanes: options.lanes, ttlMs: options.ttlMs })
    this.intake = new Intake({
      environment,
      types,
      symbols: new SymbolTable(queue.partitions),
      queue: this.queue,
      dedupe: options.dedupe.window === 0 ? undefined : new DedupeTable(options.dedupe.window),
      ledger: book.events,
      derived: book.derived,
      audit: this.audit,
      sourceLimits: this.sourceLimits,
      capacity: queue.capacity,
      overflow: queue.overflowOf,
      lanesBySource: options.lanesBySource,
      source: 'host',
      onAccepted: (event) => this.accepted(event),
      onDeadLetter: (event, reason) => this.bury([{ reason, event, strategy: undefined }]),
      onInvalid: (source, position, reason) => this.listeners.emit('invalid', { source, position, reason }),
    })
    this.publisher = new Publisher({
      environment,
      intake: this.intake,
      queue: this.queue,
      waiters: this.waiters,
      highWater: queue.highWater,
      publishTimeoutMs: queue.publishTimeoutMs,
      waits: queue.overflowOf.map((policy) => policy === 'wait'),
    })
    this.runner = new Runner({
      environment,
      deadlines: this.deadlines,
      concurrency: options.concurrency,
      lateAfterMs: options.lateAfterMs,
      timeoutMs: options.timeoutMs,
      maxBacklog: options.maxBacklog,
      halts: this.halts,
      keepRejected: this.keeps('breaker-open'),
      handle: (call) => this.publisher.whileHandling(call),
      onDone: (delivery) => this.dispatcher.delivered(delivery),
      onDetached: (delivery) => this.dispatcher.detached(delivery),
    })
    this.timers = new StrategyTimers({
      environment,
      run: (callback) => answersOf(callback, (call) => this.publisher.whileHandling(call)),
      onAnswers: (runtime, answers, occasion) => this.signals.publish(runtime.name, answers, occasion),
      onError: (runtime, error) => this.timerFailed(runtime, error),
    })
    this.stage = new Stage({
      environment,
      options,
      router,
      runner: this.runner,
      timers: this.timers,
      deadlines: this.deadlines,
      log: this.log,
      publish: (event, strategy) => this.strategyPublishing.publish(event, strategy),
      refuse: (event) => this.refuseRetired(event),
      onFault: (where, error) => this.listeners.fault(where, error),
      onChange: (change) => this.strategyChanged(change),
      onUnexpected: (actor, event) => this.unexpected.note(actor, event),
      onBreaker: (strategy) => void this.breakersChanged(strategy),
    })
    const sizer = new ChunkSizer(options.chunk.maxEvents, options.chunk.budgetMs, !recorded)
    this.dispatcher = new Dispatcher({
      environment,
      queue: this.queue,
      router,
      audit: this.audit,
      events: book.events,
      derived: book.derived,
      deliveries: book.deliveries,
      groups: () => this.stage.groups,
      expiry: new Expiry(environment, types),
      onExpired: (events) => this.expired(events),
      halted: () => this.halts.whole !== undefined,
      onSettled: (work) => this.probe.settled(work.chunk.events, environment.monotonic()),
      onDelivered: (delivery) => this.delivered(delivery),
      onIdle: () => this.idled(),
      onTaken: () => this.marks.fell(this.queue.depth),
      maxEvents: () => sizer.size,
      orderedAnswers: recorded,
    })
    this.pump = new Pump({
      environment,
      queue: this.queue,
      dispatcher: this.dispatcher,
      sizer,
      turnBudgetMs: TURN_BUDGET_MS,
      onTurn: () => this.wakeWaiters(),
      onStep: () => this.outside.leave(),
    })
    this.strategyPublishing = new StrategyPublishing({
      environment,
      intake: this.intake,
      halts: this.halts,
      limits: this.strategyLimits,
      onWithheld: (signal) => this.withheld(signal as SignalEvent),
    })
    this.signals = new Signals(
      (draft, marks) => this.strategyPublishing.signal(draft, marks),
      (strategy, receipt) => this.signalRefused(strategy, receipt),
    )
    this.deadLetters = new DeadLetters({
      environment,
      options: {
        maxCount: options.deadLetters.maxCount,
        maxBytes: options.deadLetters.maxBytes,
        redrive: options.deadLetters.redrive,
      },
      ledger: book.deadLetters.figures,
      redeliver: (strategy, event, letter) => this.redeliver(strategy, event, letter),
      onEvicted: (evicted) => this.evicted(evicted),
      onFault: (error) => this.listeners.fault('dead letters', error),
    })
    if (options.digest ?? recorded) {
      this.digest = new RunDigest()
      this.audit.add(this.digest)
    }
    this.outboxes = options.sinks.map(
      (sink) => new Outbox(sink, environment, (name, error) => this.listeners.fault(`sink ${name}`, error)),
    )
    this.readers = makeReaders(this, recorded)
    this.health = makeHealthMonitor(this, recorded)
    for (const [index, definition] of options.strategies.entries()) this.stage.add(definition, `strategies.${index}`)
  }

  ledger(): Ledger {
    return this.book.snapshot()
  }

  // What the engine's machine asks for.

  open(): void {
    this.intake.closed = undefined
    this.intake.sealed = false
    this.pump.activate()
  }

  /** Refuses what is new and ends the feeds; what is queued goes on. */
  beginDrain(): void {
    this.intake.closed = 'stopping'
    for (const reader of this.readers) reader.cancel()
    this.waiters.releaseAll('stopping')
    this.pump.activate()
    if (this.dispatcher.idle) this.outside.tell(() => this.onQueue('idle'))
  }

  /** Gives up what is queued or in flight. */
  giveUp(): void {
    this.intake.closed = 'stopping'
    this.intake.sealed = true
    this.pump.deactivate()
    for (const reader of this.readers) reader.cancel()
    this.waiters.releaseAll('stopping')
    const left = this.queue.takeAll()
    const ofStrategies = countDerived(left)
    this.book.events.abandonedQueued(left.length - ofStrategies)
    this.book.derived.abandonedQueued(ofStrategies)
    if (this.keeps('shutdown')) {
      const error = new OutcryError('OUTCRY_ENGINE_STOPPED', 'The engine stopped while this was queued.')
      this.bury(left.map((event) => ({ reason: 'shutdown', event, strategy: undefined, error })))
    }
    this.hung = [...this.stage.runtimes.values()].filter((runtime) => runtime.hangs).map(({ name }) => name)
    for (const work of this.dispatcher.open) work.abandoned = true
    if (this.dispatcher.open.size > 0) for (const runtime of this.stage.runtimes.values()) this.runner.abandon(runtime)
    this.dispatcher.release()
    this.onChange()
  }

  /** Nothing of this engine is left running. */
  close(): void {
    this.intake.closed = 'not-running'
    this.waiters.close('stopped')
    this.stage.close()
    for (const outbox of this.outboxes) outbox.unwatchRetry()
    this.health.close()
    this.deadlines.close()
    this.idled()
  }

  /** Resolves when nothing is queued or in flight, and the feeds have ended if `feeds` is set. */
  whenIdle(feeds: boolean): Promise<void> {
    return this.idleness.until(() => this.dispatcher.idle && (!feeds || this.feedsDone))
  }

  // What the parts ask for.

  depth(): number {
    return this.queue.depth
  }

  publishScale(counts: WorkerCounts, tell: (depth: number) => void): void {
    this.workers = counts
    this.marks.scaled(counts.workers, (depth) => this.outside.tell(() => tell(depth)))
    this.onChange()
  }

  offerWorker(name: string, handle: WorkerHandle): void {
    this.workerHandles.set(name, handle)
    this.pump.available(handle)
  }

  withdrawWorker(name: string): void {
    const handle = this.workerHandles.get(name)
    this.workerHandles.delete(name)
    if (handle !== undefined) this.pump.withdraw(handle)
  }

  work(onStepped: (work: ChunkWork) => void): ChunkWork | undefined {
    return this.outside.enter(() => this.publisher.whileHandling(() => this.dispatcher.work(onStepped)))
  }

  runtimeOf(name: string): StrategyRuntime | undefined {
    return this.stage.runtimes.get(name)
  }

  publishMembers(group: string, handle: StrategyGroupHandle): void {
    this.stage.publishMembers(group, handle)
  }

  publishGroups(names: readonly string[]): void {
    this.stage.publishGroups(names)
    this.onChange()
  }

  forgetStrategy(name: string): void {
    this.stage.forget(name)
  }

  /** An actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void {
    this.unexpected.note(actor, event)
  }

  strategyFaulted(name: string, error: unknown): void {
    this.log.error({ strategy: name, err: error }, 'a strategy was given up')
    this.listeners.fault(`strategy ${name}`, error)
  }

  feedsEnded(): void {
    this.feedsDone = true
    this.idled()
  }

  private strategyChanged(change: StrategyChange): void {
    const { strategy, restarts, waitMs, error } = change
    if (change.change === 'restarting')
      this.log.warn({ strategy, restarts, waitMs, err: error }, 'a strategy failed and is restarted')
    this.listeners.emit('strategy', change)
    this.onChange()
  }

  /** A call of an incarnation that is over publishes nothing. */
  private refuseRetired(event: EventDraft | EventInput): Receipt {
    const draft = this.intake.check(event, MARK_DERIVED)
    return draft instanceof EventDraft ? this.intake.refuse(draft, 'stopping', MARK_DERIVED) : draft
  }

  /** A strategy has another breaker, or is gone with its own: what guards it has to follow. */
  private async breakersChanged(name: string): Promise<void> {
    // Not from within an actor's action: the news would nest.
    await undefined
    const shelf = this.actor?.getSnapshot().children['breakers']
    if (shelf?.getSnapshot().status !== 'active') return
    const input = this.stage.breaker(name)
    const present = shelf.getSnapshot().children[`breaker:${name}`] !== undefined
    if (input === undefined ? !present : input.attached) return
    shelf.send({ type: 'child.remove', name: `breaker:${name}` })
    if (input !== undefined) shelf.send({ type: 'child.add', child: { name: `breaker:${name}`, input } })
  }

  private accepted(event: OutcryEvent): void {
    if (this.probe.wants(event.sequence)) this.probe.accepted(event.sequence, this.environment.monotonic())
    this.marks.rose(this.queue.depth)
    if (isSignal(event)) this.sendOut(event)
    this.pump.wake()
  }

  private wakeWaiters(): void {
    const { highWater } = this.options.queue
    if (this.waiters.size > 0 && this.queue.depth <= highWater >> 1) this.waiters.wake(highWater - this.queue.depth)
    this.onChange()
  }

  private idled(): void {
    if (this.waiters.size > 0) this.wakeWaiters()
    this.onChange()
    // The feeds may have ended while some of what they brought is still on its way.
    if (this.dispatcher.idle) this.outside.tell(() => this.onQueue('idle'))
    this.idleness.look()
  }

  private delivered(delivery: Delivery): void {
    const { runtime } = delivery
    if (delivery.answers.length > 0 && !delivery.step.work.abandoned)
      this.signals.publish(runtime.name, delivery.answers)
    if (delivery.failures.length > 0)
      this.bury(delivery.failures.map((failure) => ({ ...failure, strategy: runtime.name })))
    // What a redrive could not deliver goes back to where it came from.
    const { abandoned, redelivery } = delivery.step.work
    if (delivery.lost.length === 0 || !abandoned || redelivery || !this.keeps('shutdown')) return
    const error = new OutcryError('OUTCRY_ENGINE_STOPPED', 'The engine stopped before this was handled.')
    this.bury(delivery.lost.map((event) => ({ reason: 'shutdown', event, strategy: runtime.name, error, attempts: 0 })))
  }

  // Halts and what they withhold.

  /** Engages a kill switch, in force as of now. False if it was engaged already. */
  engage(halt: Halt): boolean {
    if (!this.halts.engage(halt)) return false
    for (const outbox of this.outboxes) outbox.recall((signal) => this.withholds(signal))
    this.log.warn({ symbol: halt.symbol, reason: halt.reason }, 'halted')
    this.listeners.emit('halt', { ...halt, engaged: true })
    this.onChange()
    return true
  }

  disengage(symbol: string | undefined): boolean {
    const halt = this.halts.reset(symbol)
    if (halt === undefined) return false
    this.log.warn({ symbol, reason: halt.reason }, 'no longer halted')
    this.listeners.emit('halt', { ...halt, engaged: false })
    this.onChange()
    return true
  }

  /** What a halt of the whole engine held back goes on. */
  release(): void {
    this.runner.release()
    this.dispatcher.release()
  }

  private withholds({ symbol, symbols }: SignalEvent): boolean {
    return this.halts.withholds(symbol, symbols)
  }

  private sendOut(signal: SignalEvent): void {
    // The host's own signals are events that it may publish, but they go nowhere while halted.
    const halted = this.withholds(signal)
    for (const outbox of this.outboxes) outbox.offer(signal, halted)
    if (halted) this.strategyPublishing.withheld += 1
    else this.listeners.emit('signal', signal)
  }

  private withheld(signal: SignalEvent): void {
    for (const outbox of this.outboxes) outbox.offer(signal, true)
  }

  private signalRefused(strategy: string, receipt: Receipt): void {
    const why = receipt.status === 'refused' ? receipt.reason : receipt.status
    // A halt is no fault, and a rate limit would make as many faults as signals.
    if (why === 'halted' || why === 'rate-limited') return
    this.listeners.fault(`signal of ${strategy}`, new Error(`not accepted: ${why}`))
  }

  // Dead letters.

  private keeps(reason: OptionalReason): boolean {
    return this.options.deadLetters.keep.includes(reason)
  }

  private bury(entries: readonly DeadLetterEntry[]): void {
    for (const letter of this.deadLetters.enter(entries)) this.listeners.deadLetter(letter)
  }

  private expired(events: readonly OutcryEvent[]): void {
    if (!this.keeps('expired')) return
    this.bury(events.map((event) => ({ reason: 'expired', event, strategy: undefined })))
  }

  private evicted(evicted: number): void {
    this.log.warn({ evicted }, 'dead letters are full: the oldest are evicted')
    this.listeners.emit('deadLettersEvicted', { evicted, held: this.deadLetters.store.held })
  }

  private timerFailed(runtime: StrategyRuntime, error: unknown): void {
    runtime.counts.failed += 1
    this.log.error({ strategy: runtime.name, err: error }, 'a timer callback failed')
    this.listeners.fault(`timer of strategy ${runtime.name}`, error)
  }

  private redeliver(strategy: string, event: OutcryEvent, letter: DeadLetter): Promise<void> {
    const runtime = this.stage.runtimes.get(strategy)
    if (runtime === undefined) throw new Error(`There is no strategy "${strategy}".`)
    const obstacle = this.obstacleTo(runtime, event)
    if (obstacle !== undefined) throw new Error(obstacle)
    const again = withMarks(event, event.marks | MARK_REDELIVERED)
    return new Promise((resolve, reject) => {
      this.dispatcher.redeliver(runtime, again, ({ skipped, abandoned }) => {
        if (skipped + abandoned === 0) {
          resolve()
          return
        }
        // At once: a stop ends the redrive before a promise has its turn.
        this.deadLetters.store.putBack(letter)
        reject(new Error(`Strategy "${strategy}" was not given the event.`))
      })
    })
  }

  /** Why a letter cannot be redriven now; it stays a letter then. */
  private obstacleTo(runtime: StrategyRuntime, event: OutcryEvent): string | undefined {
    if (this.intake.closed !== undefined || !this.pump.running) return 'The engine delivers nothing at present.'
    if (this.halts.skips(event)) return `The symbol "${event.symbol}" is halted.`
    const state = runtime.breaker?.state
    if (state === 'open' || state === 'isolated') return `The breaker of strategy "${runtime.name}" is ${state}.`
    return undefined
  }

  get partInputs(): Readonly<Record<PartName, unknown>> {
    return partInputs(this)
  }
}
