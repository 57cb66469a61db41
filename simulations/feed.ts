import type { Feed, FeedContext, FeedItem } from 'outcry'

/** A live source that hands on whatever the world puts into it. */
export class SimulatedFeed implements Feed {
  readonly name = 'simulated'
  readonly recorded = false
  private items: FeedItem[] = []
  private wake: (() => void) | undefined

  put(item: unknown): void {
    this.items.push(item as FeedItem)
    this.wake?.()
  }

  async *read({ signal }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    while (!signal.aborted) {
      if (this.items.length > 0) {
        const batch = this.items
        this.items = []
        yield batch
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
}
