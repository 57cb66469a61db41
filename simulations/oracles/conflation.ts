import type { Conflate, OutcryEvent } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/** Times are sums of floating point. Milliseconds. */
const ROUNDING_MS = 0.01

/** A timer may fire so late, beside the time in which code runs. Milliseconds. */
const STALL_MS = 5_000

/** What the oracle knows of one key: a lane, type, source and symbol. */
class Key {
  /** The newest event that has entered its lane, for as long as it is queued there. */
  queued: OutcryEvent | undefined
  /** The newest event, while it waits for its window's end. */
  deferred: OutcryEvent | undefined
  /** When the one came that waited first. On the machine's clock, in milliseconds. */
  deferredAt = 0
  /** And what code had been charged with until then. Milliseconds. */
  spentBefore = 0
  /** When the last one entered the lane: on the run's clock, and how far that is ahead of the machine's. */
  enteredAt = Number.NEGATIVE_INFINITY
  ahead = 0
}

/**
 * An event of a conflated type takes the place of the one of its lane, type, source and symbol that
 * still waits, unless it lies behind that in time; what was replaced is counted once, and handed to
 * nobody. Where the type has windows, one event of a key enters in each, and the last one does.
 */
export function conflation({ plane, environment, spentMs, fail, marks }: Subject): Oracle {
  const { conflate = {} } = plane.options
  if (Object.values(conflate).every((how) => how === false)) return {}
  const patterns = Object.entries(conflate)
    .filter(([key]) => key.endsWith('*'))
    .sort(([a], [b]) => b.length - a.length)
  const howOf = (type: string): Conflate =>
    conflate[type] ?? patterns.find(([pattern]) => type.startsWith(pattern.slice(0, -1)))?.[1] ?? false
  const windowOf = (type: string): number => {
    const how = howOf(type)
    return typeof how === 'boolean' || plane.intake.closed !== undefined ? 0 : how.windowMs
  }
  const keys = new Map<string, Key>()
  /** By sequence, for as long as it waits. */
  const keyOf = new Map<number, Key>()
  const waiting = new Set<Key>()
  const replaced = new Set<number>()
  let taken: OutcryEvent | undefined
  const gone = ({ sequence }: OutcryEvent): void => {
    const key = keyOf.get(sequence)
    if (key === undefined) return
    keyOf.delete(sequence)
    if (key.queued?.sequence === sequence) key.queued = undefined
    if (key.deferred?.sequence !== sequence) return
    key.deferred = undefined
    waiting.delete(key)
  }
  const giveWay = (event: OutcryEvent): void => {
    replaced.add(event.sequence)
    gone(event)
    marks.sometimes('event-conflated')
  }
  /** A clock that was set leaves nothing to compare. */
  const wasSet = ({ ahead }: Key): boolean => Math.abs(environment.now() - environment.monotonic() - ahead) > 1
  const enters = (key: Key, event: OutcryEvent, windowMs: number, now = environment.now()): void => {
    const window = (epochMs: number): number => Math.floor(epochMs / windowMs)
    if (windowMs > 0 && !wasSet(key) && window(key.enteredAt) === window(now))
      fail('conflation', `event ${event.sequence} is the second of its key to enter within ${windowMs} ms`)
    key.queued = event
    key.enteredAt = now
    key.ahead = environment.now() - environment.monotonic()
  }
  return {
    accepted(event) {
      taken = event
    },
    admitted({ lane, receipt }) {
      if (receipt.status !== 'accepted' || taken === undefined) return
      const event = taken
      if (howOf(event.type) === false) {
        if (receipt.replaced !== undefined) fail('conflation', `event ${event.sequence} replaced one, unasked`)
        return
      }
      const name = `${lane} ${event.type} ${event.source} ${event.symbol} ${event.derived}`
      const key = keys.get(name) ?? new Key()
      keys.set(name, key)
      const windowMs = windowOf(event.type)
      const older = key.deferred ?? key.queued
      const behind = older !== undefined && event.timestamp < older.timestamp
      const due = behind ? undefined : older
      if (receipt.replaced !== due?.id)
        fail('conflation', `event ${event.sequence} replaced ${receipt.replaced}, and ought to replace ${due?.id}`)
      const yielded = behind && windowMs > 0 ? older : undefined
      if (receipt.replacedBy !== yielded?.id)
        fail('conflation', `event ${event.sequence} gave way to ${receipt.replacedBy}, and ought to to ${yielded?.id}`)
      if (yielded !== undefined) {
        giveWay(event)
        return
      }
      keyOf.set(event.sequence, key)
      if (due === undefined) {
        if (plane.queue.conflated.spotOf(lane, event)?.deferred !== event) enters(key, event, windowMs)
        else {
          marks.sometimes('event-deferred')
          key.deferred = event
          key.deferredAt = environment.monotonic()
          key.spentBefore = spentMs()
          waiting.add(key)
        }
        return
      }
      const wasDeferred = key.deferred !== undefined
      giveWay(due)
      if (!wasDeferred) key.queued = event
      else {
        marks.sometimes('event-conflated-in-window')
        key.deferred = event
        waiting.add(key)
      }
    },
    entersDeferred(event) {
      const key = keyOf.get(event.sequence)
      if (key?.deferred?.sequence !== event.sequence) {
        fail('conflation', `event ${event.sequence} entered at the end of a window that it did not wait for`)
        return
      }
      key.deferred = undefined
      waiting.delete(key)
      // The end of the window has come, though a rounding error may be left until it.
      const windowMs = plane.windows.lettingGo ? 0 : windowOf(event.type)
      const now = environment.now() + ROUNDING_MS
      const end = windowMs === 0 ? 0 : Math.floor(now / windowMs) * windowMs
      enters(key, event, windowMs, now - end < 2 * ROUNDING_MS ? end : environment.now())
    },
    judged(event, expired) {
      if (expired) gone(event)
    },
    evicted: gone,
    leased({ events }) {
      for (const event of events) {
        if (keyOf.get(event.sequence)?.deferred?.sequence === event.sequence)
          fail('conflation', `event ${event.sequence} was handed on before its window's end`)
        gone(event)
        if (replaced.has(event.sequence)) fail('conflation', `event ${event.sequence} was handed on, although replaced`)
      }
    },
    step() {
      const { events, derived } = plane.book
      const counted = events.figures.conflated + derived.figures.conflated
      if (counted !== replaced.size) fail('conflation', `${replaced.size} events were replaced, ${counted} are counted`)
      if (plane.intake.sealed) return
      if (waiting.size !== plane.queue.conflated.deferred)
        fail('conflation', `${waiting.size} events wait for a window, the queue has ${plane.queue.conflated.deferred}`)
      const now = environment.monotonic()
      for (const { deferred, deferredAt, spentBefore } of waiting) {
        const windowMs = deferred === undefined ? 0 : windowOf(deferred.type)
        if (deferred !== undefined && now - deferredAt - (spentMs() - spentBefore) > 4 * windowMs + STALL_MS)
          fail('conflation', `event ${deferred.sequence} still waits, ${now - deferredAt} ms after its key came`)
      }
    },
  }
}
