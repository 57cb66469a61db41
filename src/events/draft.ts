import type { EventDefinition } from './define.js'

/**
 * A validated event that no engine has accepted yet. Only `defineEvent().create` makes one, so an
 * engine trusts it and does not parse it again. What is undefined here is filled in at acceptance.
 */
export class EventDraft<T extends string = string, P = unknown> {
  constructor(
    readonly definition: EventDefinition<T, P>,
    readonly id: string | undefined,
    /** UTC epoch milliseconds. */
    readonly timestamp: number | undefined,
    readonly source: string | undefined,
    readonly symbol: string | undefined,
    readonly symbols: readonly string[] | undefined,
    readonly payload: P,
    readonly correlationId: string | undefined,
    readonly causationId: string | undefined,
  ) {}

  get type(): T {
    return this.definition.type
  }
}

/** The wire form of an event: what an outsider may publish. It is validated at the edge. */
export interface EventInput {
  readonly type: string
  readonly payload?: unknown
  readonly id?: string
  readonly version?: number
  /** UTC epoch milliseconds, an ISO 8601 string with an offset, or a Date. */
  readonly timestamp?: number | string | Date
  readonly source?: string
  readonly symbol?: string
  readonly symbols?: readonly string[]
  readonly correlationId?: string
  readonly causationId?: string
}
