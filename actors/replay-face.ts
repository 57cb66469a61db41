import type { ReplayEvent } from '../machines/replay.js'
import { OutcryError } from '../src/errors.js'
import { toEpochMs } from '../src/events/time.js'
import type { Feed } from '../src/feeds/feed.js'
import { sortFeed } from '../src/feeds/sort.js'
import { type HistoryQuery, type Moment, Selection } from '../src/history/query.js'
import { filterFeed } from '../src/replay/filter-feed.js'
import { type CheckedReplayOptions, checkCount, checkReplay, type ReplayOptions } from '../src/replay/options.js'
import { Player, type ReplayProgress } from '../src/replay/player.js'
import { type ReplaySource, sourceFeed } from '../src/replay/replay-feed.js'
import type { Plane } from './plane.js'
import type { ReplayPort } from './replay.js'

/** How a replay came to its end. */
export interface ReplaySummary extends ReplayProgress {
  /** `cancelled` by the host, or as the engine stopped. */
  readonly outcome: 'ended' | 'cancelled'
}

/** A replay under way. All of it can be called in every state; what comes too late changes nothing. */
export interface Replay {
  readonly name: string
  /** `idle`, `playing`, `paused` or `done`. */
  readonly state: string
  readonly progress: ReplayProgress
  pause(): void
  resume(): void
  /** Paused, takes so many events more: one by default. */
  step(count?: number): void
  /** Goes on with the first event of that time or later; what the queue holds already is not taken back. */
  seek(to: Moment): void
  cancel(): void
  /**
   * Resolves when the engine has taken the last event, or the replay was cancelled; `engine.drain()`
   * then waits until all is handled. Rejects with what its source failed with.
   */
  readonly done: Promise<ReplaySummary>
}

/** One replay between the host, its actor and the data plane. */
class ReplaySeat implements ReplayPort {
  readonly player: Player
  readonly done: Promise<ReplaySummary>
  /** What it was told before its actor lived. */
  #early: ReplayEvent[] | undefined = []
  #send: (event: ReplayEvent) => void = () => {}
  #state: () => string = () => 'idle'
  #resolve: (summary: ReplaySummary) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(
    readonly name: string,
    options: CheckedReplayOptions,
    private readonly plane: Plane,
  ) {
    const { environment, intake, publisher } = plane
    const order = options.order
    this.player = new Player({
      environment,
      speed: options.speed,
      feed: (from) => feedOf(plane, options, from),
      check: (item) => intake.check(item),
      admit: (draft) => intake.readmit(draft),
      problem: ({ source, position, reason }) => intake.problem(source, position, reason),
      roomy: () => publisher.roomy,
    })
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever does not wait for it hears of a failure by the engine's faults.
    this.done.catch(() => {})
    if (order === 'eventTime')
      plane.log.warn({ replay: name }, 'replay in order of event time: strategies see what had not arrived yet')
  }

  get state(): string {
    return this.#state()
  }

  tell(event: ReplayEvent): void {
    if (this.#early === undefined) this.#send(event)
    else this.#early.push(event)
  }

  attach(send: (event: ReplayEvent) => void, state: () => string): void {
    this.#send = send
    this.#state = state
    const early = this.#early ?? []
    this.#early = undefined
    for (const event of early) send(event)
  }

  ended(outcome: 'ended' | 'cancelled' | 'failed', error: unknown): void {
    this.plane.replays.delete(this.player)
    this.#state = () => 'done'
    this.#send = () => {}
    this.#early = undefined
    if (outcome === 'failed') {
      this.plane.listeners.fault(`replay ${this.name}`, error)
      this.#reject(error)
    } else this.#resolve({ outcome, ...this.player.progress })
  }

  unanswered(actor: string, event: string): void {
    this.plane.unanswered(actor, event)
  }
}

/** Replays of one engine at a time: each is an actor, and each asks for room in each turn. */
const MAX_REPLAYS = 64

/** What `engine.replay` does. */
export function replayFace(plane: Plane, state: () => string): (options?: ReplayOptions) => Replay {
  let count = 0
  return (options = {}) => {
    const checked = checkReplay(options)
    // Whatever is wrong with the source or the query is said here, before anything plays.
    feedOf(plane, checked, undefined)
    if (!state().startsWith('running')) {
      throw new OutcryError('OUTCRY_ENGINE_STATE', `The engine is ${state()}: a replay needs one that runs.`)
    }
    if (plane.replays.size >= MAX_REPLAYS) {
      const message = `${MAX_REPLAYS} replays are under way: another one needs one of them to have come to its end.`
      throw new OutcryError('OUTCRY_ENGINE_STATE', message)
    }
    count += 1
    const seat = new ReplaySeat(`replay-${count}`, checked, plane)
    seat.tell({ type: 'replay.play' })
    if (checked.paused) seat.tell({ type: 'replay.pause' })
    void plane.startReplay(seat.name, seat)
    return {
      name: seat.name,
      get state() {
        return seat.state
      },
      get progress() {
        return seat.player.progress
      },
      pause: () => seat.tell({ type: 'replay.pause' }),
      resume: () => seat.tell({ type: 'replay.resume' }),
      step: (steps = 1) => seat.tell({ type: 'replay.step', count: checkCount(steps) }),
      seek: (to) => seat.tell({ type: 'replay.seek', to: momentOf(to) }),
      cancel: () => seat.tell({ type: 'replay.cancel' }),
      done: seat.done,
    }
  }
}

const isFeed = (source: object): source is Feed => 'recorded' in source

function feedOf(plane: Plane, options: CheckedReplayOptions, from: number | undefined): Feed {
  const { source, order, speed: _, paused: __, ...query } = options
  const narrowed: HistoryQuery = from === undefined ? query : { ...query, from: Math.max(from, query.from ?? from) }
  const feed = unordered(plane, source, narrowed)
  return order === 'eventTime' ? sortFeed(feed) : feed
}

function unordered(plane: Plane, source: ReplaySource | Feed | undefined, query: HistoryQuery): Feed {
  if (source !== undefined && isFeed(source)) return filterFeed(source, new Selection(query, 'replay'))
  const kept = source ?? plane.history
  if (kept === undefined) {
    const message = 'There is nothing to replay: make the engine with the option history, or name a source.'
    throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'replay.source', value: source })
  }
  return sourceFeed(kept, query, plane.types)
}

function momentOf(to: Moment): number {
  const time = toEpochMs(to)
  if (typeof time === 'number') return time
  throw new OutcryError('OUTCRY_OPTION_INVALID', `replay.seek: the moment ${time}`, { path: 'to', value: to })
}
