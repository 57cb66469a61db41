import { OutcryEvent } from './event.js'

/** Why an event that was well-formed is not taken. */
export type RefusalReason =
  | 'full'
  | 'timeout'
  | 'not-running'
  | 'stopping'
  | 'evicted'
  | 'rate-limited'
  | 'halted'
  | 'journal'

/** What a publisher gets back. */
export type Receipt =
  | {
      readonly status: 'accepted'
      readonly id: string
      readonly sequence: number
      /** The id of the older queued event that this one conflated. */
      readonly replaced?: string
      /** The id of the queued event that is later by its own time, and is delivered in this one's stead. */
      readonly replacedBy?: string
    }
  | { readonly status: 'duplicate'; readonly id: string }
  | { readonly status: 'refused'; readonly id: string | undefined; readonly reason: RefusalReason }
  | {
      readonly status: 'invalid'
      readonly id: string | undefined
      /** One sentence that names the path and the value. */
      readonly reason: string
      readonly path: string
    }

/** What became of a draft. An event that was simply accepted stands for its own receipt, as whoever takes many reads none. */
export type Taken = OutcryEvent | Receipt

/** The receipt of what was taken. */
export const receiptOf = (taken: Taken): Receipt =>
  taken instanceof OutcryEvent ? { status: 'accepted', id: taken.id, sequence: taken.sequence } : taken
