import { INHERITED_MARKS, MARK_LATE, MARK_REPLAYED, type OutcryEvent } from './event.js'
import { typeOverrides } from './overrides.js'
import { isTtl } from './ttl.js'

/** What is to be known of an event before what follows from it is traded: bits of its marks. */
export type MarksOf = (event: OutcryEvent) => number

/** Over a recording, whose clock is its events' own. */
export const marksOfRecorded: MarksOf = ({ marks }) => marks & INHERITED_MARKS

/**
 * What follows from a live event that is stale, as its own time lies further back than its type's may, is marked
 * late: vendors hand out what is months old on a live connection, and what came in time may be handled long after
 * it, be it redriven, left behind by an earlier run or held back by a pause. A replayed one is handled long after
 * its time by its nature.
 *
 * @param now the run's clock: UTC epoch milliseconds. One that was set back makes nothing younger than it came.
 * @param staleAfterMs by type, or by the longest pattern that fits. Milliseconds.
 * @throws OutcryError OUTCRY_OPTION_INVALID for a key that is no type or pattern, or a value that is no time.
 */
export function marksOfLive(staleAfterMs: Readonly<Record<string, number>>, now: () => number): MarksOf {
  const limitOf = typeOverrides('staleAfterMs', staleAfterMs, (value) =>
    isTtl(value) ? undefined : 'expected milliseconds above 0, or Infinity',
  )
  return (event) => {
    const marks = event.marks & INHERITED_MARKS
    if ((marks & MARK_REPLAYED) !== 0) return marks
    const limitMs = limitOf(event.type) ?? Number.POSITIVE_INFINITY
    if (limitMs === Number.POSITIVE_INFINITY) return marks
    return Math.max(event.receivedAt, now()) - event.timestamp > limitMs ? marks | MARK_LATE : marks
  }
}
