import type { PartName } from '../machines/parts.js'
import type { Plane } from './plane.js'

/** Attempts on one batch before a sink gives it up. */
const SINK_ATTEMPTS = 5

/** What each part is spawned with, as of now: strategies may have come since the engine was made. */
export function partInputs(plane: Plane): Readonly<Record<PartName, unknown>> {
  const { options, readers, outboxes, stage, deadLetters } = plane
  const shared = {
    plane,
    groupSize: options.groupSize,
    supervision: options.supervision,
    escalate: options.escalate,
    workers: options.workers,
    seats: stage.seats,
    sinkSeats: outboxes.map((outbox, index) => {
      const name = `sink-${index + 1}`
      return { name, input: { name, outbox, maxAttempts: SINK_ATTEMPTS } }
    }),
    feedSeats: readers.map((reader, index) => {
      const name = `feed-${index + 1}`
      return { name, input: { name, reader } }
    }),
  }
  const breakers = stage.breakers.map((breaker) => ({ name: `breaker:${breaker.name}`, input: breaker }))
  return {
    journal: {
      plane: plane.journalling,
      connection: plane.journalling?.keeper?.input,
      onFailure: options.journalling.onFailure,
    },
    recovery: { plane: plane.journalling },
    deadLetters: { plane, part: 'deadLetters', children: [{ name: 'dead-letters', input: deadLetters }] },
    breakers: { plane, part: 'breakers', children: breakers },
    strategies: shared,
    sinks: shared,
    supervisor: shared,
    health: { monitor: plane.health },
    feeds: shared,
  }
}
