import type { SpanContext } from '@opentelemetry/api'
import type { OutcryEvent } from '../events/event.js'

/**
 * Which span each of the last events was handled in. Bounded by events: a signal that comes later than
 * that names its cause all the same, and only has no link to it.
 */
export class RecentSpans {
  private readonly byEvent = new Map<string, SpanContext>()

  constructor(private readonly most: number) {}

  add(events: readonly OutcryEvent[], span: SpanContext): void {
    for (const { id } of events) this.byEvent.set(id, span)
    for (const id of this.byEvent.keys()) {
      if (this.byEvent.size <= this.most) return
      this.byEvent.delete(id)
    }
  }

  of(eventId: string | undefined): SpanContext | undefined {
    return eventId === undefined ? undefined : this.byEvent.get(eventId)
  }
}
