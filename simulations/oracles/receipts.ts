import type { Oracle, Subject } from '../subject.js'
import { ById } from './by-id.js'
import { WordBySequence } from './by-sequence.js'

/** A receipt says what happened: a duplicate was accepted before, what is refused found no room. */
export function receipts({ plane, fail }: Subject): Oracle {
  const { options } = plane
  const { capacity, signalHeadroom } = options.queue
  const { window } = options.dedupe
  /** By id: how many ids were remembered when it was. */
  const accepted = new ById()
  let remembered = 0
  /** By the number of an id that was taken, counted from 0: as above. */
  const order = new WordBySequence()
  let taken = 0
  let kept = 0
  /** What lies below is forgotten. */
  let horizon = 0
  const wasAccepted = (id: string): number => {
    const before = accepted.get(id)
    return before < horizon ? 0 : before
  }
  /** What the engine may have forgotten is forgotten here: a day has millions of ids. */
  const forget = (): void => {
    if (kept < 2 * window + 4_096) return
    kept = window
    horizon = Math.min(order.get(taken - window), remembered - window)
    accepted.forgetBelow(horizon)
  }
  return {
    admitted({ draft, reserved, receipt, depthBefore, closedBefore, sealedBefore }) {
      const { status } = receipt
      const { id } = draft
      const closed = closedBefore !== undefined && (sealedBefore || !reserved)
      if (status === 'accepted') {
        if (closed) fail('receipts', `event ${receipt.id} was taken while the engine was ${closedBefore}`)
        remembered += 1
        if (id === undefined || window === 0) return
        const before = wasAccepted(id)
        if (before > 0 && remembered - before < window)
          fail('receipts', `event ${id} was taken twice within ${remembered - before} events of a window of ${window}`)
        accepted.set(id, remembered)
        order.set(taken, remembered)
        taken += 1
        kept += 1
        forget()
      } else if (status === 'duplicate') {
        if (id !== undefined && wasAccepted(id) === 0)
          fail('receipts', `event ${id} was never taken and is called a duplicate`)
      } else if (status === 'refused' && receipt.reason === 'full') {
        const room = (reserved ? capacity + signalHeadroom : capacity) - depthBefore
        if (room > 0) fail('receipts', `an event was refused with room for ${room}`)
        // An id that is taken back leaves its place in the window empty.
        if (reserved) remembered += 1
      }
    },
  }
}
