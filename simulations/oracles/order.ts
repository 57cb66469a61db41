import type { OutcryEvent } from 'outcry'
import type { Call, Chunk, Oracle, Subject } from '../subject.js'
import { BySequence, WordBySequence } from './by-sequence.js'

/** What one strategy has seen. */
class Sight {
  readonly seen = new BySequence()
  /** By cell: the last place in the order of what it saw for the first time. */
  readonly latest: number[] = []
}

/**
 * Events of one key (symbol, else type) and lane reach every strategy in order of sequence, and
 * never while an earlier chunk with that key is still being handed on.
 */
export function order({ plane, fail }: Subject): Oracle {
  /** By lane, then by key. */
  const cellNumbers: Map<string, number>[] = []
  let cellCount = 0
  const cells = new WordBySequence()
  /** By sequence: the place in the order, which a conflated event inherits; 0 stands for its own sequence. */
  const places = new WordBySequence()
  const sights = new Map<string, Sight>()
  /** By cell: the chunk that has it; 0 where none has. */
  const busy: number[] = []
  let last = 0
  const cellOf = (event: OutcryEvent): number => cells.get(event.sequence)
  const sightOf = (strategy: string): Sight => {
    let sight = sights.get(strategy)
    if (sight === undefined) {
      sight = new Sight()
      sights.set(strategy, sight)
    }
    return sight
  }
  const numberOf = (lane: number, key: string): number => {
    const ofLane = cellNumbers[lane] ?? new Map<string, number>()
    cellNumbers[lane] = ofLane
    let cell = ofLane.get(key)
    if (cell === undefined) {
      cell = cellCount
      cellCount += 1
      busy.push(0)
      ofLane.set(key, cell)
    }
    return cell
  }
  // With a journal numbers that were refused are not given out again, and what does not wait for it goes ahead.
  const journalled = plane.options.journal !== undefined
  return {
    accepted(event) {
      if (event.sequence !== last + 1 && !journalled)
        fail('order', `event ${event.id} got the number ${event.sequence} after ${last}`)
      last = event.sequence
    },
    entersDeferred(event) {
      // Its turn is that of its window's end.
      places.set(event.sequence, last)
    },
    conflated(older, newer) {
      // One that gave way to what was there took nobody's place.
      if (older.sequence > newer.sequence) return
      places.set(newer.sequence, places.get(older.sequence) || older.sequence)
    },
    leased(chunk: Chunk) {
      for (const event of chunk.events) {
        const cell = numberOf(chunk.lane, event.symbol ?? event.type)
        cells.set(event.sequence, cell)
        const holder = busy[cell]
        if (holder !== 0 && holder !== chunk.id)
          fail('order', `chunk ${chunk.id} has event ${event.sequence}, whose cell chunk ${holder} still holds`)
        busy[cell] = chunk.id
      }
    },
    dispatched(record) {
      for (const event of record.events) {
        const cell = cellOf(event)
        if (busy[cell] === record.chunk) busy[cell] = 0
      }
    },
    redriven(strategy, event) {
      // It comes out of its turn, and may never have been seen: its strategy was hung.
      sightOf(strategy).seen.set(event.sequence, 1)
    },
    called({ strategy, events }: Call) {
      const { seen, latest } = sightOf(strategy)
      for (const event of events) {
        const { sequence } = event
        if (seen.get(sequence) === 1) continue
        seen.set(sequence, 1)
        // What an earlier engine left comes before all else, but for what that one had handed on already.
        if (event.redelivered) continue
        const cell = cellOf(event)
        const before = latest[cell] ?? 0
        const place = places.get(sequence) || sequence
        if (place < before)
          fail('order', `${strategy} got event ${sequence} of ${event.symbol ?? event.type} after ${before}`)
        latest[cell] = place
      }
    },
  }
}
