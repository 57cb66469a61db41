import type { Environment } from '../environment/environment.js'
import { OutcryError } from '../errors.js'
import { EventDraft, type EventInput } from '../events/draft.js'
import { describeValue } from '../events/invalid.js'
import type { Receipt } from '../events/receipt.js'
import type { EventQueue } from '../queue/queue.js'
import type { Waiters } from '../queue/waiters.js'
import type { Intake } from './intake.js'

export interface PublisherPorts {
  readonly environment: Environment
  readonly intake: Intake
  readonly queue: EventQueue
  readonly waiters: Waiters
  readonly highWater: number
  /** Milliseconds. */
  readonly publishTimeoutMs: number
  /** Whether lane by lane a publisher waits at all. */
  readonly waits: readonly boolean[]
}

/** Receipts that were not `accepted`, kept for a summary. */
const MAX_PROBLEMS = 100

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

  constructor(private readonly ports: PublisherPorts) {}

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

  /** Nobody has to wait, and nobody who waits is overtaken. */
  get roomy(): boolean {
    const { queue, waiters, highWater } = this.ports
    return queue.depth < highWater && waiters.size === 0
  }

  publish(input: EventDraft | EventInput): Promise<Receipt> {
    if (this.roomy || this.handling > 0) return Promise.resolve(this.ports.intake.offer(input))
    return this.publishSlowly(input)
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
    if (Symbol.iterator in events) {
      const finite = Array.isArray(events)
      for (const event of events) {
        count(totals, this.roomy ? intake.offer(event) : await this.publishSlowly(event))
        if (intake.closed !== undefined && !finite) break
      }
    } else {
      for await (const event of events) {
        count(totals, this.roomy ? intake.offer(event) : await this.publishSlowly(event))
        if (intake.closed !== undefined) break
      }
    }
    return totals
  }

  /** Above the high-water mark: wait where the lane's policy says so, else take the policy's answer. */
  private publishSlowly(input: EventDraft | EventInput): Promise<Receipt> {
    const { intake, waiters, waits, publishTimeoutMs } = this.ports
    const draft = intake.check(input)
    if (!(draft instanceof EventDraft)) return Promise.resolve(draft)
    const lane = intake.laneOf(draft)
    if (intake.closed !== undefined || waits[lane] !== true || this.handling > 0)
      return Promise.resolve(intake.admit(draft, lane))
    const refusal = intake.overRate(draft)
    if (refusal !== undefined) return Promise.resolve(refusal)
    return new Promise((resolve) => {
      const queued = waiters.wait(
        {
          lane,
          onRoom: () => {
            // Others of this wake may have filled the room that it was woken for.
            if (this.ports.queue.depth >= this.ports.highWater && intake.closed === undefined) return false
            resolve(intake.admit(draft, lane))
            return true
          },
          onTimeout: () => resolve(intake.giveUp(draft, lane, 'timeout')),
          onStop: () => resolve(intake.refuse(draft, 'stopping')),
        },
        publishTimeoutMs,
      )
      if (!queued) resolve(intake.giveUp(draft, lane, 'full'))
    })
  }
}

function count(totals: PublishTotals, receipt: Receipt): void {
  totals.published += 1
  totals[receipt.status] += 1
  if (receipt.status !== 'accepted' && totals.problems.length < MAX_PROBLEMS) totals.problems.push(receipt)
}

const isSource = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
