export interface DepthMarksOptions {
  readonly highWater: number
  /** Queue depth a worker above which more workers are wanted. */
  readonly scaleUpDepth: number
  readonly onHigh: () => void
  readonly onLow: () => void
}

/**
 * Turns the queue's depth into the few facts that decisions are made on: above the high-water mark,
 * back below half of it, deeper than the workers can take. Each is told once a crossing.
 */
export class DepthMarks {
  /** The queue has stood above its high-water mark and not been below half of it since. */
  throttled = false
  /** How often it has risen above its high-water mark. */
  crossings = 0
  /** The depth from which on `rose` has anything to say. */
  next: number
  private workers = 0
  private scaleAt = Number.POSITIVE_INFINITY
  private tellDepth: (depth: number) => void = () => {}

  constructor(private readonly options: DepthMarksOptions) {
    this.next = options.highWater
  }

  /** The supervisor has so many workers now, and wants to hear of a depth that asks for more. */
  scaled(workers: number, tell: (depth: number) => void): void {
    this.workers = workers
    this.tellDepth = tell
    this.scaleAt = this.scaleMark
    this.look()
  }

  rose(depth: number): void {
    if (depth >= this.scaleAt) {
      this.scaleAt = Number.POSITIVE_INFINITY
      this.tellDepth(depth)
    }
    if (!this.throttled && depth >= this.options.highWater) {
      this.throttled = true
      this.crossings += 1
      this.options.onHigh()
    }
    this.look()
  }

  fell(depth: number): void {
    if (this.throttled && depth <= this.options.highWater >> 1) {
      this.throttled = false
      this.options.onLow()
    }
    if (this.scaleAt === Number.POSITIVE_INFINITY && depth < this.scaleMark) this.scaleAt = this.scaleMark
    this.look()
  }

  private look(): void {
    this.next = Math.min(this.scaleAt, this.throttled ? Number.POSITIVE_INFINITY : this.options.highWater)
  }

  private get scaleMark(): number {
    return this.workers * this.options.scaleUpDepth + 1
  }
}
