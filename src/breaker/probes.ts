import { Permit } from './handle.js'
import type { WindowTotals } from './window.js'

/** The probes of one half-open period, or of one wait within it. */
export class ProbeRound {
  /** Permits that may still be given. */
  free: number
  /** Reported with at least one call that counts. */
  returned = 0
  /** When the wait for the probe that is watched ends, on the breaker's clock; 0 before the first one is given. */
  until = 0
  readonly totals: WindowTotals & { calls: number; failed: number; slow: number } = { calls: 0, failed: 0, slow: 0 }
  /** Given and not yet reported, the oldest first, each with the end of its wait. */
  readonly #out = new Map<Permit, number>()
  /** Whose wait is running: the first probe's, and after that the oldest one's that is still out. */
  #watched: Permit | undefined
  /** The first probe's wait is over, so that no further one is given. */
  #closed = false

  constructor(readonly permits: number) {
    this.free = permits
  }

  get outstanding(): number {
    return this.#out.size
  }

  get complete(): boolean {
    return this.#closed ? this.#out.size === 0 : this.returned >= this.permits
  }

  give(generation: number, until: number): Permit {
    const permit = new Permit(generation, true)
    this.free -= 1
    this.#out.set(permit, until)
    if (this.#watched === undefined) {
      this.#watched = permit
      this.until = until
    }
    return permit
  }

  /** A probe without a call that counts gives its permit back. */
  take(permit: Permit, ok: number, failed: number, slow: number): void {
    permit.settled = true
    this.#out.delete(permit)
    if (ok + failed === 0) {
      if (!this.#closed) this.free += 1
      return
    }
    this.returned += 1
    this.totals.calls += ok + failed
    this.totals.failed += failed
    this.totals.slow += slow
  }

  /**
   * The wait that was running is over. `lost`: its probe is still out. `awaited`: its probe is back, and
   * a later one has time left, until which it is watched. `over`: none is out.
   *
   * It goes by the probe and not by the time, as a timer may come a rounding early.
   */
  endWait(): 'lost' | 'awaited' | 'over' {
    if (this.#watched !== undefined && this.#out.has(this.#watched)) return 'lost'
    for (const [permit, until] of this.#out) {
      this.#watched = permit
      this.#closed = true
      this.free = 0
      this.until = until
      return 'awaited'
    }
    return 'over'
  }
}
