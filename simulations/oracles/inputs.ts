import type { Oracle, Subject } from '../subject.js'

/** What the world has put in, by its own count. */
export interface InputCounts {
  /** Receipts that it has: offers, and publishes that were answered. */
  readonly answered: number
  /** Publishes without a receipt. */
  readonly pending: number
  /** Records that the feed handed on, and of those what the engine has taken for certain. */
  readonly given: number
  readonly taken: number
}

/** Whatever is put in is counted, once: nothing gets lost before its receipt, and nothing is made up. */
export function inputs({ plane, fail }: Subject, counts: () => InputCounts): Oracle {
  return {
    step() {
      const { published } = plane.book.events.figures
      const { answered, pending, given, taken } = counts()
      if (published < answered + taken)
        fail('inputs', `${answered + taken} inputs were answered, ${published} are counted`)
      if (published > answered + pending + given)
        fail('inputs', `${answered + pending + given} inputs were made, ${published} are counted`)
    },
  }
}
