import type { OutcryEvent } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/**
 * An event of a conflated type takes the place of the one of its lane, type, source and symbol that is
 * still queued, unless it lies behind that in time; what was replaced is counted once, and handed to nobody.
 */
export function conflation({ plane, fail, marks }: Subject): Oracle {
  const { conflate = {} } = plane.options
  if (!Object.values(conflate).includes(true)) return {}
  const patterns = Object.entries(conflate)
    .filter(([key]) => key.endsWith('*'))
    .sort(([a], [b]) => b.length - a.length)
  const conflates = (type: string): boolean =>
    conflate[type] ?? patterns.find(([pattern]) => type.startsWith(pattern.slice(0, -1)))?.[1] ?? false
  /** The newest event of each key, for as long as it is queued. */
  const newest = new Map<string, OutcryEvent>()
  const keys = new Map<number, string>()
  const replaced = new Set<number>()
  let taken: OutcryEvent | undefined
  const gone = ({ sequence }: OutcryEvent): void => {
    const key = keys.get(sequence)
    if (key === undefined) return
    keys.delete(sequence)
    if (newest.get(key)?.sequence === sequence) newest.delete(key)
  }
  return {
    accepted(event) {
      taken = event
    },
    admitted({ lane, receipt }) {
      if (receipt.status !== 'accepted' || taken === undefined) return
      const event = taken
      if (!conflates(event.type)) {
        if (receipt.replaced !== undefined) fail('conflation', `event ${event.sequence} replaced one, unasked`)
        return
      }
      const key = `${lane} ${event.type} ${event.source} ${event.symbol} ${event.derived}`
      const older = newest.get(key)
      const due = older !== undefined && event.timestamp >= older.timestamp ? older : undefined
      if (receipt.replaced !== due?.id)
        fail('conflation', `event ${event.sequence} replaced ${receipt.replaced}, and ought to replace ${due?.id}`)
      if (due !== undefined) {
        replaced.add(due.sequence)
        gone(due)
        marks.sometimes('event-conflated')
      }
      newest.set(key, event)
      keys.set(event.sequence, key)
    },
    judged(event, expired) {
      if (expired) gone(event)
    },
    evicted: gone,
    leased({ events }) {
      for (const event of events) {
        gone(event)
        if (replaced.has(event.sequence)) fail('conflation', `event ${event.sequence} was handed on, although replaced`)
      }
    },
    step() {
      const { events, derived } = plane.book
      const counted = events.figures.conflated + derived.figures.conflated
      if (counted !== replaced.size) fail('conflation', `${replaced.size} events were replaced, ${counted} are counted`)
    },
  }
}
