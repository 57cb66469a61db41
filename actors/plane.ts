import { PARTS, type PartName } from '../machines/parts.js'
import type { DeadLetter, DeadLetterEntry } from '../src/dead-letters/letter.js'
import type { ChunkWork } from '../src/dispatch/chunk-work.js'
import type { Delivery } from '../src/dispatch/delivery.js'
import { countDerived, type WorkerHandle } from '../src/dispatch/dispatcher.js'
import type { StrategyGroupHandle } from '../src/dispatch/groups.js'
import type { Halt } from '../src/dispatch/halts.js'
import type { StrategyRuntime } from '../src/dispatch/runtime.js'
import { OutcryError } from '../src/errors.js'
import { EventDraft, type EventInput } from '../src/events/draft.js'
import { MARK_DERIVED, MARK_REDELIVERED, type OutcryEvent, withMarks } from '../src/events/event.js'
import type { Receipt } from '../src/events/receipt.js'
import type { ReadPosition } from '../src/journal/records.js'
import type { Ledger } from '../src/metrics/ledger.js'
import type { Outbox } from '../src/sinks/outbox.js'
import { isSignal, type SignalEvent } from '../src/sinks/sink.js'
import type { FeedsPlane } from './feeds.js'
import { partInputs } from './part-inputs.js'
import type { ReplayPort } from './replay.js'
import type { StrategiesPlane } from './strategies.js'
import type { GroupPlane } from './strategy-group.js'
import type { StrategyChange } from './strategy-seat.js'
import type { SupervisorPlane, WorkerCounts } from './supervisor.js'
import { warmUp } from './warm-up.js'
import { Wiring } from './wiring.js'
import type { WorkerPlane } from './worker.js'

/**
 * The data plane of one engine: everything that holds, counts or moves events, wired together. It
 * decides nothing about lifecycles: its actors do, and this is what their effects act upon.
 */
export class Plane extends Wiring implements WorkerPlane, SupervisorPlane, GroupPlane, StrategiesPlane, FeedsPlane {
  /** Told now and then while a start goes on for a good reason. */
  onProgress: () => void = () => {}

  /** The engine has failed, as far as its actor knows. */
  get failed(): boolean {
    return (this.actor?.getSnapshot() as { context?: { failed?: boolean } } | undefined)?.context?.failed === true
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
    this.refuseNew()
    this.windows.close()
    this.pump.activate()
    if (this.dispatcher.idle) this.outside.tell(() => this.onQueue('idle'))
  }

  private refuseNew(): void {
    this.intake.closed = 'stopping'
    this.stage.ending = true
    for (const player of this.replays) player.close()
    for (const reader of this.readers) reader.cancel()
    this.waiters.releaseAll('stopping')
    this.publisher.close()
  }

