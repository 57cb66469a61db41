import { OutcryEvent } from '../../src/events/event.js'

/** An event of which only identity, sequence and time of receipt matter. */
export const eventOf = (sequence: number, symbol?: string): OutcryEvent =>
  new OutcryEvent(
    `e${sequence}`,
    'test',
    1,
    0,
    1_000 + sequence,
    'test',
    symbol,
    [],
    undefined,
    undefined,
    undefined,
    sequence,
    0,
  )

export const sequencesOf = (events: readonly OutcryEvent[]): number[] => events.map((event) => event.sequence)
