/** The counts that rates are made of. */
export interface Counted {
  readonly accepted: number
  readonly ended: number
  readonly delivered: number
  readonly failed: number
}

const COLUMNS = 4

/** What was counted within the last so many looks, in constant memory: a ring of running totals. */
export class CountWindow {
  private readonly rows: Float64Array
  private next = 0
  private length = 0

  /** @param ticks Looks that the window spans. */
  constructor(private readonly ticks: number) {
    this.rows = new Float64Array((ticks + 1) * COLUMNS)
  }

  /** Takes the totals of one look. @returns what was counted within the window. */
  take({ accepted, ended, delivered, failed }: Counted): Counted {
    const { rows, ticks } = this
    const at = this.next * COLUMNS
    rows[at] = accepted
    rows[at + 1] = ended
    rows[at + 2] = delivered
    rows[at + 3] = failed
    this.length = Math.min(ticks + 1, this.length + 1)
    const oldest = ((this.next + ticks + 2 - this.length) % (ticks + 1)) * COLUMNS
    this.next = (this.next + 1) % (ticks + 1)
    const since = (total: number, column: number): number => total - (rows[oldest + column] ?? 0)
    return {
      accepted: since(accepted, 0),
      ended: since(ended, 1),
      delivered: since(delivered, 2),
      failed: since(failed, 3),
    }
  }
}
