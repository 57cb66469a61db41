import type { AnyActorRef } from 'xstate'
import { breakerOptions } from '../src/breaker/policy.js'
import { DeadLetters } from '../src/dead-letters/dead-letters.js'
import type { DeadLetter, DeadLetterEntry, OptionalReason } from '../src/dead-letters/letter.js'
import { answersOf } from '../src/dispatch/answers.js'
import { Audit } from '../src/dispatch/audit.js'
import { ChunkSizer } from '../src/dispatch/chunk-sizer.js'
import type { GroupStep } from '../src/dispatch/chunk-work.js'
import { Conflater } from '../src/dispatch/conflater.js'
import { Deadlines } from '../src/dispatch/deadlines.js'
import type { Delivery } from '../src/dispatch/delivery.js'
import { DepthMarks } from '../src/dispatch/depth-marks.js'
import { Dispatcher, type WorkerHandle } from '../src/dispatch/dispatcher.js'
import { Expiry } from '../src/dispatch/expiry.js'
import { Halts } from '../src/dispatch/halts.js'
import { IdleWatch } from '../src/dispatch/idle-watch.js'
import { Intake } from '../src/dispatch/intake.js'
import { LatencyProbe } from '../src/dispatch/latency-probe.js'
import { Outside } from '../src/dispatch/outside.js'
import { Publisher } from '../src/dispatch/publisher.js'
import { Pump } from '../src/dispatch/pump.js'
import { Rousing } from '../src/dispatch/rousing.js'
import { Router } from '../src/dispatch/router.js'
import { RunDigest } from '../src/dispatch/run-digest.js'
import { Runner } from '../src/dispatch/runner.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import { Signals } from '../src/dispatch/signals.js'
import { Staging } from '../src/dispatch/staging.js'
import { StrategyPublishing } from '../src/dispatch/strategy-publishing.js'
import { StrategyTimers } from '../src/dispatch/strategy-timers.js'
import { TaskClock } from '../src/dispatch/task-clock.js'
import { subscribedDefinition } from '../src/dispatch/unknown-types.js'
import { Windows } from '../src/dispatch/windows.js'
import type { Environment } from '../src/environment/environment.js'
import type { EventDraft, EventInput } from '../src/events/draft.js'
import type { OutcryEvent } from '../src/events/event.js'
import type { Receipt } from '../src/events/receipt.js'
import { marksOfLive, marksOfRecorded } from '../src/events/stale.js'
import { EventTypes } from '../src/events/validate.js'
import type { HealthMonitor } from '../src/health/monitor.js'
import { History } from '../src/history/history.js'
import { historyLimits } from '../src/history/options.js'
import { RateLimiter } from '../src/limits/rate-limiter.js'
import { guardedLog, type Log, silentLog } from '../src/log.js'
import { LedgerBook } from '../src/metrics/book.js'
import { LatencyHistogram } from '../src/metrics/histogram.js'
import { TypeCounts } from '../src/metrics/type-counts.js'
import { DedupeTable } from '../src/queue/dedupe.js'
import { SymbolTable } from '../src/queue/partition.js'
import { EventQueue } from '../src/queue/queue.js'
import { Waiters } from '../src/queue/waiters.js'
import type { Player } from '../src/replay/player.js'
import { Outbox, SINK_BREAKER } from '../src/sinks/outbox.js'
import type { SignalEvent, Sink } from '../src/sinks/sink.js'
import { BoundaryClock } from './boundary-clock.js'
import type { ResolvedOptions } from './engine-options.js'
import { chooseEnvironment } from './environment.js'
import type { FeedReader } from './feed-reader.js'
import { makeHealthMonitor } from './health-monitor.js'
import { Journalling } from './journalling.js'
import { Listeners } from './listeners.js'
import type { Plane } from './plane.js'
import { makeReaders } from './readers.js'
import { Stage } from './stage.js'
import type { StrategyChange } from './strategy-seat.js'
import type { WorkerCounts } from './supervisor.js'
import { UnexpectedEvents } from './unexpected.js'

/** How long one turn of the event loop may be spent on chunks. Milliseconds. */
const TURN_BUDGET_MS = 0.5

const NO_WORKERS: WorkerCounts = { workers: 0, live: 0, spawned: 0, retired: 0, peak: 0 }

/**
 * What an engine is made of, wired together: every part of the data plane, and whom it tells. What
 * happens then is the plane's.
 */
