import { Permit } from './handle.js'
import type { WindowTotals } from './window.js'

/** The probes of one half-open period, or of one wait within it. */
export class ProbeRound {
  /** Permits that may still be given. */
  free: number
  /** Given and not yet reported. */
  outstanding = 0
  /** Reported with at least one call that counts. */
  returned = 0
  /** When the wait for them ends, on the breaker's clock; 0 before the first one is given. */
  until = 0
  readonly totals: WindowTotals & { calls: number; failed: number; slow: number } = { calls: 0, failed: 0, slow: 0 }

  constructor(readonly permits: number) {
    this.free = permits
  }

  get complete(): boolean {
    return this.returned >= this.permits
  }

  give(generation: number): Permit {
    this.free -= 1
    this.outstanding += 1
    return new Permit(generation, true)
  }

  /** A probe without a call that counts gives its permit back. */
  take(permit: Permit, ok: number, failed: number, slow: number): void {
    permit.settled = true
    this.outstanding -= 1
    if (ok + failed === 0) {
      this.free += 1
      return
    }
    this.returned += 1
    this.totals.calls += ok + failed
    this.totals.failed += failed
    this.totals.slow += slow
  }
}
