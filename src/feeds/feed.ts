import type { BreakerHandle } from '../breaker/handle.js'
import type { BreakerOptions } from '../breaker/policy.js'
import type { Environment } from '../environment/environment.js'
import type { EventDraft, EventInput } from '../events/draft.js'
import type { Invalid } from '../events/invalid.js'

/** A record that a feed could not turn into an event. It is counted as invalid and loses nothing else. */
export class FeedProblem {
  /** The feed's name, such as a path. */
  readonly source: string
  /** Line or record number, from 1. */
  readonly position: number
  /** One sentence: what is wrong, with the path and the value. */
  readonly reason: string

  constructor(source: string, position: number, reason: string) {
    this.source = source
    this.position = position
    this.reason = reason
  }
}

/**
 * Whether what a feed has yielded is a problem, and no event. Never throws: it is of the host's making, and a proxy
 * that was revoked cannot even be asked what it is.
 */
export function isFeedProblem(item: unknown): item is FeedProblem {
  try {
    return item instanceof FeedProblem
  } catch {
    return false
  }
}

export type FeedItem = EventDraft | EventInput | FeedProblem

export interface FeedContext {
  readonly environment: Environment
  /** Gives leave for each request, where the feed has asked for one and the engine has made it. */
  readonly breaker?: BreakerHandle | undefined
  /** The engine's own types: what does not fit the one that it names can be told with its place in the feed. */
  readonly types?: { parse(input: unknown): EventDraft | Invalid } | undefined
  /** Aborted when the engine stops: a feed ends its iteration soon after. */
  readonly signal: AbortSignal
}

/** A source of events. */
export interface Feed {
  readonly name: string
  /** True for a recording, whose events' timestamps move the clock; false for a live source. */
  readonly recorded: boolean
  /**
   * Of a feed that makes requests: the circuit breaker that is to guard them. Its name says whom it asks,
   * as in `http:<feed>`; feeds that name the same one share it.
   */
  readonly breaker?: { readonly name: string; readonly options: BreakerOptions } | undefined
  /** How many bytes or records there are in all, where that is known (of a file: after `prepare`): what a progress bar needs. */
  readonly total?: number | undefined
  /** How much of `total` has been read so far. */
  progress?(): number
  /** Checks what can be checked before anything starts: throws OutcryError for a missing file and the like. */
  prepare?(): Promise<void>
  /** Yields batches (at most a few hundred items); pulled, so that the reader's pace is the feed's. */
  read(context: FeedContext): AsyncIterable<readonly FeedItem[]>
}
