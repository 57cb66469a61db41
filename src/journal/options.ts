import type { BreakerOptions } from '../breaker/policy.js'

/**
 * What a receipt of `publish` stands for. `chunk`: the event is on the disk. `interval`: it will be
 * within `intervalMs`, unless power fails. `none`: it is written when it is convenient, and on the
 * disk when the engine has stopped.
 */
export type Durability = 'none' | 'interval' | 'chunk'

/**
 * What happens while the journal takes nothing. `wait`: publishers wait for it, up to the bound of the
 * queue, and then as for any want of room. `refuse`: what is new is refused as `journal`. `continue`:
 * events go on without being journalled, loudly.
 */
export type JournalFailurePolicy = 'wait' | 'refuse' | 'continue'

export interface JournallingOptions {
  /** Default `wait`. */
  readonly onFailure?: JournalFailurePolicy
  /** Between two syncs with `durability: 'interval'`. Milliseconds; default 100. */
  readonly intervalMs?: number
  /** Events that a journal which nobody waits for may be behind. Default 65,536. */
  readonly maxBehind?: number
  /** When appends count as failing or slow: the breaker `journal`. By default it opens at the third failure in a row. */
  readonly breaker?: BreakerOptions
  /** Forget what has arrived so long ago and is settled. Milliseconds; default: nothing is forgotten. */
  readonly keepMs?: number
  /** Bytes to be kept at most, of what is settled. Default: no bound. */
  readonly maxBytes?: number
  /** Between two looks at what may be forgotten, and what can be compacted. Milliseconds; default 60,000. */
  readonly trimEveryMs?: number
}
