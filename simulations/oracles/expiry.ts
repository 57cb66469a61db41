import type { OutcryEvent } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/** What has a time to live is handed on within it, or expires: never the other way round. */
export function expiry({ plane, environment, fail, marks }: Subject): Oracle {
  const { ttlMs = {}, deadLetters } = plane.options
  const entries = Object.entries(ttlMs)
  const patterns = entries.filter(([key]) => key.endsWith('*')).sort(([a], [b]) => b.length - a.length)
  const known = new Map<string, number>(entries)
  /** By its name, else by the longest pattern that covers it. */
  const ttlOf = (type: string): number => {
    let ttl = known.get(type)
    if (ttl === undefined) {
      ttl = patterns.find(([pattern]) => type.startsWith(pattern.slice(0, -1)))?.[1] ?? Number.POSITIVE_INFINITY
      known.set(type, ttl)
    }
    return ttl
  }
  const isOver = (event: OutcryEvent): boolean => environment.now() - event.receivedAt > ttlOf(event.type)
  let gone = 0
  let letters = 0
  const count = (): void => {
    const { events, derived } = plane.book
    const counted = events.figures.expired + derived.figures.expired
    if (counted !== gone) fail('expiry', `${gone} events have expired, ${counted} are counted`)
  }
  return {
    judged(event, expired) {
      if (expired) gone += 1
      if (expired && !isOver(event)) fail('expiry', `event ${event.sequence} (${event.type}) expired before its time`)
    },
    leased({ events }) {
      if (entries.length === 0) return
      for (const event of events)
        if (isOver(event)) fail('expiry', `event ${event.sequence} (${event.type}) was handed on after it had expired`)
    },
    entered(letterEntries) {
      for (const { reason } of letterEntries) if (reason === 'expired') letters += 1
    },
    step: count,
    ended() {
      count()
      const kept = deadLetters.keep.includes('expired') ? gone : 0
      if (letters !== kept) fail('expiry', `of ${gone} expired events ${kept} are to be dead letters, ${letters} are`)
      marks.sometimes('event-expired', gone)
    },
  }
}
