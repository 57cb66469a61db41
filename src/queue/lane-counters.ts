/** What went through one lane, and what was turned away from it. */
export interface LaneCounters {
  enqueued: number
  leased: number
  /** Not taken, for want of room. */
  refused: number
  /** Of those, the reserved ones. */
  refusedReserved: number
  /** Taken out again to make room for more urgent ones. */
  evicted: number
  /** Taken out by `takeAll`. */
  abandoned: number
  /** Replaced where it stood by a newer event of its key, or gave way to one that was there. */
  conflated: number
  /** Turned away by a lease, as they had waited for too long. */
  expired: number
}

export const noCounts = (): LaneCounters => ({
  enqueued: 0,
  leased: 0,
  refused: 0,
  refusedReserved: 0,
  evicted: 0,
  abandoned: 0,
  conflated: 0,
  expired: 0,
})
