import type { Engine, Ledger, Memory } from 'outcry'
import { portOf } from 'outcry/actors'
import { alone, by, counter, type Family, gauge, type Sample } from './family.js'
import { journalFamilies } from './journal.js'
import { OTHERS, strategyFamilies } from './strategies.js'

const MS_PER_SECOND = 1_000
/** Bounds of the histograms: 2^-7 ms (8 µs) to 2^14 ms (16 s), each twice the one before. */
const LOWEST_OCTAVE = 2
const HIGHEST_OCTAVE = 23
const STATUSES = ['healthy', 'degraded', 'critical'] as const

/**
 * Everything that a monitor wants to know of an engine, read from counters that it keeps anyway:
 * between two readings it costs nothing.
 */
export function readMetrics(engine: Engine): readonly Family[] {
  const stats = engine.stats.get()
  const { ledger, queue, workers, halts, rateLimited } = stats
  const { plane } = portOf(engine)
  const health = engine.health()
  return [
    ...ledgerFamilies(ledger),
    counter('outcry_events_by_type_total', BY_TYPE, [
      ...by('type', stats.types.byType),
      { labels: { type: OTHERS }, value: stats.types.other },
    ]),
    gauge('outcry_queue_depth', 'Events queued.', alone(queue.depth)),
    gauge('outcry_queue_deferred', 'Events that wait for the end of their window.', alone(queue.deferred)),
    counter(
      'outcry_conflation_windows_forgotten_total',
      'Windows of conflated types that were forgotten before their end.',
      alone(queue.conflatedForgotten),
    ),
    gauge('outcry_queue_high_water', 'Events above which publishers wait.', alone(queue.highWater)),
    gauge('outcry_queue_capacity', 'Events that the queue can hold.', alone(queue.capacity)),
    histogram('outcry_latency_seconds', LATENCY, plane.latency),
    histogram('outcry_handler_seconds', HANDLER, plane.handlerTimes),
    counter('outcry_signals_total', 'Signals accepted.', alone(stats.signals)),
    counter('outcry_signals_withheld_total', 'Signals withheld by a halt.', alone(stats.signalsWithheld)),
    gauge('outcry_workers', 'Workers alive.', alone(workers.live)),
    counter('outcry_workers_spawned_total', 'Workers spawned.', alone(workers.spawned)),
    gauge('outcry_actors', 'Actors alive.', alone(engine.actors().length)),
    counter('outcry_unexpected_events_total', 'Events that an actor had no answer to.', alone(stats.unexpected)),
    gauge('outcry_breakers', 'Circuit breakers, by state.', by('state', stats.breakers)),
    gauge('outcry_halts', 'Halts in force.', alone(halts.length)),
    counter('outcry_rate_limited_total', 'Events turned away by a rate limit.', [
      ...by('of', { sources: rateLimited.sources.total, strategies: rateLimited.strategies.total }),
    ]),
    counter('outcry_rate_limits_forgotten_total', 'Names under the rate limit of all others that were forgotten.', [
      ...by('of', { sources: rateLimited.sources.forgotten, strategies: rateLimited.strategies.forgotten }),
    ]),
    gauge('outcry_state', 'The state that the engine is in.', [{ labels: { state: stats.state }, value: 1 }]),
    gauge(
      'outcry_health',
      'The health of the engine: 1 for the status that it has.',
      STATUSES.map((status) => ({ labels: { status }, value: health.status === status ? 1 : 0 })),
    ),
    gauge(
      'outcry_health_reason',
      'What is wrong: 1 for each reason.',
      health.reasons.map(({ code, severity }) => ({ labels: { code, severity }, value: 1 })),
    ),
    ...heapFamilies(plane.environment.memory?.()),
    ...journalFamilies(stats.journal),
    ...sinkFamilies(plane.outboxes),
    ...strategyFamilies(engine),
  ]
}

const HANDLER =
  'From the call of a strategy’s handler to its answer, or its timeout: one call handles the events of a chunk that are its.'
const BY_TYPE =
  'Events settled, by type: the 100 of the most, and the others as one. A type that gives way joins these.'
const LATENCY = 'From acceptance to the last handler of the chunk; one event in 16 is timed, and counts for 16.'

function ledgerFamilies({ events, derived, deliveries, deadLetters }: Ledger): Family[] {
  const fates = ({ queued: _queued, inFlight: _inFlight, ...rest }: Ledger['events']) => rest
  const waiting = ({ queued, inFlight }: Ledger['events'], origin: string): Sample[] =>
    by('where', { queued, in_flight: inFlight }, { origin })
  const { due, succeeded, deadLettered, skipped, abandoned, inFlight } = deliveries
  const { entered, held, redriven, discarded, evicted } = deadLetters
  return [
    counter('outcry_events_total', 'Events by origin (published from outside, or derived by a strategy) and fate.', [
      ...by('fate', fates(events), { origin: 'published' }),
      ...by('fate', fates(derived), { origin: 'derived' }),
    ]),
    gauge('outcry_events_open', 'Events accepted and not settled, by where they are.', [
      ...waiting(events, 'published'),
      ...waiting(derived, 'derived'),
    ]),
    counter(
      'outcry_deliveries_total',
      'Deliveries of one event to one strategy, by outcome; due is all of them.',
      by('outcome', { due, succeeded, dead_lettered: deadLettered, skipped, abandoned }),
    ),
    gauge('outcry_deliveries_open', 'Deliveries in flight.', alone(inFlight)),
    counter(
      'outcry_dead_letters_total',
      'Dead letters by fate; entered is all of them.',
      by('fate', { entered, redriven, discarded, evicted }),
    ),
    gauge('outcry_dead_letters_held', 'Dead letters held.', alone(held)),
  ]
}

type Times = ReturnType<typeof portOf>['plane']['latency']

function histogram(name: string, help: string, times: Times): Family {
  const octaves = times.octaves()
  const buckets: { upTo: number; count: number }[] = []
  let count = 0
  for (let octave = 0; octave <= HIGHEST_OCTAVE; octave++) {
    count += octaves[octave] ?? 0
    if (octave >= LOWEST_OCTAVE) buckets.push({ upTo: 2 ** (octave - 9) / MS_PER_SECOND, count })
  }
  const distribution = { buckets, sum: times.sum / MS_PER_SECOND, count: times.count }
  return { name, help, type: 'histogram', distribution }
}

/** What health judges by. All else of the process is for prom-client's own metrics. */
function heapFamilies(memory: Memory | undefined): Family[] {
  if (memory === undefined) return []
  return [
    gauge('outcry_heap_used_bytes', 'The heap of JavaScript objects in use.', alone(memory.usedBytes)),
    gauge('outcry_heap_limit_bytes', 'What that heap may grow to.', alone(memory.limitBytes)),
  ]
}

type Outboxes = ReturnType<typeof portOf>['plane']['outboxes']

function sinkFamilies(outboxes: Outboxes): Family[] {
  if (outboxes.length === 0) return []
  return [
    counter(
      'outcry_sink_signals_total',
      'Signals offered to a sink, and what became of them.',
      outboxes.flatMap(({ sink, counts }) => by('fate', { ...counts }, { sink: sink.name })),
    ),
    gauge(
      'outcry_sink_open',
      'Signals that wait for a sink or its acknowledgement.',
      outboxes.map(({ sink, unsettled }) => ({ labels: { sink: sink.name }, value: unsettled })),
    ),
  ]
}
