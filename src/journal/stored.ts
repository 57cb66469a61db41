import { deserialize, serialize } from 'node:v8'
import { LANES, type Lane } from '../events/event.js'
import { decodeEvent, encodeEvent } from './encode.js'
import type { DispatchEntry, StoredLetter, StrategySnapshot } from './records.js'

/** A dispatch record as it is stored: sequences as runs of (first, count), which are mostly one. */
type StoredDispatch = readonly [
  chunk: number,
  lane: number,
  clock: number,
  after: number,
  runs: readonly number[],
  outcomes: DispatchEntry['outcomes'],
  late: 0 | 1,
]

export function runsOf(sequences: readonly number[]): number[] {
  const runs: number[] = []
  let first = 0
  let count = 0
  for (const sequence of sequences) {
    if (count > 0 && sequence === first + count) count += 1
    else {
      if (count > 0) runs.push(first, count)
      first = sequence
      count = 1
    }
  }
  if (count > 0) runs.push(first, count)
  return runs
}

export function sequencesOf(runs: readonly number[]): number[] {
  const sequences: number[] = []
  for (let index = 0; index < runs.length; index += 2) {
    const first = runs[index] ?? 0
    for (let step = 0; step < (runs[index + 1] ?? 0); step += 1) sequences.push(first + step)
  }
  return sequences
}

export const storedDispatches = (entries: readonly DispatchEntry[]): StoredDispatch[] =>
  entries.map(({ chunk, lane, clock, after, sequences, outcomes, late }) => [
    chunk,
    LANES.indexOf(lane),
    clock,
    after,
    runsOf(sequences),
    outcomes,
    late ? 1 : 0,
  ])

export const dispatchesOf = (stored: unknown): DispatchEntry[] =>
  (stored as readonly StoredDispatch[]).map(([chunk, lane, clock, after, runs, outcomes, late]) => ({
    chunk,
    lane: LANES[lane] as Lane,
    clock,
    after,
    sequences: sequencesOf(runs),
    outcomes,
    late: late === 1,
  }))

export const letterText = (letter: StoredLetter): string =>
  JSON.stringify({ ...letter, event: letter.event === undefined ? undefined : encodeEvent(letter.event) })

export function letterOf(text: string): StoredLetter {
  const { event, strategy, error, ...rest } = JSON.parse(text) as Omit<StoredLetter, 'event'> & { event?: string }
  return {
    ...rest,
    // What is undefined has no place in JSON.
    strategy: strategy ?? undefined,
    error: { ...error, code: error.code ?? undefined },
    event: event === undefined ? undefined : decodeEvent(event),
  }
}

export const snapshotBytes = ({ chunk, state }: StrategySnapshot): Uint8Array => serialize({ chunk, state })

export function snapshotOf(strategy: string, bytes: Uint8Array): StrategySnapshot {
  const { chunk, state } = deserialize(bytes) as { readonly chunk: number; readonly state: unknown }
  return { strategy, chunk, state }
}
