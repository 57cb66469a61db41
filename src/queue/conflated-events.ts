import type { OutcryEvent } from '../events/event.js'
import { type Conflatable, Conflations, Spot } from './conflation.js'
import { Deferred } from './deferred.js'
import type { LaneCounters } from './lane-counters.js'
import type { LaneQueue } from './lane-queue.js'

/**
 * The queue's events of conflated types: where the newest of each key waits, be it in its lane or,
 * while a window of its key is open, outside of it. Whoever defers has looked for room.
 */
export class ConflatedEvents {
  /** Events that wait outside their lanes. */
  deferred = 0
  readonly #conflations = new Conflations()
  /** By lane. */
  readonly #outside: readonly Deferred[]

  constructor(
    private readonly lanes: readonly LaneQueue[],
    private readonly counters: readonly LaneCounters[],
  ) {
    this.#outside = lanes.map(() => new Deferred())
  }

  /** Keys whose window was forgotten before its end, as there were too many. */
  get forgotten(): number {
    return this.#conflations.forgotten
  }

  /** Where the newest event of a key stands in a lane, or stood; undefined if that is not known any more. */
  spotOf(lane: number, event: Conflatable): Spot | undefined {
    return this.#conflations.find(lane, event)
  }

  /** The event of a spot, while it waits: it can be replaced by a newer one until it is leased. */
  waitingAt({ lane, position, partition, sequence, deferred }: Spot): OutcryEvent | undefined {
    return deferred ?? this.lanes[lane]?.at(position, partition, sequence)
  }

  /** Puts a newer event where an older one of its key waits: it takes that one's turn, and no room. */
  replace(spot: Spot, event: OutcryEvent): void {
    if (spot.deferred === undefined) this.lanes[spot.lane]?.replace(event, spot.position, spot.partition)
    else spot.deferred = event
    spot.sequence = event.sequence
    this.giveWay(spot.lane)
  }

  /** Counts one that came and was replaced, or that gave way at once to a newer one of its key. */
  giveWay(lane: number): void {
    const counters = this.counters[lane]
    if (counters === undefined) return
    counters.enqueued += 1
    counters.conflated += 1
  }

  /**
   * The event that was enqueued last, into this cell, may be replaced by a newer one of its key.
   *
   * @param until when the window ends in which no other of its key is to enter; UTC epoch milliseconds
   */
  noteLast(event: OutcryEvent, lane: number, partition: number, until = Number.NEGATIVE_INFINITY): void {
    const position = this.lanes[lane]?.lastPosition ?? 0
    const spot = new Spot(event.sequence, lane, partition, position, until)
    this.#conflations.of(lane, event.marks).note(event, spot, this.#waits)
  }

  /** An event waits outside until windows of that length end. */
  defer(event: OutcryEvent, lane: number, partition: number, windowMs: number, until: number): void {
    const spot = new Spot(event.sequence, lane, partition, 0, until)
    spot.deferred = event
    this.#outside[lane]?.add(spot, windowMs)
    this.#conflations.of(lane, event.marks).note(event, spot, this.#waits)
    this.deferred += 1
    const counters = this.counters[lane]
    if (counters !== undefined) counters.enqueued += 1
  }

  /**
   * What waits outside for windows of that length which end by then enters its lane; how many they are.
   *
   * @param until when the next window ends; UTC epoch milliseconds
   */
  enter(windowMs: number, byEpochMs: number, until: number): number {
    let entered = 0
    for (const [lane, outside] of this.#outside.entries()) {
      const into = this.lanes[lane]
      if (into === undefined) continue
      for (const spot of outside.take(windowMs, byEpochMs)) {
        if (spot.deferred === undefined) continue
        into.push(spot.deferred, spot.partition)
        spot.deferred = undefined
        spot.position = into.lastPosition
        spot.until = until
        entered += 1
      }
    }
    this.deferred -= entered
    return entered
  }

  /** When the first window of that length ends that something waits for; Infinity if nothing does. UTC epoch milliseconds. */
  earliest(windowMs: number): number {
    if (this.deferred === 0) return Number.POSITIVE_INFINITY
    return Math.min(...this.#outside.map((outside) => outside.earliest(windowMs)))
  }

  /** Takes out one that waits outside: the first in its turn. */
  takeOldest(lane: number): OutcryEvent | undefined {
    if (this.deferred === 0) return undefined
    const event = this.#outside[lane]?.takeOldest()
    if (event !== undefined) this.deferred -= 1
    return event
  }

  /** Every event that waits outside. */
  forEach(visit: (event: OutcryEvent) => void): void {
    for (const outside of this.#outside) outside.forEach(visit)
  }

  readonly #waits = (spot: Spot): boolean => this.waitingAt(spot) !== undefined
}
