/** A chunk that took long once may only have been preempted; so many in a row have dear handlers. */
const IN_A_ROW = 3
/** Below this a chunk's fixed cost outweighs its handlers. */
const MIN_EVENTS = 8

/**
 * Adapts the size of a chunk to the cost of its handlers: halved while one takes longer than its
 * budget, doubled again once it takes less than a quarter of it.
 */
export class ChunkSizer {
  size: number
  private over = 0

  constructor(
    private readonly maxEvents: number,
    /** Milliseconds of synchronous work. */
    private readonly budgetMs: number,
    /** Over recorded data a chunk's bounds must follow from the data alone. */
    private readonly adaptive: boolean,
  ) {
    this.size = maxEvents
  }

  took(elapsedMs: number): void {
    if (!this.adaptive) return
    if (elapsedMs > this.budgetMs) {
      this.over += 1
      if (this.over < IN_A_ROW) return
      this.over = 0
      this.size = Math.max(Math.min(MIN_EVENTS, this.maxEvents), this.size >> 1)
      return
    }
    this.over = 0
    if (elapsedMs < this.budgetMs / 4 && this.size < this.maxEvents) this.size = Math.min(this.maxEvents, this.size * 2)
  }
}