  /** Gives up what is queued or in flight. */
  giveUp(): void {
    this.intake.sealed = true
    this.pump.deactivate()
    this.refuseNew()
    this.journalling?.giveUp()
    const left = this.queue.takeAll()
    this.windows.drop()
    const ofStrategies = countDerived(left)
    this.book.events.abandonedQueued(left.length - ofStrategies)
    this.book.derived.abandonedQueued(ofStrategies)
    // With a journal it is not lost: the next run goes on with it.
    if (this.keeps('shutdown') && this.journalling === undefined) {
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
    // It is the last part to stop, and may have had to be left behind.
    this.journalling?.dismiss()
    this.stage.close()
    for (const outbox of this.outboxes) outbox.dismiss()
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
    // It retires with its chunk, whose cells are free now: others may have waited for them.
    else this.pump.moved()
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

  /** Tells actors of something once the worker's step under way is over, or now if there is none. */
  tell(news: () => void): void {
    this.outside.tell(news)
  }

  /** An actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void {
    this.unexpected.note(actor, event)
  }

  strategyFaulted(name: string, error: unknown): void {
    this.log.error({ strategy: name, err: error }, 'a strategy was given up')
    this.listeners.fault(`strategy ${name}`, error)
  }

  protected override async warmUp(runtime: StrategyRuntime): Promise<void> {
    if (this.history !== undefined) await warmUp(runtime, this.history, this)
  }

  /** Has the part of the feeds play recorded events; not from within an actor's action, as its news would nest. */
  async startReplay(name: string, seat: ReplayPort): Promise<void> {
    this.replays.add(seat.player)
    await undefined
    const feeds = this.actor?.getSnapshot().children['feeds']
    if (feeds?.getSnapshot().status === 'active')
      feeds.send({ type: 'replay.start', name, input: { name, player: seat } })
    else seat.ended('cancelled', undefined)
  }

  feedsEnded(): void {
    this.feedsDone = true
    this.idled()
  }

  protected override strategyChanged(change: StrategyChange): void {
    const { strategy, restarts, waitMs, error } = change
    if (change.change === 'restarting')
      this.log.warn({ strategy, restarts, waitMs, err: error }, 'a strategy failed and is restarted')
    this.listeners.emit('strategy', change)
    this.onChange()
  }

  /** A call of an incarnation that is over publishes nothing. */
  protected override refuseRetired(event: EventDraft | EventInput): Receipt {
    const draft = this.intake.check(event, MARK_DERIVED)
    return draft instanceof EventDraft ? this.intake.refuse(draft, 'stopping', MARK_DERIVED) : draft
  }

  /** A strategy has another breaker, or is gone with its own: what guards it has to follow. */
  protected override async breakersChanged(name: string): Promise<void> {
    // Not from within an actor's action: the news would nest.
    await undefined
    const shelf = this.actor?.getSnapshot().children.breakers
    if (shelf?.getSnapshot().status !== 'active') return
    const input = this.stage.breaker(name)
    if (input === undefined) shelf.send({ type: 'child.remove', name: `breaker:${name}` })
    else if (!input.attached) shelf.send({ type: 'child.add', child: { name: `breaker:${name}`, input } })
  }

  protected override accepted(event: OutcryEvent): void {
    if (this.probe.wants(event.sequence)) this.probe.accepted(event.sequence, this.environment.monotonic())
    if (this.queue.depth >= this.marks.next) this.marks.rose(this.queue.depth)
    if (isSignal(event)) this.sendOut(event)
    this.pump.wake()
  }

  protected override wakeWaiters(): boolean {
    const told = this.rousing.tell()
    this.onChange()
    return told
  }

  protected override idled(): void {
    this.runner.lateness.rest()
    this.rousing.tell()
    this.onChange()
    // The feeds may have ended while some of what they brought is still on its way.
    if (this.dispatcher.idle) this.outside.tell(() => this.onQueue('idle'))
    this.idleness.look()
  }

  protected override delivered(delivery: Delivery): void {
    const { runtime } = delivery
    if (delivery.answers.length > 0 && !delivery.step.work.abandoned)
      this.signals.publish(runtime.name, delivery.answers)
    if (delivery.failures.length > 0)
      this.bury(delivery.failures.map((failure) => ({ ...failure, strategy: runtime.name })))
    // What a redrive could not deliver goes back to where it came from.
    const { abandoned, redelivery } = delivery.step.work
    if (delivery.lost.length === 0 || !abandoned || redelivery || !this.keeps('shutdown')) return
    if (this.journalling !== undefined) return
    const error = new OutcryError('OUTCRY_ENGINE_STOPPED', 'The engine stopped before this was handled.')
    this.bury(delivery.lost.map((event) => ({ reason: 'shutdown', event, strategy: runtime.name, error, attempts: 0 })))
  }

  // Halts and what they withhold.

  /** Engages a kill switch, in force as of now. False if it was engaged already. */
  engage(halt: Halt): boolean {
    if (!this.halts.engage(halt)) return false
    for (const outbox of this.outboxes) outbox.recall((signal) => this.withholds(signal))
    this.log.warn({ symbol: halt.symbol, reason: halt.reason }, 'halted')
    this.journalling?.writer.halts(this.halts.list())
    this.listeners.emit('halt', { ...halt, engaged: true })
    this.onChange()
    return true
  }

  disengage(symbol: string | undefined): boolean {
    const halt = this.halts.reset(symbol)
    if (halt === undefined) return false
    this.log.warn({ symbol, reason: halt.reason }, 'no longer halted')
    this.journalling?.writer.halts(this.halts.list())
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

  protected override withheld(signal: SignalEvent): void {
    for (const outbox of this.outboxes) outbox.offer(signal, true)
  }

  protected override signalRefused(strategy: string, receipt: Receipt): void {
    const why = receipt.status === 'refused' ? receipt.reason : receipt.status
    // A halt is no fault, and a rate limit would make as many faults as signals.
    if (why === 'halted' || why === 'rate-limited') return
    this.listeners.fault(`signal of ${strategy}`, new Error(`not accepted: ${why}`))
  }

  // Dead letters.

  protected override bury(entries: readonly DeadLetterEntry[]): void {
    for (const letter of this.deadLetters.enter(entries)) this.listeners.deadLetter(letter)
  }

  protected override expired(events: readonly OutcryEvent[]): void {
    this.journalling?.settled(events)
    if (!this.keeps('expired')) return
    this.bury(events.map((event) => ({ reason: 'expired', event, strategy: undefined })))
  }

  protected override evicted(evicted: number): void {
    this.log.warn({ evicted }, 'dead letters are full: the oldest are evicted')
    this.listeners.emit('deadLettersEvicted', { evicted, held: this.deadLetters.store.held })
  }

  protected override timerFailed(runtime: StrategyRuntime, error: unknown): void {
    runtime.counts.failed += 1
    this.log.error({ strategy: runtime.name, err: error }, 'a timer callback failed')
    this.listeners.fault(`timer of strategy ${runtime.name}`, error)
    // A failure in a row, like that of an event.
    runtime.failuresInARow += 1
    if (runtime.failuresInARow >= runtime.crashAfter) runtime.crash(error)
  }

  /** A strategy let an error escape from a timer or promise of its own: its failure, whatever it was doing. */
  crash(strategy: string, error: unknown): void {
    const runtime = this.stage.runtimes.get(strategy)
    if (runtime === undefined) return
    runtime.counts.failed += 1
    this.log.error({ strategy, err: error }, 'a strategy let an error escape')
    this.listeners.fault(`strategy ${strategy}`, error)
    this.outside.tell(() => runtime.crash(error))
  }

  protected override redeliver(strategy: string, event: OutcryEvent, letter: DeadLetter): Promise<void> {
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

  // The journal.

  /** How far a recording was read; undefined where none is. */
  readPosition(): ReadPosition | undefined {
    if (this.clock === undefined) return undefined
    const [reader] = this.readers
    return reader === undefined ? undefined : { items: reader.items, sequence: this.intake.sequence }
  }

  /** Publishers may find room that there was none of before, and whoever waits for rest may have it. */
  roomAgain(): void {
    this.idled()
  }

  /** A halt of an earlier run is in force again. */
  reengage(halt: Halt): void {
    if (this.engage(halt) && halt.symbol === undefined) this.actor?.send({ type: 'engine.halt' })
  }

  /** A signal that a sink may not have got. */
  offerAgain(outbox: Outbox, signal: SignalEvent): void {
    outbox.offer(signal, this.withholds(signal))
  }

  get parts(): readonly PartName[] | undefined {
    return this.journalling === undefined ? undefined : PARTS
  }

  get partInputs(): Readonly<Record<PartName, unknown>> {
    return partInputs(this)
  }
}
