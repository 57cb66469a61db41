import type { MachineReading } from '../src/health/monitor.js'
import { type HealthReading, TroubleCount } from '../src/health/reading.js'
import type { EventLedger } from '../src/metrics/ledger.js'
import { eachStrategy } from './tree.js'
import type { Wiring } from './wiring.js'

const ended = ({ accepted, queued, inFlight }: Readonly<EventLedger>): number => accepted - queued - inFlight

/** One look at an engine's data plane, and at the states of its strategies' actors. */
export function readHealth(plane: Wiring, machine: MachineReading): HealthReading {
  const { environment, queue, marks, pump, options, deadLetters } = plane
  const { events, derived, deliveries } = plane.book
  const { maxCount, maxBytes } = options.deadLetters
  const strategies = { hung: new TroubleCount(), faulted: new TroubleCount() }
  eachStrategy(plane.actor, (name, state) => {
    strategies.hung.add(name, state === 'active.hung')
    strategies.faulted.add(name, state === 'faulted')
  })
  const breakers = new TroubleCount()
  for (const { name, state } of plane.stage.breakers) {
    breakers.add(name, state === 'open' || state === 'halfOpen' || state === 'isolated')
  }
  const feeds = { failed: new TroubleCount(), ended: new TroubleCount() }
  for (const { feed, fate } of plane.readers) {
    feeds.failed.add(feed.name, fate === 'failed')
    // A recording ends, and so does what says how much there is of it.
    if (!feed.recorded && feed.total === undefined) feeds.ended.add(feed.name, fate === 'ended')
  }
  const sinks = new TroubleCount()
  for (const outbox of plane.outboxes) {
    sinks.add(outbox.sink.name, outbox.inTrouble(options.health.sinksFailing.stuckAfterMs))
  }
  const journal = new TroubleCount()
  const { journalling } = plane
  if (journalling !== undefined) {
    const { writer, breaker } = journalling
    journal.add(
      journalling.journal.name,
      writer.failing || (breaker.state !== 'closed' && breaker.state !== 'disabled'),
    )
  }
  return {
    at: environment.now(),
    machineMs: environment.monotonic(),
    held: pump.held,
    queue: {
      depth: queue.depth,
      size: queue.size,
      capacity: options.queue.capacity,
      throttled: marks.throttled,
      crossings: marks.crossings,
    },
    accepted: events.figures.accepted + derived.figures.accepted,
    ended: ended(events.figures) + ended(derived.figures),
    delivered: deliveries.figures.succeeded + deliveries.figures.deadLettered,
    failed: deliveries.figures.deadLettered,
    ...machine,
    deadLettersFull: deadLetters.level.full,
    deadLettersShare: Math.max(deadLetters.store.held / maxCount, deadLetters.store.bytes / maxBytes),
    breakersOpen: breakers,
    feedsFailed: feeds.failed,
    feedsEnded: feeds.ended,
    strategiesHung: strategies.hung,
    strategiesFaulted: strategies.faulted,
    sinksFailing: sinks,
    journalFailing: journal,
  }
}
