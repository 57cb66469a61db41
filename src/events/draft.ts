import { valueAt } from '../safe-parse.js'
import type { EventDefinition } from './define.js'

/**
 * A validated event that no engine has accepted yet. Only `defineEvent().create` makes one, so an
 * engine trusts it and does not parse it again. What is undefined here is filled in at acceptance.
 */
export class EventDraft<T extends string = string, P = unknown> {
  declare readonly definition: EventDefinition<T, P>
  declare readonly id: string | undefined
  /** UTC epoch milliseconds. */
  declare readonly timestamp: number | undefined
  declare readonly source: string | undefined
  declare readonly symbol: string | undefined
  declare readonly symbols: readonly string[] | undefined
  declare readonly payload: P
  declare readonly correlationId: string | undefined
  declare readonly causationId: string | undefined

  // The fields are declared, not defined: a definition would write each of them twice.
  constructor(
    definition: EventDefinition<T, P>,
    id: string | undefined,
    timestamp: number | undefined,
    source: string | undefined,
    symbol: string | undefined,
    symbols: readonly string[] | undefined,
    payload: P,
    correlationId: string | undefined,
    causationId: string | undefined,
  ) {
    this.definition = definition
    this.id = id
    this.timestamp = timestamp
    this.source = source
    this.symbol = symbol
    this.symbols = symbols
    this.payload = payload
    this.correlationId = correlationId
    this.causationId = causationId
  }

  get type(): T {
    return this.definition.type
  }

  /** The same draft said by another. */
  withSource(source: string): EventDraft<T, P> {
    const { definition, id, timestamp, symbol, symbols, payload, correlationId, causationId } = this
    return new EventDraft(definition, id, timestamp, source, symbol, symbols, payload, correlationId, causationId)
  }
}

// For the sake of shared boxes, as in event.ts.
new EventDraft(
  undefined as unknown as EventDefinition,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  {},
  undefined,
  undefined,
)

/** What is said of a draft that another copy of this package has made. */
export const OF_ANOTHER_COPY =
  'it was made by another copy of the package outcry, as of a second installation: import both sides from one'

/**
 * Whether something is a draft in all but its class, as one is that another copy of this package has made: two
 * installations share no class, so such a draft cannot be told from a stranger's object and is not trusted.
 */
export const isForeignDraft = (value: unknown): boolean =>
  !(value instanceof EventDraft) && typeof valueAt(value, ['definition', 'type']) === 'string'

/** The wire form of an event: what an outsider may publish. It is validated at the edge. */
export interface EventInput {
  readonly type: string
  readonly payload?: unknown
  readonly id?: string | undefined
  readonly version?: number | undefined
  /** UTC epoch milliseconds, an ISO 8601 string with an offset, or a Date. */
  readonly timestamp?: number | string | Date | undefined
  readonly source?: string | undefined
  readonly symbol?: string | undefined
  readonly symbols?: readonly string[] | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
}
