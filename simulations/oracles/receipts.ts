import type { Oracle, Subject } from '../subject.js'

/** A receipt says what happened: a duplicate was accepted before, what is refused found no room. */
export function receipts({ plane, fail }: Subject): Oracle {
  const { options } = plane
  const { capacity, signalHeadroom } = options.queue
  const { window } = options.dedupe
  /** By id: how many ids were remembered when it was. */
  const accepted = new Map<string, number>()
  let remembered = 0
  let ids: string[] = []
  /** What the engine may have forgotten is forgotten here: a day has millions of ids. */
  const forget = (): void => {
    if (ids.length < 2 * window + 4_096) return
    const old = ids.slice(0, ids.length - window)
    ids = ids.slice(ids.length - window)
    for (const id of old) if (remembered - (accepted.get(id) ?? 0) > window) accepted.delete(id)
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
        const before = accepted.get(id)
        if (before !== undefined && remembered - before < window)
          fail('receipts', `event ${id} was taken twice within ${remembered - before} events of a window of ${window}`)
        accepted.set(id, remembered)
        ids.push(id)
        forget()
      } else if (status === 'duplicate') {
        if (id !== undefined && !accepted.has(id))
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
