import { OutcryEvent } from '../../src/events/event.js'
import type { DispatchEntry, RunStart } from '../../src/journal/records.js'

export const run = (startedAt = 1_000): RunStart => ({ version: '0.0.0-test', configuration: 'c0ffee', startedAt })

const TYPES = ['trade', 'news', 'quote', 'bar'] as const

/** An event whose every field follows from its sequence. */
export function eventAt(sequence: number, over: { type?: string; id?: string; marks?: number } = {}): OutcryEvent {
  const symbol = `S${sequence % 7}`
  return new OutcryEvent(
    over.id ?? `id-${sequence}`,
    over.type ?? TYPES[sequence % TYPES.length] ?? 'trade',
    1,
    1_000_000 + sequence,
    2_000_000 + sequence,
    'test',
    symbol,
    sequence % 10 === 0 ? [symbol, 'EXTRA'] : [symbol],
    { n: sequence, text: `event ${sequence}` },
    undefined,
    undefined,
    sequence,
    over.marks ?? 0,
  )
}

export const eventsAt = (from: number, to: number): OutcryEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => eventAt(from + index))

export function dispatchOf(chunk: number, from: number, to: number): DispatchEntry {
  const sequences = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const outcome = { strategy: 's', succeeded: sequences.length, failed: 0, skipped: 0, abandoned: 0 }
  return {
    chunk,
    lane: 'normal',
    clock: 5_000 + chunk,
    after: to,
    sequences,
    outcomes: [{ ...outcome, failedSequences: [], late: false }],
    late: false,
  }
}

export async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const batch of batches) items.push(...batch)
  return items
}
