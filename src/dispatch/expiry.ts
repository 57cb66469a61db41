import type { Environment } from '../environment/environment.js'
import type { OutcryEvent } from '../events/event.js'
import type { EventTypes } from '../events/validate.js'

/**
 * Judges at a lease which events have waited in the queue for longer than their type allows, on the
 * run's clock: a price that nobody could act on in time is worse than none.
 */
export class Expiry {
  private now = 0
  private gone: OutcryEvent[] = []

  constructor(
    private readonly environment: Environment,
    private readonly types: EventTypes,
  ) {}

  /** For one lease: true of an event that has expired. Undefined while no known type can expire. */
  begin(): ((event: OutcryEvent) => boolean) | undefined {
    if (!this.types.expires) return undefined
    this.now = this.environment.now()
    return this.judge
  }

  /** What has expired since it was asked last. */
  take(): readonly OutcryEvent[] {
    if (this.gone.length === 0) return this.gone
    const { gone } = this
    this.gone = []
    return gone
  }

  private readonly judge = (event: OutcryEvent): boolean => {
    if (this.now - event.receivedAt <= this.types.ttlOf(event.type)) return false
    this.gone.push(event)
    return true
  }
}
