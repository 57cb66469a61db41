import type { Environment } from '../environment/environment.js'
import { OutcryError } from '../errors.js'
import { EventDraft, type EventInput } from '../events/draft.js'
import { OutcryEvent } from '../events/event.js'
import { describeValue } from '../events/invalid.js'
import { type Receipt, receiptOf } from '../events/receipt.js'
import type { EventQueue } from '../queue/queue.js'
import type { Waiters } from '../queue/waiters.js'
import type { Intake } from './intake.js'
import { Pulls } from './pulls.js'
import type { Decided } from './staging.js'
import type { TaskClock } from './task-clock.js'
import { Turns } from './turns.js'

export interface PublisherPorts {
  readonly environment: Environment
  /** Says when an event was received. */
  readonly clock: TaskClock
  readonly intake: Intake
  readonly queue: EventQueue
  readonly waiters: Waiters
  readonly highWater: number
  /** Milliseconds. */
  readonly publishTimeoutMs: number
  /** Whether lane by lane a publisher waits at all. */
  readonly waits: readonly boolean[]
  /** False while a journal that nobody waits for is too far behind. */
  readonly keepsUp: () => boolean
  /** Told when somebody begins to wait: there may be room already, where all that it waits behind comes to nothing. */
  readonly onWaiting: () => void
}

/** Receipts that were not `accepted`, kept for a summary. */
const MAX_PROBLEMS = 100

/** Events of an array that are received at one time, unless others come between them. */
const EVENTS_A_LOOK = 32

/** What `publishAll` came to. */
export interface PublishTotals {
  published: number
  accepted: number
  duplicate: number
  refused: number
  invalid: number
  /** The first receipts that were not `accepted`, at most 100. */
  problems: Receipt[]
}

/** Publishing with backpressure: a publisher waits while the queue stands above its high-water mark. */
export class Publisher {
  /** Handlers of this engine that run synchronously at this moment: their publishes never wait. */
  private handling = 0
  /** The one that runs is asynchronous: what it is given it may wait for. */
  private awaits = false

  private readonly pulls = new Pulls()

  constructor(private readonly ports: PublisherPorts) {}

  /** Nothing more is taken: who waits for a source's next event waits no longer. */
  close(): void {
    this.pulls.close()
  }

  /** An asynchronous handler or hook runs up to its first `await` at this moment. */
  get insideAwaited(): boolean {
    return this.handling > 0 && this.awaits
  }

  /**
   * Runs what must never wait for room, as it may be what makes room.
   *
   * @param awaits It is asynchronous, and so may wait for what it is given.
   */
  whileHandling<T>(handle: () => T, awaits = false): T {
    const before = this.awaits
    this.handling += 1
    this.awaits = awaits
    try {
      return handle()
    } finally {
      this.handling -= 1
      this.awaits = before
    }
  }

  /** What waits for its window throttles nobody, but it takes up room. */
  private get hasRoom(): boolean {
    const { queue, highWater, keepsUp } = this.ports
    return queue.depth < highWater && queue.hasRoom() && keepsUp()
  }

  /** Nobody has to wait, and nobody who waits is overtaken. */
  get roomy(): boolean {
    return this.ports.waiters.size === 0 && this.hasRoom
  }

  publish(input: EventDraft | EventInput): Promise<Receipt> {
    const { intake, queue, waiters, highWater, keepsUp, clock } = this.ports
    if (!intake.plain || waiters.size > 0 || queue.depth >= highWater || !keepsUp()) return this.publishOtherwise(input)
    const taken = intake.pass(input, clock.now())
    if (!(taken instanceof OutcryEvent))
      return taken === undefined ? this.publishOtherwise(input) : Promise.resolve(taken)
    // Made here, where V8 can tell its shape: else it looks for a method `then` in every receipt and all it inherits from.
    return Promise.resolve({ status: 'accepted', id: taken.id, sequence: taken.sequence })
  }

  /** What cannot go the short way: there is no room at present, or more to be asked about than that. */
  private publishOtherwise(input: EventDraft | EventInput): Promise<Receipt> {
    const { intake } = this.ports
    if (intake.durably) return new Promise((resolve) => void this.admitDurably(input, resolve))
    if (this.roomy || this.handling > 0) return Promise.resolve(intake.offer(input))
    return this.publishSlowly(input)
  }

  /**
   * For a journal that is waited for: `decided` is told of the receipt once the event is durable, and
   * the promise, if there is one, resolves once the event has room. So many can be on their way at once.
   */
  admitDurably(input: EventDraft | EventInput, decided: Decided): Promise<void> | undefined {
    const { intake } = this.ports
    const draft = intake.check(input)
    if (!(draft instanceof EventDraft)) {
      decided(draft)
      return undefined
    }
    const lane = intake.laneOf(draft)
    if (this.roomy || this.handling > 0) {
      intake.admitDurably(draft, lane, decided)
      return undefined
    }
    return new Promise((resolve) => {
      this.waitForRoom(draft, lane, (receipt) => {
        if (receipt === undefined) intake.admitDurably(draft, lane, decided)
        else decided(receipt)
        resolve()
      })
    })
  }

