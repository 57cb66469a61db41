import type { FeedEvent } from '../machines/feed.js'
import type { BreakerHandle } from '../src/breaker/handle.js'
import type { Intake } from '../src/dispatch/intake.js'
import type { Publisher } from '../src/dispatch/publisher.js'
import type { Environment } from '../src/environment/environment.js'
import type { EventTypes } from '../src/events/validate.js'
import { type Feed, isFeedProblem } from '../src/feeds/feed.js'
import { settle } from '../src/settling.js'
import type { FeedPort } from './feeds.js'

export interface FeedReaderPorts {
  readonly environment: Environment
  readonly intake: Intake
  readonly publisher: Publisher
  readonly types: EventTypes
  readonly onFault: (feed: string, error: unknown) => void
  readonly onUnexpected: (actor: string, event: string) => void
  /** The breaker of a feed that asks for one. */
  readonly breakerOf: (feed: Feed) => BreakerHandle | undefined
}

/** Joins a feed's actor to its source: checks it, reads it, and stops reading when asked to. */
export abstract class FeedReader implements FeedPort {
  /** Items taken so far, broken records among them. */
  items = 0
  /** `ended` is by itself and well; one that was told to end is `cancelled`, however it took that. */
  fate: 'open' | 'ended' | 'failed' | 'cancelled' = 'open'
  private readonly controller = new AbortController()
  /** Guards the feed's requests, where it makes any. */
  protected readonly breaker: BreakerHandle | undefined

  constructor(
    readonly feed: Feed,
    protected readonly ports: FeedReaderPorts,
  ) {
    this.breaker = ports.breakerOf(feed)
  }

  prepare(send: (event: FeedEvent) => void): void {
    settle(
      () => this.feed.prepare?.(),
      () => send({ type: 'feed.prepared' }),
      (error) => send({ type: 'feed.failed', error }),
    )
  }

  read(send: (event: FeedEvent) => void): void {
    settle(
      () => this.readAll(this.controller.signal),
      () => {
        this.meets('ended')
        send({ type: 'feed.ended' })
      },
      (error) => {
        this.meets('failed')
        send({ type: 'feed.failed', error })
      },
    )
  }

  cancel(): void {
    this.meets('cancelled')
    this.controller.abort()
  }

  failed(error: unknown): void {
    this.ports.onFault(this.feed.name, error)
  }

  unanswered(actor: string, event: string): void {
    this.ports.onUnexpected(actor, event)
  }

  private meets(fate: FeedReader['fate']): void {
    if (this.fate === 'open') this.fate = fate
  }

  protected abstract readAll(signal: AbortSignal): Promise<void>
}

/** A live source: every event waits for room like any publisher's. */
export class LiveReader extends FeedReader {
  protected async readAll(signal: AbortSignal): Promise<void> {
    const { breaker } = this
    const { environment, intake, publisher, types } = this.ports
    for await (const batch of this.feed.read({ environment, signal, breaker, types })) {
      for (const item of batch) {
        if (signal.aborted) return
        if (isFeedProblem(item)) intake.problem(item.source, item.position, item.reason)
        else if (intake.durably) await publisher.admitDurably(item, ignore)
        else await publisher.publish(item)
      }
    }
  }
}

/** Whatever becomes of it is in the ledger. */
const ignore = (): void => {}
