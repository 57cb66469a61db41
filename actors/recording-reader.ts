import type { Pump } from '../src/dispatch/pump.js'
import type { DataEnvironment, Environment } from '../src/environment/environment.js'
import { EventDraft } from '../src/events/draft.js'
import { MARK_LATE } from '../src/events/event.js'
import { type Feed, type FeedItem, isFeedProblem } from '../src/feeds/feed.js'
import { FeedReader, type FeedReaderPorts } from './feed-reader.js'

export interface RecordingOptions {
  readonly maxEvents: number
  /** Milliseconds of event time. */
  readonly maxSpanMs: number
  readonly speed: number
}

export interface RecordingReaderPorts extends FeedReaderPorts {
  readonly environment: DataEnvironment
  readonly pump: Pump
  /** The shortest delay of any strategy's timer so far. Milliseconds. */
  readonly shortestTimerMs: () => number
  /** When the conflation window ends that an event of that type lies in; Infinity where it has none. Epoch milliseconds. */
  readonly windowEnd: (type: string, epochMs: number) => number
  /** The data moves the clock no further: what waits for a window is let go, and nothing waits any more. */
  readonly closeWindows: () => void
  readonly onLate: () => void
  /** Items that an earlier run on the same journal took. */
  readonly resumeAt: () => number
  /** Reading begins, or is over: whose clock is it? */
  readonly onDriven: (driven: boolean) => void
  /** Told after each read-ahead has been handled. */
  readonly onBoundary: () => void
}

/** How long a turn of the event loop may last. Milliseconds. */
const TURN_MS = 10

/**
 * Plays recordings by the clock of their data. Events are read ahead until a bound that follows from
 * the data alone (their number, the time they span, a change of lane, a strategy's timer), then all
 * of them are handled before the clock moves on: two runs of one file come to the same chunks.
 */
export class RecordingReader extends FeedReader {
  private count = 0
  private lane = -1
  /** Event time of the first event read ahead. */
  private since = Number.NEGATIVE_INFINITY
  /** The latest event time so far: what comes behind it is late. */
  private watermark = Number.NEGATIVE_INFINITY
  /** When the first conflation window ends of those that were read into. */
  private windowUntil = Number.POSITIVE_INFINITY
  private turnBeganAt = 0
  /** What an earlier run took is passed by, without a count, up to here. */
  private passUpTo = 0
  /** Nothing of what is passed by was left to be handled so far. */
  private passing = false
  private begun = false
  private pacedFrom: { readonly data: number; readonly machine: number } | undefined

  constructor(
    feed: Feed,
    private readonly driven: RecordingReaderPorts,
    private readonly options: RecordingOptions,
  ) {
    super(feed, driven)
  }

  override cancel(): void {
    super.cancel()
    // What was read ahead is handled without it, as the feed may never answer; and the reader itself
    // may be waiting for a paused or hung engine.
    this.driven.onDriven(false)
    this.driven.pump.drive(false)
    this.driven.pump.moved()
  }

  protected async readAll(signal: AbortSignal): Promise<void> {
    const { environment, pump, intake, types } = this.driven
    this.turnBeganAt = environment.monotonic()
    this.passUpTo = this.driven.resumeAt()
    this.passing = this.passUpTo > 0
    pump.drive(true)
    this.driven.onDriven(true)
    try {
      for await (const batch of this.feed.read({ environment, signal, types })) {
        for (const item of batch) {
          if (signal.aborted) return
          const wait = this.take(item, signal)
          if (wait !== undefined) await wait
        }
      }
      if (signal.aborted) return
      this.passing = false
      intake.redelivery?.claimRest()
      await this.boundary(this.watermark, signal)
      this.driven.closeWindows()
      await this.boundary(this.watermark, signal)
    } finally {
      this.driven.closeWindows()
      this.driven.onDriven(false)
      pump.drive(false)
    }
  }

  /** Takes one item, at once if the present read-ahead has room for it. */
  private take(item: FeedItem, signal: AbortSignal): Promise<void> | undefined {
    const { intake, environment } = this.driven
    if (this.items < this.passUpTo) return this.passBy(item, signal)
    this.passing = false
    if (isFeedProblem(item)) {
      this.items += 1
      intake.problem(item.source, item.position, item.reason)
      return undefined
    }
    const draft = intake.check(item)
    if (!(draft instanceof EventDraft)) {
      this.items += 1
      return undefined
    }
    // A repeat moves nothing: what was accepted alone decides over chunks and clock, so that a replay of
    // just that comes to the same.
    if (intake.isDuplicate(draft)) {
      this.items += 1
      intake.admit(draft, intake.laneOf(draft))
      return undefined
    }
    const time = draft.timestamp ?? environment.now()
    const lane = intake.laneOf(draft)
    if (this.fits(time, lane)) {
      this.admit(draft, time, lane)
      return undefined
    }
    return this.boundary(Math.max(time, this.watermark), signal).then(() => {
      if (!signal.aborted) this.admit(draft, time, lane)
    })
  }