export abstract class Wiring {
  readonly environment: Environment
  readonly log: Log
  readonly book = new LedgerBook()
  readonly latency = new LatencyHistogram()
  readonly handlerTimes = new LatencyHistogram()
  readonly settledTypes = new TypeCounts()
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
  readonly types: EventTypes
  readonly symbols: SymbolTable
  readonly router: Router
  /** Where events wait until they are durable; undefined where nobody waits for a journal. */
  readonly staging: Staging | undefined
  /** What joins the engine to its journal; undefined without one. */
  readonly journalling: Journalling | undefined
  /** When what waits for the end of a window of its conflated type enters the queue. */
  readonly windows: Windows
  readonly waiters: Waiters
  protected readonly rousing: Rousing
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
  /** Undefined where none is kept. */
  readonly history: History | undefined
  /** Those that play at present. */
  readonly replays = new Set<Player>()
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
  protected readonly probe = new LatencyProbe(this.latency)
  protected readonly workerHandles = new Map<string, WorkerHandle>()
  readonly marks: DepthMarks
  protected readonly outside = new Outside()
  protected readonly idleness = new IdleWatch(() => this.intake.closed === 'not-running')

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
    this.rousing = new Rousing({
      environment,
      queue: this.queue,
      highWater: queue.highWater,
      waiters: this.waiters,
      players: this.replays,
    })
    this.deadlines = new Deadlines(environment, (error) => this.listeners.fault('deadline', error))
    const router = new Router()
    this.router = router
    this.staging =
      options.journal !== undefined && options.durability === 'chunk'
        ? new Staging(() => this.journalling?.writer.wake())
        : undefined
    const { sources, strategies } = options.rateLimits
    this.sourceLimits = sources === undefined ? undefined : new RateLimiter(environment, sources)
    this.strategyLimits = strategies === undefined ? undefined : new RateLimiter(environment, strategies)
    this.symbols = new SymbolTable(queue.partitions)
    this.types = new EventTypes({
      events: options.events,
      lanes: options.lanes,
      ttlMs: options.ttlMs,
      conflate: options.conflate,
      awaited: (type) => subscribedDefinition(this.stage.runtimes.values(), type),
    })
    const { types } = this
    this.windows = new Windows({
      environment,
      queue: this.queue,
      onEntered: () => {
        this.marks.rose(this.queue.depth)
        this.pump.moved()
      },
    })
    const clock = new TaskClock(environment)
    this.intake = new Intake({
      environment,
      clock,
      types,
      symbols: this.symbols,
      queue: this.queue,
      conflater: new Conflater(this.queue, types, this.windows),
      dedupe: options.dedupe.window === 0 ? undefined : new DedupeTable(options.dedupe.window),
      ledger: book.events,
      derived: book.derived,
      audit: this.audit,
      staging: this.staging,
      auditAtOnce: recorded,
      sourceLimits: this.sourceLimits,
      overflow: queue.overflowOf,
      lanesBySource: options.lanesBySource,
      source: 'host',
      onAccepted: (event) => this.accepted(event),
      onEvicted: (event) => this.journalling?.settled([event]),
      onDeadLetter: (event, reason) => this.bury([{ reason, event, strategy: undefined }]),
      onInvalid: (source, position, reason) => this.listeners.emit('invalid', { source, position, reason }),
    })
    this.publisher = new Publisher({
      environment,
      clock,
      intake: this.intake,
      queue: this.queue,
      waiters: this.waiters,
      highWater: queue.highWater,
      publishTimeoutMs: queue.publishTimeoutMs,
      waits: queue.overflowOf.map((policy) => policy === 'wait'),
      keepsUp: () => this.journalling === undefined || this.journalling.writer.keepsUp,
      onWaiting: () => this.rousing.tell(),
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
      handle: (call, awaits) => this.publisher.whileHandling(call, awaits),
      handlerTimes: this.handlerTimes,
      onDone: (delivery) => this.dispatcher.delivered(delivery),
      onDetached: (delivery) => this.dispatcher.detached(delivery),
    })
    const marksOf =
      environment.kind === 'data' ? marksOfRecorded : marksOfLive(options.staleAfterMs, () => environment.now())
    this.timers = new StrategyTimers({
      environment,
      marksOf,
      run: (callback) => answersOf(callback, (call) => this.publisher.whileHandling(call)),
      onAnswers: (runtime, answers, occasion, marks) => {
        if (!this.stage.silent) this.signals.publish(runtime.name, answers, occasion, marks)
      },
      onError: (runtime, error) => this.timerFailed(runtime, error),
    })
    const limits = historyLimits(options.history)
    if (limits !== undefined) {
      const history = new History({ environment, limits })
      this.history = history
      this.audit.add({ accepted: (event) => history.add(event) })
    }
    this.stage = new Stage({
      environment,
      options,
      router,
      types,
      runner: this.runner,
      timers: this.timers,
      deadlines: this.deadlines,
      log: this.log,
      handle: (call, awaits) => this.publisher.whileHandling(call, awaits),
      publish: (event, runtime) => this.strategyPublishing.publish(event, runtime),
      refuse: (event) => this.refuseRetired(event),
      onFault: (where, error) => this.listeners.fault(where, error),
      onChange: (change) => this.strategyChanged(change),
      onUnexpected: (actor, event) => this.unexpected.note(actor, event),
      warmUp: limits === undefined ? undefined : (runtime) => this.warmUp(runtime),
      onBreaker: (strategy) => void this.breakersChanged(strategy),
      onBreakerMoved: (saved) => this.journalling?.writer.note((pending) => pending.breaker(saved)),
      onSnapshot: (strategy, state) => this.journalling?.snapshot(strategy, state),
      onForgotten: (strategy) => this.journalling?.writer.note((pending) => pending.snapshotGone(strategy)),
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
      onSettled: (work) => {
        this.probe.settled(work.chunk.events, environment.monotonic())
        if (work.abandoned) return
        this.settledTypes.settled(work.chunk.events)
        this.journalling?.settled(work.chunk.events)
      },
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
      ready: () => this.staging === undefined || this.staging.size === 0,
      onTurn: () => this.wakeWaiters(),
      onStep: () => this.outside.leave(),
    })
    this.strategyPublishing = new StrategyPublishing({
      environment,
      intake: this.intake,
      halts: this.halts,
      marksOf,
      limits: this.strategyLimits,
      onWithheld: (signal) => this.withheld(signal as SignalEvent),
    })
    this.signals = new Signals(
      (draft, marks) => this.strategyPublishing.signal(draft, marks),
      (strategy, receipt) => this.signalRefused(strategy, receipt),
      marksOf,
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
      onEntered: (letter) => this.journalling?.letterEntered(letter),
      onLeft: (letter) => this.journalling?.letterLeft(letter.id),
      onFault: (error) => this.listeners.fault('dead letters', error),
      onUnexpected: (actor, event) => this.unexpected.note(actor, event),
    })
    if (options.digest ?? recorded) {
      this.digest = new RunDigest()
      this.audit.add(this.digest)
    }
    this.outboxes = options.sinks.map((sink) => this.makeOutbox(sink))
    this.readers = makeReaders(this, recorded)
    this.health = makeHealthMonitor(this, recorded)
    this.journalling =
      options.journal === undefined ? undefined : new Journalling(this as unknown as Plane, options.journal)
    for (const [index, definition] of options.strategies.entries()) this.stage.add(definition, `strategies.${index}`)
  }

  private makeOutbox(sink: Sink): Outbox {
    const breaker =
      sink.breaker === false
        ? undefined
        : this.stage.guard(`sink:${sink.name}`, breakerOptions(sink.breaker, SINK_BREAKER), () => outbox.breakerMoved())
    const outbox: Outbox = new Outbox(sink, {
      environment: this.environment,
      breaker,
      onFault: (name, error) => this.listeners.fault(`sink ${name}`, error),
      onUnexpected: (actor, event) => this.unexpected.note(actor, event),
      onAcknowledged: (name, sequence) =>
        this.journalling?.writer.note((pending) => pending.acknowledge(name, sequence)),
    })
    return outbox
  }

  protected keeps(reason: OptionalReason): boolean {
    return this.options.deadLetters.keep.includes(reason)
  }

  protected abstract warmUp(runtime: StrategyRuntime): Promise<void>
  protected abstract accepted(event: OutcryEvent): void
  protected abstract strategyChanged(change: StrategyChange): void
  protected abstract refuseRetired(event: EventDraft | EventInput): Receipt
  protected abstract breakersChanged(name: string): Promise<void>
  protected abstract delivered(delivery: Delivery): void
  protected abstract idled(): void
  protected abstract wakeWaiters(): boolean
  protected abstract timerFailed(runtime: StrategyRuntime, error: unknown): void
  protected abstract withheld(signal: SignalEvent): void
  protected abstract signalRefused(strategy: string, receipt: Receipt): void
  protected abstract bury(entries: readonly DeadLetterEntry[]): void
  protected abstract expired(events: readonly OutcryEvent[]): void
  protected abstract evicted(evicted: number): void
  protected abstract redeliver(strategy: string, event: OutcryEvent, letter: DeadLetter): Promise<void>
}
