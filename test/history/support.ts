import { OutcryEvent } from '../../src/events/event.js'
import { Group } from '../../src/history/group.js'
import { History } from '../../src/history/history.js'
import type { HistoryOptions } from '../../src/history/options.js'

/** Turns of an event loop and a clock, both moved by the test. */
export function turns() {
  let waiting: (() => void)[] = []
  const environment = {
    time: 0,
    now: () => environment.time,
    yield: (callback: () => void) => {
      waiting.push(callback)
    },
    /** One turn: what was asked for before it began. */
    turn() {
      const due = waiting
      waiting = []
      for (const callback of due) callback()
      return due.length
    },
    /** Until nobody waits any more. */
    async settle() {
      for (let quiet = 0; quiet < 3; ) {
        quiet = environment.turn() === 0 ? quiet + 1 : 0
        await undefined
      }
    },
  }
  return environment
}

export type Turns = ReturnType<typeof turns>

export const historyOf = (options: HistoryOptions = {}, environment: Turns = turns()) => ({
  environment,
  history: new History({
    environment,
    limits: { maxCount: 1_000_000, maxBytes: 67_108_864, maxAgeMs: Number.POSITIVE_INFINITY, ...options },
  }),
})

export interface Parts {
  readonly type?: string
  readonly symbol?: string | undefined
  readonly symbols?: readonly string[]
  readonly timestamp?: number
  readonly receivedAt?: number
  readonly payload?: unknown
  readonly source?: string
  readonly marks?: number
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
}

export const eventOf = (sequence: number, parts: Parts = {}): OutcryEvent => {
  const { symbol, timestamp = sequence * 10 } = parts
  return new OutcryEvent(
    `id-${sequence}`,
    parts.type ?? 'trade',
    1,
    timestamp,
    parts.receivedAt ?? timestamp + 1,
    parts.source ?? 'test',
    symbol,
    parts.symbols ?? (symbol === undefined ? [] : [symbol]),
    parts.payload ?? { price: sequence / 100, size: sequence },
    parts.correlationId,
    parts.causationId,
    sequence,
    parts.marks ?? 0,
  )
}

/** Reads to the end, with the turns that it takes. */
export async function all(environment: Turns, events: AsyncIterable<OutcryEvent>): Promise<readonly OutcryEvent[]> {
  const read: OutcryEvent[] = []
  let done = false
  const reading = (async () => {
    for await (const event of events) read.push(event)
  })().finally(() => {
    done = true
  })
  while (!done) {
    environment.turn()
    await undefined
  }
  await reading
  return read
}

/** A block's bytes as they are before they are compressed. */
export function encodeBlock(events: readonly OutcryEvent[], group = new Group()): Buffer {
  group.reset()
  for (const event of events) group.add(event)
  // The next block is written over these.
  return Buffer.from(group.encode().bytes)
}
