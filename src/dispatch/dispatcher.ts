import type { Environment } from '../environment/environment.js'
import { LANES, type Lane, MARK_DERIVED, type OutcryEvent } from '../events/event.js'
import type { DeliveryCounts, EventCounts } from '../metrics/book.js'
import { Chunk } from '../queue/chunk.js'
import type { EventQueue } from '../queue/queue.js'
import type { Audit, DispatchOutcome } from './audit.js'
import { ChunkWork, GroupStep } from './chunk-work.js'
import { Delivery } from './delivery.js'
import type { Expiry } from './expiry.js'
import type { StrategyGroupHandle } from './groups.js'
import type { Router } from './router.js'
import type { StrategyRuntime } from './runtime.js'

/** The data plane's hold on a worker actor. */
export interface WorkerHandle {
  /** Asks the worker to lease a chunk; a chunk handled synchronously is over when it returns. */
  lease(): void
}

export interface DispatcherPorts {
  readonly environment: Environment
  readonly queue: EventQueue
  readonly router: Router
  readonly audit: Audit
  readonly events: EventCounts
  /** What strategies published; counted apart. */
  readonly derived: EventCounts
  readonly deliveries: DeliveryCounts
  /** The strategy groups, in the order in which they step. */
  readonly groups: () => readonly StrategyGroupHandle[]
  /** Judges what has waited for too long. */
  readonly expiry: Expiry
  /** Told of events that expired, once they are counted. */
  readonly onExpired: (events: readonly OutcryEvent[]) => void
  /** Whether the whole engine is halted: then no chunk goes on to its next group. */
  readonly halted: () => boolean
  /** A chunk's events have all settled. */
  readonly onSettled: (work: ChunkWork) => void
  /** A delivery is done: its answers go out, its failures become dead letters. */
  readonly onDelivered: (delivery: Delivery) => void
  /** Nothing is queued and nothing is in flight. */
  readonly onIdle: () => void
  /** Room may have come up in the queue. */
  readonly onTaken: () => void
  /** Most events of one chunk. */
  readonly maxEvents: () => number
  /** Collects the answers of a group's step and sends them out in member order when the step ends. */
  readonly orderedAnswers: boolean
}

/** The group of a delivery that belongs to none. */
const NO_GROUP: StrategyGroupHandle = { name: '', members: [], deliver: () => {}, stepped: () => {} }

/**
 * Takes leased chunks through the strategy groups, one group after another, and settles them.
 * It counts once a chunk, never once an event.
 */
export class Dispatcher {
  /** Chunks whose groups have not all stepped. */
  stepping = 0
  /** Chunks with a delivery that is not done. */
  readonly open = new Set<ChunkWork>()
  /** Chunks that may go on to their next group, while an earlier one is being handed on. */
  private readonly ready: ChunkWork[] = []
  /** Chunks that may go on once the engine is halted no longer. */
  private heldBack: ChunkWork[] = []
  private advancing = false

  constructor(private readonly ports: DispatcherPorts) {}

  get idle(): boolean {
    return this.open.size === 0 && this.ports.queue.size === 0
  }

  /**
   * Leases a chunk and hands it to the groups. Undefined if there was none, or if it is over
   * already; else the work that goes on, whose `onStepped` will be called.
   */
  work(onStepped: (work: ChunkWork) => void): ChunkWork | undefined {
    const { queue, router, environment, events, derived, expiry } = this.ports
    const chunk = queue.lease(this.ports.maxEvents(), expiry.begin())
    const expired = this.countExpired()
    if (chunk === undefined) {
      if (expired) this.ports.onTaken()
      if (expired && this.idle) this.ports.onIdle()
      return undefined
    }
    const ofStrategies = derived.figures.queued === 0 ? 0 : countDerived(chunk.events)
    events.leased(chunk.events.length - ofStrategies)
    derived.leased(ofStrategies)
    const split = router.split(chunk.events)
    const work = new ChunkWork(chunk, this.ports.groups(), split, environment.now(), environment.monotonic(), onStepped)
    work.derived = ofStrategies
    this.open.add(work)
    this.stepping += 1
    this.advance(work)
    if (!work.stepping) return undefined
    queue.hold(chunk)
    work.held = true
    return work
  }

  /** A delivery is done, in its step or, if it was detached, after it. */
  delivered(delivery: Delivery): void {
    const { work } = delivery.step
    const { deliveries } = this.ports
    deliveries.succeeded(delivery.succeeded)
    if (delivery.failures.length > 0) deliveries.deadLettered(delivery.failures.length)
    if (delivery.skipped > 0) deliveries.skipped(delivery.skipped)
    if (delivery.abandoned > 0) deliveries.abandoned(delivery.abandoned)
    work.outstanding -= 1
    if (!work.redelivery) delivery.runtime.doneChunk = work.chunk.id
    delivery.onDone?.()
    if (!this.ports.orderedAnswers || delivery.detached) this.ports.onDelivered(delivery)
    if (delivery.detached) {
      // While the chunk is still stepping its record is to come, and has this outcome.
      if (!work.stepping) this.ports.audit.outcome(work.chunk.id, outcomeOf(delivery), delivery.events)
      this.settleIfOver(work)
    } else this.stepDown(delivery.step)
  }

  /** The engine is halted no longer, or what is in flight was given up: chunks that were held back go on. */
  release(): void {
    const { heldBack } = this
    this.heldBack = []
    for (const work of heldBack) this.advance(work)
  }

