import type { OutcryEvent } from '../events/event.js'
import type { Spot } from './conflation.js'

/**
 * Events of one lane that wait outside its ring for the end of their window, by the window's length
 * and in order of their turn.
 */
export class Deferred {
  readonly #byWindow = new Map<number, Spot[]>()

  add(spot: Spot, windowMs: number): void {
    const spots = this.#byWindow.get(windowMs)
    if (spots === undefined) this.#byWindow.set(windowMs, [spot])
    else spots.push(spot)
  }

  /**
   * Takes out those of windows of that length that end by then; and those that end more than two windows
   * later, which were reckoned by a wall clock that has been set back.
   */
  take(windowMs: number, byEpochMs: number): readonly Spot[] {
    const spots = this.#byWindow.get(windowMs)
    if (spots === undefined) return []
    const stay = spots.filter(({ until }) => until > byEpochMs && until - byEpochMs <= 2 * windowMs)
    if (stay.length === 0) this.#byWindow.delete(windowMs)
    else this.#byWindow.set(windowMs, stay)
    if (stay.length === 0) return spots
    const left = new Set(stay)
    return spots.filter((spot) => !left.has(spot))
  }

  /** When the first window of that length ends that something waits for; Infinity if nothing does. UTC epoch milliseconds. */
  earliest(windowMs: number): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const { until } of this.#byWindow.get(windowMs) ?? []) earliest = Math.min(earliest, until)
    return earliest
  }

  /** Takes out the one whose turn is first, of the windows of any one length. */
  takeOldest(): OutcryEvent | undefined {
    for (const [windowMs, spots] of this.#byWindow) {
      const spot = spots.shift()
      if (spots.length === 0) this.#byWindow.delete(windowMs)
      if (spot === undefined) continue
      const event = spot.deferred
      spot.deferred = undefined
      return event
    }
    return undefined
  }

  forEach(visit: (event: OutcryEvent) => void): void {
    for (const spots of this.#byWindow.values())
      for (const { deferred } of spots) if (deferred !== undefined) visit(deferred)
  }
}