  /**
   * Pulls no faster than there is room. Once the engine has stopped, an array is still answered to
   * its end, and any other source is left alone: it may have none.
   */
  async publishAll(
    events: Iterable<EventDraft | EventInput> | AsyncIterable<EventDraft | EventInput>,
  ): Promise<PublishTotals> {
    const totals: PublishTotals = { published: 0, accepted: 0, duplicate: 0, refused: 0, invalid: 0, problems: [] }
    const { intake } = this.ports
    if (!isSource(events)) {
      const message = `publishAll was given ${describeValue(events)}: expected an iterable or an async iterable of events`
      throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'events', value: events })
    }
    if (intake.durably) return this.publishAllDurably(events, totals)
    if (Array.isArray(events)) await this.publishArray(events, totals)
    else {
      const turns = new Turns(this.ports.environment, totals)
      if (Symbol.iterator in events) {
        for (const event of events) {
          count(totals, this.roomy ? intake.offer(event) : await this.publishSlowly(event))
          if (turns.owed) await turns.give()
          if (intake.closed !== undefined) break
        }
      } else {
        for await (const event of this.pulls.of(events)) {
          count(totals, this.roomy ? intake.offer(event) : await this.publishSlowly(event))
          if (turns.owed) await turns.give()
          if (intake.closed !== undefined) break
        }
      }
    }
    return totals
  }

  private async publishArray(events: readonly (EventDraft | EventInput)[], totals: PublishTotals): Promise<void> {
    const turns = new Turns(this.ports.environment, totals)
    for (let at = 0; at < events.length; ) {
      at = this.publishRun(events, at, totals)
      if (turns.owed) await turns.give()
      if (at === events.length || this.roomy) continue
      count(totals, await this.publishSlowly(events[at] as EventDraft | EventInput))
      at += 1
    }
  }

  /** Publishes for as long as there is room, and with one look at the clock. Where it has come to. */
  private publishRun(events: readonly (EventDraft | EventInput)[], from: number, totals: PublishTotals): number {
    const { intake, clock, queue, highWater } = this.ports
    if (!this.roomy) return from
    let now = clock.now()
    let { sequence } = intake
    // What is not taken leaves its room to one more, which the next run finds.
    const end = Math.min(from + EVENTS_A_LOOK, from + highWater - queue.depth, events.length)
    let at = from
    for (; at < end; at += 1) {
      const taken = intake.take(events[at] as EventDraft | EventInput, now)
      if (taken instanceof OutcryEvent) {
        totals.published += 1
        totals.accepted += 1
        sequence += 1
      } else count(totals, taken)
      // A listener of the host's was told of it, and has published.
      if (intake.sequence !== sequence) {
        now = clock.now()
        sequence = intake.sequence
      }
    }
    return at
  }

  /** Many on their way at once, each counted when it is durable. */
  private async publishAllDurably(
    events: Iterable<EventDraft | EventInput> | AsyncIterable<EventDraft | EventInput>,
    totals: PublishTotals,
  ): Promise<PublishTotals> {
    const { intake } = this.ports
    const finite = Array.isArray(events)
    let outstanding = 0
    let over = (): void => {}
    const decided = (receipt: Receipt): void => {
      count(totals, receipt)
      outstanding -= 1
      if (outstanding === 0) over()
    }
    const begin = (event: EventDraft | EventInput): Promise<void> | undefined => {
      outstanding += 1
      return this.admitDurably(event, decided)
    }
    const turns = new Turns(this.ports.environment, totals)
    if (Symbol.iterator in events) {
      for (const event of events) {
        const room = begin(event)
        if (room !== undefined) await room
        if (turns.owed) await turns.give()
        if (intake.closed !== undefined && !finite) break
      }
    } else {
      for await (const event of this.pulls.of(events)) {
        await begin(event)
        if (turns.owed) await turns.give()
        if (intake.closed !== undefined) break
      }
    }
    if (outstanding > 0) {
      await new Promise<void>((resolve) => {
        over = resolve
      })
    }
    return totals
  }

  /** Above the high-water mark: wait where the lane's policy says so, else take the policy's answer. */
  private publishSlowly(input: EventDraft | EventInput): Promise<Receipt> {
    const { intake } = this.ports
    const draft = intake.check(input)
    if (!(draft instanceof EventDraft)) return Promise.resolve(draft)
    const lane = intake.laneOf(draft)
    return new Promise((resolve) => {
      this.waitForRoom(draft, lane, (receipt) => resolve(receipt ?? receiptOf(intake.admit(draft, lane))))
    })
  }

  /** Waits for room where the lane's policy says so. `go` is told when there is, or of why there will be none. */
  private waitForRoom(draft: EventDraft, lane: number, go: (refusal: Receipt | undefined) => void): void {
    const { intake, waiters, waits, publishTimeoutMs, onWaiting } = this.ports
    if (intake.closed !== undefined || waits[lane] !== true || this.handling > 0) {
      go(undefined)
      return
    }
    const refusal = intake.overRate(draft)
    if (refusal !== undefined) {
      go(refusal)
      return
    }
    const queued = waiters.wait(
      {
        lane,
        onRoom: () => {
          // Others of this wake may have filled the room that it was woken for.
          if (intake.closed === undefined && !this.hasRoom) return false
          go(undefined)
          return true
        },
        onTimeout: () => go(intake.refuse(draft, 'timeout')),
        onStop: () => go(intake.refuse(draft, 'stopping')),
      },
      publishTimeoutMs,
    )
    if (queued) onWaiting()
    else go(intake.refuse(draft, 'full'))
  }
}

function count(totals: PublishTotals, receipt: Receipt): void {
  totals.published += 1
  totals[receipt.status] += 1
  if (receipt.status !== 'accepted' && totals.problems.length < MAX_PROBLEMS) totals.problems.push(receipt)
}

const isSource = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
