import type { OutcryEvent } from '../events/event.js'
import { encodeEvent } from './encode.js'
import type { JournalBatch } from './records.js'
import { snapshotBytes } from './stored.js'

/** An event that no journal can write: its payload holds a function, a promise, or a getter that throws. */
export interface Misfit {
  readonly event: OutcryEvent
  readonly error: unknown
}

/** Why an event cannot be written; undefined for nearly all. What is encoded for the answer is kept, and not done again. */
export function misfitOf(event: OutcryEvent): Misfit | undefined {
  try {
    encodeEvent(event)
    return undefined
  } catch (error) {
    return { event, error }
  }
}

/** Events that can be written, and the others. */
export function sortedOut(events: readonly OutcryEvent[]): {
  readonly fit: readonly OutcryEvent[]
  readonly misfits: readonly Misfit[]
} {
  const misfits: Misfit[] = []
  const fit = events.filter((event) => {
    const misfit = misfitOf(event)
    if (misfit !== undefined) misfits.push(misfit)
    return misfit === undefined
  })
  return { fit, misfits }
}

/** The facts of a batch with dead letters that can be written: where its event cannot, a letter is kept without. */
export function withoutMisfits(batch: JournalBatch): JournalBatch {
  const { letters } = batch
  if (letters === undefined) return batch
  const kept = letters.map((letter) =>
    letter.event === undefined || misfitOf(letter.event) === undefined ? letter : { ...letter, event: undefined },
  )
  return { ...batch, letters: kept }
}

/**
 * A batch that could not be written, without the states that never can be: what structured clone takes, as shared
 * memory, is more than can be serialised. Only looked at then, as a state may be large.
 */
export function withoutBadSnapshots(batch: JournalBatch): JournalBatch {
  const { snapshots } = batch
  if (snapshots === undefined) return batch
  const kept = snapshots.filter((snapshot) => {
    try {
      snapshotBytes(snapshot)
      return true
    } catch {
      return false
    }
  })
  return kept.length === snapshots.length ? batch : { ...batch, snapshots: kept }
}
