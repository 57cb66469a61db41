import type { Feed, FeedContext, FeedItem } from 'outcry'
import type { Marks } from './marks.js'
import { InjectedFault, type Trouble } from './trouble.js'

/** What a simulated feed needs of its world. */
export interface FeedWorld {
  readonly trouble: Trouble
  readonly marks: Marks
  readonly later: (ms: number, then: () => void) => void
}

/** A live source that hands on whatever the world puts into it, and all that can go wrong with it. */
export class SimulatedFeed implements Feed {
  readonly name = 'simulated'
  readonly recorded = false
  /** Records handed to the engine. */
  given = 0
  /** Of those, the ones that it has taken for certain, as it came back for more. */
  taken = 0
  /** Nobody reads it any more, as it broke off. */
  broken = false
  private items: FeedItem[] = []
  private wake: (() => void) | undefined
  private puts = 0

  constructor(private readonly world: FeedWorld) {}

  put(item: unknown): void {
    const { trouble, marks, later } = this.world
    this.puts += 1
    const fault = trouble.feed(this.puts)
    if (fault === undefined || fault.mode === 'refuse') {
      this.push(item)
      return
    }
    if (fault.mode === 'disconnect') {
      marks.sometimes('feed-disconnected')
      this.broken = true
      this.wake?.()
      return
    }
    marks.sometimes('feed-disturbed')
    if (fault.mode === 'duplicate') this.push(item)
    if (fault.mode === 'drop') return
    // Late by itself it is a delay, late behind its successors it is out of order: both come of waiting.
    if (fault.mode === 'delay' || fault.mode === 'reorder') later(fault.ms, () => this.push(item))
    else this.push(item)
  }

  async *read({ signal }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    if (this.world.trouble.feedRefuses()) {
      this.world.marks.sometimes('feed-refused')
      this.broken = true
      throw new InjectedFault('the feed refuses')
    }
    while (!signal.aborted) {
      if (this.broken) throw new InjectedFault('the feed broke off')
      if (this.items.length > 0) {
        const batch = this.items
        this.items = []
        this.given += batch.length
        yield batch
        this.taken += batch.length
        continue
      }
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.wake = undefined
          signal.removeEventListener('abort', go)
          resolve()
        }
        this.wake = go
        signal.addEventListener('abort', go)
      })
    }
  }

  private push(item: unknown): void {
    this.items.push(item as FeedItem)
    this.wake?.()
  }
}
