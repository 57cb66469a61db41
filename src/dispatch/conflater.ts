import { windowEnd } from '../events/conflate.js'
import type { EventDraft } from '../events/draft.js'
import { MARK_LATE, MARK_REPLAYED, type OutcryEvent } from '../events/event.js'
import type { EventTypes } from '../events/validate.js'
import type { Conflatable, Spot } from '../queue/conflation.js'
import type { EventQueue } from '../queue/queue.js'
import { symbolOf } from './event-of.js'
import type { Windows } from './windows.js'

/** What becomes of an event of a conflated type. */
export type Turn =
  /** It takes the last place of its cell; no other of its key is to enter before `until`. */
  | { readonly how: 'enters'; readonly until: number }
  /** It takes the place of an older one of its key that waits. */
  | { readonly how: 'replaces'; readonly spot: Spot; readonly other: OutcryEvent }
  /** It lies behind the one that waits, which is delivered in its stead. */
  | { readonly how: 'yields'; readonly spot: Spot; readonly other: OutcryEvent }
  /** One of its key has entered in this window: it waits for the window's end. */
  | { readonly how: 'waits'; readonly windowMs: number; readonly until: number }

const ENTERS: Turn = { how: 'enters', until: Number.NEGATIVE_INFINITY }

export const conflatable = (draft: EventDraft, source: string, marks: number, receivedAt: number): Conflatable => ({
  type: draft.definition.type,
  source,
  symbol: symbolOf(draft),
  marks,
  timestamp: draft.timestamp ?? receivedAt,
  receivedAt,
})

/**
 * Decides whose turn an event of a conflated type takes. Windows go by arrival: they bound what
 * strategies are given in a time, and a source's own time may stand still, run ahead or come back.
 */
export class Conflater {
  constructor(
    private readonly queue: EventQueue,
    private readonly types: EventTypes,
    private readonly windows: Windows,
  ) {}

  turnOf(event: Conflatable, lane: number): Turn {
    const { conflated } = this.queue
    // The pace of a replay is not the market's: only what is still queued gives way there.
    const windowed = !this.windows.closed && (event.marks & MARK_REPLAYED) === 0
    const windowMs = windowed ? this.types.windowOf(event.type) : 0
    const spot = conflated.spotOf(lane, event)
    const other = spot === undefined ? undefined : conflated.waitingAt(spot)
    if (spot !== undefined && other !== undefined && ((other.marks ^ event.marks) & ~MARK_LATE) === 0) {
      if (event.timestamp >= other.timestamp) return { how: 'replaces', spot, other }
      // Without a window a straggler is delivered for itself: it must not take the place of a later value.
      if (windowMs > 0) return { how: 'yields', spot, other }
    }
    if (windowMs === 0) return ENTERS
    const leftMs = spot === undefined ? 0 : spot.until - event.receivedAt
    // More than two windows are left only where the wall clock was set back.
    if (spot !== undefined && leftMs > 0 && leftMs <= 2 * windowMs) return { how: 'waits', windowMs, until: spot.until }
    return { how: 'enters', until: windowEnd(event.receivedAt, windowMs) }
  }

  /** The event waits for the end of its window; whoever asks has looked for room. */
  defer(event: OutcryEvent, lane: number, partition: number, { windowMs, until }: Turn & { how: 'waits' }): void {
    this.queue.conflated.defer(event, lane, partition, windowMs, until)
    this.windows.waitFor(windowMs, until)
  }
}
