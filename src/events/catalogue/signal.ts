export type SignalSide = 'buy' | 'sell' | 'flat'

/** What a strategy answers. */
export interface SignalPayload {
  readonly side: SignalSide
  /** Conviction, 0 to 1. */
  readonly strength: number
  /** Why, in a few words. */
  readonly reason?: string | undefined
}
