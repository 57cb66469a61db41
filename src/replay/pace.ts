import type { Environment } from '../environment/environment.js'

/**
 * Holds recorded time to the machine's: at a speed of 100 an hour of the data takes 36 seconds. Every
 * event's moment is reckoned from where the pace began, so that waits which end late add up to nothing.
 */
export class Pace {
  readonly speed: number
  #began: { readonly data: number; readonly machine: number } | undefined
  /** Time never goes back: what is out of order is due with what came before it. */
  #latest = Number.NEGATIVE_INFINITY

  /** @param speed 1 as recorded, 100 a hundred times as fast, Infinity without waiting */
  constructor(speed: number) {
    this.speed = speed
  }

  /**
   * How long an event has to wait. Milliseconds, at most 0 if it does not.
   *
   * @param time its event time, UTC epoch milliseconds
   * @param machine the machine's clock, asked only where there is a pace to keep
   */
  waitFor(time: number, machine: Pick<Environment, 'monotonic'>): number {
    if (this.speed === Number.POSITIVE_INFINITY) return 0
    if (time > this.#latest) this.#latest = time
    const now = machine.monotonic()
    this.#began ??= { data: this.#latest, machine: now }
    return this.#began.machine + (this.#latest - this.#began.data) / this.speed - now
  }

  /** The next event is due at once, and the pace goes on from there: after a pause or a jump. */
  begin(): void {
    this.#began = undefined
    this.#latest = Number.NEGATIVE_INFINITY
  }
}