  /**
   * An item of an earlier run moves the bounds of the read-ahead as it did then, so that those of what
   * follows are the same; if what it became was not settled, it is handled in its turn.
   */
  private passBy(item: FeedItem, signal: AbortSignal): Promise<void> | undefined {
    const { intake, environment } = this.driven
    const draft = isFeedProblem(item) ? undefined : intake.peek(item)
    if (draft === undefined) {
      this.items += 1
      return undefined
    }
    const time = draft.timestamp ?? environment.now()
    const lane = intake.laneOf(draft)
    const move = (): void => {
      this.items += 1
      if (time >= this.watermark) this.watermark = time
      this.readAhead(draft, lane)
      if (intake.redelivery?.claim(draft.id) !== undefined) this.passing = false
    }
    if (this.fits(time, lane)) {
      move()
      return undefined
    }
    return this.boundary(Math.max(time, this.watermark), signal).then(() => {
      if (!signal.aborted) move()
    })
  }

  private readAhead({ definition }: EventDraft, lane: number): void {
    if (this.count === 0) this.since = this.watermark
    this.lane = lane
    this.count += 1
    this.windowUntil = Math.min(this.windowUntil, this.driven.windowEnd(definition.type, this.watermark))
  }

  private fits(time: number, lane: number): boolean {
    const reach = Math.max(time, this.watermark) - this.since
    return (
      this.count < this.options.maxEvents &&
      // A lane is never overtaken by a later event of a more urgent one.
      lane === this.lane &&
      reach <= this.options.maxSpanMs &&
      // A timer that one of these sets may be due before the next: it must not be read past.
      reach < this.driven.shortestTimerMs() &&
      // What waits for a window enters at its end, before what comes then; whether any does may not be known yet.
      Math.max(time, this.watermark) < this.windowUntil &&
      this.driven.environment.nextExact() > Math.max(time, this.watermark)
    )
  }

  private admit(draft: EventDraft, time: number, lane: number): void {
    // Not before: the journal may write the place while an item still waits for its boundary, and a run that
    // goes on from there would pass it by.
    this.items += 1
    const late = time < this.watermark
    if (late) this.driven.onLate()
    else this.watermark = time
    this.readAhead(draft, lane)
    this.driven.intake.admit(draft, lane, false, late ? MARK_LATE : 0, this.watermark)
  }

  /** Handles all that was read ahead, then moves the clock to `time`, stopping at each strategy timer on the way. */
  private async boundary(time: number, signal: AbortSignal): Promise<void> {
    const { environment } = this.driven
    await this.settle(signal)
    this.begin(time)
    for (let exact = environment.nextExact(); exact <= time && !signal.aborted; exact = environment.nextExact()) {
      environment.advanceTo(Math.max(exact, environment.now()))
      await this.settle(signal)
      // A night without a record may hold any number of timers.
      await this.yieldWhenDue()
    }
    if (signal.aborted) return
    if (time > environment.now()) {
      if (this.options.speed !== Number.POSITIVE_INFINITY && !this.passing) await this.keepPace(time, signal)
      environment.advanceTo(time)
    }
    this.count = 0
    this.windowUntil = Number.POSITIVE_INFINITY
    this.driven.onBoundary()
    await this.yieldWhenDue()
  }

  /** What strategies set before the first record is counted from it, as is the pace. */
  private begin(time: number): void {
    const { environment } = this.driven
    if (this.begun || !Number.isFinite(time)) return
    this.begun = true
    environment.begin?.(time)
    if (!this.passing) this.pacedFrom = { data: time, machine: environment.monotonic() }
  }

  private async settle(signal: AbortSignal): Promise<void> {
    const { pump } = this.driven
    // What an earlier run left behind is handled where its turn was, not before.
    if (this.passing) return
    while (!pump.settle() && !signal.aborted) await pump.whenMoved()
  }

  /** Waits until the machine's clock has come as far as the data's, divided by the speed. */
  private async keepPace(time: number, signal: AbortSignal): Promise<void> {
    const { environment } = this.driven
    const machine = environment.monotonic()
    this.pacedFrom ??= { data: time, machine }
    const due = this.pacedFrom.machine + (time - this.pacedFrom.data) / this.options.speed
    if (due - machine < 1 || signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        environment.unwatch(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = environment.watch(done, due - machine)
      signal.addEventListener('abort', done)
    })
  }

  private async yieldWhenDue(): Promise<void> {
    const environment: Environment = this.driven.environment
    if (environment.monotonic() - this.turnBeganAt <= TURN_MS) return
    await new Promise<void>((resolve) => environment.yield(resolve))
    this.turnBeganAt = environment.monotonic()
  }
}
