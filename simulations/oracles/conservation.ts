import { type DeliveryLedger, type EventLedger, imbalances } from 'outcry'
import type { LetterEntry, Oracle, Subject } from '../subject.js'

/** All equations are checked in words, non-negative numbers among them, every so many steps and at the end. */
const IN_FULL_EVERY = 64

const balanced = (e: Readonly<EventLedger>): boolean =>
  e.published === e.invalid + e.duplicate + e.refused + e.accepted &&
  e.accepted === e.settled + e.conflated + e.expired + e.evicted + e.abandoned + e.queued + e.inFlight &&
  e.queued >= 0 &&
  e.inFlight >= 0

const delivered = (d: Readonly<DeliveryLedger>): boolean =>
  d.due === d.succeeded + d.deadLettered + d.skipped + d.abandoned + d.inFlight && d.inFlight >= 0

/** Every event, delivery and dead letter is somewhere, and the ledgers agree with what is really there. */
export function conservation({ plane, fail }: Subject): Oracle {
  let steps = 0
  const check = (): void => {
    const events = plane.book.events.figures
    const derived = plane.book.derived.figures
    const deadLetters = plane.book.deadLetters.figures
    // The sums first, as they cost nothing; the sentences where one fails, and once in a while all the same.
    steps += 1
    if (
      steps % IN_FULL_EVERY === 0 ||
      !balanced(events) ||
      !balanced(derived) ||
      !delivered(plane.book.deliveries.figures)
    )
      for (const sentence of imbalances(plane.ledger())) fail('conservation', sentence)
    // What waits to be durable has its place, and is counted when its receipt is decided.
    const queued = events.queued + derived.queued + (plane.staging?.undecided ?? 0)
    if (queued !== plane.queue.size)
      fail('conservation', `the ledger has ${queued} events queued, the queue ${plane.queue.size}`)
    let inFlight = 0
    for (const work of plane.dispatcher.open) if (!work.redelivery) inFlight += work.chunk.events.length
    if (events.inFlight + derived.inFlight !== inFlight)
      fail('conservation', `the ledger has ${events.inFlight + derived.inFlight} events in flight, chunks ${inFlight}`)
    if (deadLetters.held !== plane.deadLetters.store.held)
      fail('conservation', `the ledger has ${deadLetters.held} letters held, the store ${plane.deadLetters.store.held}`)
    for (const { counts: c, unsettled, sink } of plane.outboxes) {
      const fates = c.written + c.failed + c.dropped + c.withheld + unsettled
      if (c.offered !== fates)
        fail('conservation', `sink ${sink.name} was offered ${c.offered} signals, ${fates} have a fate`)
    }
  }
  let entered = plane.book.deadLetters.figures.entered
  let failures = 0
  return {
    step: check,
    redelivered(due: number) {
      if (due !== 1) fail('conservation', `a redrive made ${due} deliveries due`)
    },
    entered(entries: readonly LetterEntry[]) {
      entered += entries.length
      for (const { strategy } of entries) if (strategy !== undefined) failures += 1
      const { figures } = plane.book.deadLetters
      // Those that an earlier engine held count as entered here.
      if (figures.entered !== entered + (plane.journalling?.recovered?.letters.length ?? 0))
        fail('conservation', `${entered} letters were sent to the dead letters, ${figures.entered} entered`)
    },
    ended() {
      check()
      for (const sentence of imbalances(plane.ledger())) fail('conservation', sentence)
      const { events, derived, deliveries } = plane.ledger()
      const left = events.queued + derived.queued + events.inFlight + derived.inFlight + deliveries.inFlight
      if (left > 0) fail('conservation', `${left} events or deliveries are left after the end`)
      if (deliveries.deadLettered > failures)
        fail('conservation', `${deliveries.deadLettered} deliveries failed, of ${failures} there are dead letters`)
    },
  }
}