  /**
   * Delivers one settled event to one strategy again: a delivery more, and no event. `onDone` is told
   * when the delivery is done, whatever came of it, which may be before this returns.
   */
  redeliver(runtime: StrategyRuntime, event: OutcryEvent, onDone: (delivery: Delivery) => void): void {
    const { environment, router, deliveries } = this.ports
    const chunk = new Chunk(0, 0, [event])
    const split = router.split([])
    const work = new ChunkWork(chunk, [], split, environment.now(), environment.monotonic(), () => {})
    work.stepping = false
    work.redelivery = true
    work.outstanding = 1
    this.open.add(work)
    const step = new GroupStep(work, NO_GROUP)
    step.pending = 1
    const delivery = new Delivery(step, runtime, chunk.events)
    // It holds no group, and its answers go out at once.
    delivery.detached = true
    deliveries.due(1)
    delivery.onDone = () => onDone(delivery)
    runtime.offer(delivery)
    if (delivery.status === 'fresh') this.rescue(delivery)
  }

  /** A laggard's delivery no longer holds its group. */
  detached(delivery: Delivery): void {
    this.stepDown(delivery.step)
  }

  private stepDown(step: GroupStep): void {
    step.pending -= 1
    if (step.pending > 0 || !step.waited) return
    this.endStep(step)
    step.group.stepped()
    this.advance(step.work)
  }

  /**
   * Steps group after group until one has to wait. A chunk that is set free from within a handler, as
   * by a strategy's removal, goes on after it: its next group may be the one whose handler that is.
   */
  private advance(work: ChunkWork): void {
    this.ready.push(work)
    if (this.advancing) return
    this.advancing = true
    try {
      for (let next = this.ready.shift(); next !== undefined; next = this.ready.shift()) this.stepOn(next)
    } finally {
      this.advancing = false
    }
  }

  private stepOn(work: ChunkWork): void {
    // What a stop gave up goes to no further group.
    while (work.cursor < work.groups.length && !work.abandoned) {
      if (this.ports.halted()) {
        this.heldBack.push(work)
        return
      }
      const group = work.groups[work.cursor] as StrategyGroupHandle
      work.cursor += 1
      const step = this.stepOf(work, group)
      if (step === undefined) continue
      group.deliver(step)
      for (const delivery of step.deliveries) if (delivery.status === 'fresh') this.rescue(delivery)
      if (step.pending > 0) {
        step.waited = true
        return
      }
      // One that failed took those that had to be awaited down with it, after their group was told of them.
      if (step.announced) group.stepped()
      this.endStep(step)
    }
    this.finishStepping(work)
  }

  private stepOf(work: ChunkWork, group: StrategyGroupHandle): GroupStep | undefined {
    let step: GroupStep | undefined
    const { members } = group
    for (let index = 0; index < members.length; index++) {
      const runtime = members[index]
      if (runtime === undefined) continue
      const events = work.split.of(runtime.interest)
      if (events === undefined) continue
      step ??= new GroupStep(work, group)
      const delivery = new Delivery(step, runtime, events)
      step.deliveries.push(delivery)
      step.pending += 1
      work.outstanding += 1
      work.deliveries.push(delivery)
      this.ports.deliveries.due(events.length)
    }
    return step
  }

  /** A delivery that nobody took was sent to an actor that had stopped: it is abandoned, not lost. */
  private rescue(delivery: Delivery): void {
    delivery.status = 'done'
    delivery.abandonOpen()
    this.delivered(delivery)
  }

  private endStep(step: GroupStep): void {
    if (!this.ports.orderedAnswers) return
    for (const delivery of step.deliveries) {
      if (!delivery.detached) this.ports.onDelivered(delivery)
    }
  }

  private finishStepping(work: ChunkWork): void {
    work.stepping = false
    this.stepping -= 1
    const { audit, queue, environment } = this.ports
    if (audit.recording) {
      audit.dispatched({
        chunk: work.chunk.id,
        lane: LANES[work.chunk.lane] as Lane,
        clock: work.clock,
        elapsedMs: environment.monotonic() - work.startedAt,
        events: work.chunk.events,
        outcomes: work.deliveries.filter((delivery) => delivery.status === 'done').map(outcomeOf),
      })
    }
    queue.release(work.chunk)
    this.settleIfOver(work)
    if (work.held) work.onStepped(work)
    this.ports.onTaken()
  }

  private settleIfOver(work: ChunkWork): void {
    if (work.stepping || work.outstanding > 0 || !this.open.delete(work)) return
    if (!work.redelivery) this.settle(work)
    if (this.idle) this.ports.onIdle()
  }

  private settle(work: ChunkWork): void {
    const { events, derived } = this.ports
    const count = work.chunk.events.length - work.derived
    if (work.abandoned) {
      events.abandonedInFlight(count)
      derived.abandonedInFlight(work.derived)
    } else {
      events.settled(count)
      derived.settled(work.derived)
    }
    this.ports.onSettled(work)
  }

  private countExpired(): boolean {
    const gone = this.ports.expiry.take()
    if (gone.length === 0) return false
    const ofStrategies = countDerived(gone)
    this.ports.events.expired(gone.length - ofStrategies)
    this.ports.derived.expired(ofStrategies)
    this.ports.onExpired(gone)
    return true
  }
}

export function countDerived(events: readonly OutcryEvent[]): number {
  let count = 0
  for (let index = 0; index < events.length; index++) {
    if (((events[index] as OutcryEvent).marks & MARK_DERIVED) !== 0) count += 1
  }
  return count
}

function outcomeOf(delivery: Delivery): DispatchOutcome {
  return {
    strategy: delivery.runtime.name,
    succeeded: delivery.succeeded,
    failed: delivery.failures.length,
    skipped: delivery.skipped,
    abandoned: delivery.abandoned,
    failedSequences: delivery.failures.map((failure) => failure.event.sequence),
    late: delivery.detached,
  }
}
