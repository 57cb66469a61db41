import type { Environment, Timer } from '../environment/environment.js'
import { EventDraft } from '../events/draft.js'
import type { Receipt } from '../events/receipt.js'
import { type Feed, type FeedItem, type FeedProblem, isFeedProblem } from '../feeds/feed.js'
import { Pace } from './pace.js'

export interface PlayerPorts {
  readonly environment: Environment
  /** What is to be played from a moment on: UTC epoch milliseconds, undefined for all of it. */
  readonly feed: (from: number | undefined) => Feed
  /** Checks what was not validated yet, and counts what is invalid. */
  readonly check: (item: Exclude<FeedItem, FeedProblem>) => EventDraft | Receipt
  /** Takes an event in, marked as replayed. */
  readonly admit: (draft: EventDraft) => Receipt
  /** Counts a record that is no event. */
  readonly problem: (problem: FeedProblem) => void
  /** Whether an event can be taken at once, without overtaking a publisher that waits. */
  readonly roomy: () => boolean
  readonly speed: number
}

export type PlayerNotice =
  | { readonly type: 'replay.ended' }
  | { readonly type: 'replay.failed'; readonly error: unknown }

/** How far a replay has come. */
export interface ReplayProgress {
  /** Events taken by the engine. */
  readonly replayed: number
  /** Events that the engine refused, with a receipt that said why. */
  readonly refused: number
  /** Records that were no events, or do not fit their type any more. */
  readonly invalid: number
  /** Event time of the last one, UTC epoch milliseconds; undefined before the first. */
  readonly at: number | undefined
  /** How much of its source was read, 0 to 1; undefined where the source does not say. */
  readonly share: number | undefined
}

/**
 * Plays a recording into a running engine, a batch of its source at a time and no faster than the
 * queue has room. Its machine says what it is to do; it tells when it has come to its end.
 */
export class Player {
  #replayed = 0
  #refused = 0
  #invalid = 0
  #at: number | undefined
  readonly #pace: Pace
  /** Each seek begins another reading; what an earlier one still brings is dropped. */
  #reading = 0
  #controller = new AbortController()
  #from: number | undefined
  #feed: Feed | undefined
  #held = true
  #closed = false
  /** Events that may be taken though it is held. */
  #steps = 0
  #wake: (() => void) | undefined
  #timer: Timer | undefined
  #tell: (notice: PlayerNotice) => void = () => {}

  constructor(private readonly ports: PlayerPorts) {
    this.#pace = new Pace(ports.speed)
  }

  get progress(): ReplayProgress {
    const { total, progress } = this.#feed ?? {}
    return {
      replayed: this.#replayed,
      refused: this.#refused,
      invalid: this.#invalid,
      at: this.#at,
      share:
        total === undefined || progress === undefined
          ? undefined
          : Math.min(1, total === 0 ? 1 : progress.call(this.#feed) / total),
    }
  }

  attach(tell: (notice: PlayerNotice) => void): void {
    this.#tell = tell
  }

  play(): void {
    this.#held = false
    this.#steps = 0
    this.#pace.begin()
    if (this.#reading === 0) this.#read()
    else this.wake()
  }

  hold(): void {
    this.#held = true
    this.wake()
  }

  step(count: number): void {
    this.#steps += count
    this.wake()
  }

  seek(to: number): void {
    this.#from = to
    this.#pace.begin()
    this.#controller.abort()
    this.#read()
  }

  close(): void {
    this.#closed = true
    this.#reading += 1
    this.#tell = () => {}
    this.#controller.abort()
    this.wake()
  }

  /** Something that it may have been waiting for has come about: room in the queue, above all. */
  wake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #read(): void {
    this.#reading += 1
    this.#controller = new AbortController()
    const reading = this.#reading
    this.#readAll(reading, this.#controller.signal).then(
      () => {
        if (reading === this.#reading) this.#tell({ type: 'replay.ended' })
      },
      (error: unknown) => {
        if (reading === this.#reading) this.#tell({ type: 'replay.failed', error })
      },
    )
    // What the last reading waited for is of no concern any more.
    this.wake()
  }

  async #readAll(reading: number, signal: AbortSignal): Promise<void> {
    const { environment } = this.ports
    const feed = this.ports.feed(this.#from)
    this.#feed = feed
    await feed.prepare?.()
    for await (const batch of feed.read({ environment, signal })) {
      for (let index = 0; index < batch.length; index += 1) {
        if (reading !== this.#reading) return
        const item = batch[index] as FeedItem
        const draft = this.#drafted(item)
        if (draft === undefined) continue
        const time = draft.timestamp
        // Nothing is awaited for an event that may be taken at once.
        const waitMs = this.#waitOf(time)
        if (waitMs > 0 && !(await this.#mayTakeLater(reading, time, waitMs))) return
        this.#take(draft)
      }
    }
    // Paused at its very end it is not over: a seek may come.
    while (this.#held && this.#steps === 0 && reading === this.#reading) await this.#change()
  }

  #drafted(item: FeedItem): EventDraft | undefined {
    if (isFeedProblem(item)) {
      this.#invalid += 1
      this.ports.problem(item)
      return undefined
    }
    const draft = this.ports.check(item)
    if (draft instanceof EventDraft) return draft
    this.#invalid += 1
    return undefined
  }

  #take(draft: EventDraft): void {
    if (this.#held) this.#steps -= 1
    const { status } = this.ports.admit(draft)
    if (status === 'accepted') this.#replayed += 1
    else this.#refused += 1
    this.#at = draft.timestamp
  }

  /** How long an event has to wait: 0 or less if it may be taken now, Infinity until something changes. Milliseconds. */
  #waitOf(time: number | undefined): number {
    if (this.#held && this.#steps === 0) return Number.POSITIVE_INFINITY
    const waitMs = this.#held ? 0 : this.#waitFor(time)
    return waitMs > 0 || this.ports.roomy() ? waitMs : Number.POSITIVE_INFINITY
  }

  /** False if the reading is over. */
  async #mayTakeLater(reading: number, time: number | undefined, firstWaitMs: number): Promise<boolean> {
    const { environment } = this.ports
    // The wait that was found to be needed is the one that is waited: a clock that is read again has gone on.
    for (let waitMs = firstWaitMs; waitMs > 0; waitMs = this.#waitOf(time)) {
      if (waitMs !== Number.POSITIVE_INFINITY) this.#timer = environment.watch(() => this.wake(), waitMs)
      await this.#change()
      environment.unwatch(this.#timer)
      this.#timer = undefined
      if (reading !== this.#reading) return false
    }
    return reading === this.#reading
  }

  #waitFor(time: number | undefined): number {
    return time === undefined ? 0 : this.#pace.waitFor(time, this.ports.environment)
  }

  #change(): Promise<void> {
    return this.#closed ? Promise.resolve() : new Promise((resolve) => (this.#wake = resolve))
  }
}
