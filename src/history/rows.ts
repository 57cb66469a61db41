import { OutcryEvent } from '../events/event.js'
import type { Concern, Kind } from './layout.js'

/** Which events of a block are wanted; what is absent does not narrow. */
export interface BlockFilter {
  readonly types?: ((type: string) => boolean) | undefined
  readonly symbols?: ((symbol: string) => boolean) | undefined
  readonly event?: ((event: OutcryEvent) => boolean) | undefined
}

type Column = ArrayLike<unknown>

/** The columns of the events of one kind. Those of links are empty where the kind has none. */
export interface KindRows {
  readonly ids: Column
  readonly correlations: Column
  readonly causes: Column
  readonly columns: readonly Column[]
}

/** A block's columns, be they decoded or still open. */
export interface Rows {
  readonly count: number
  readonly sequences: ArrayLike<number>
  readonly timestamps: ArrayLike<number>
  readonly receivedAts: ArrayLike<number>
  readonly kindOf: ArrayLike<number>
  readonly concernOf: ArrayLike<number>
  readonly kinds: readonly Kind[]
  readonly concerns: readonly Concern[]
  /** Asked once for each kind that is wanted. */
  readonly rowsOf: (kind: number) => KindRows
}

const NO_SYMBOLS: readonly string[] = []

/** The events that are wanted, in order. */
export function readRows(rows: Rows, filter: BlockFilter): OutcryEvent[] {
  const { count, sequences, timestamps, receivedAts, kindOf, concernOf } = rows
  const concerns = rows.concerns.map((concern) => new ReadConcern(concern, filter))
  const kinds = rows.kinds.map((kind, index) => {
    const wanted = filter.types === undefined || filter.types(kind[0])
    return new ReadKind(kind, wanted ? rows.rowsOf(index) : undefined)
  })
  const events: OutcryEvent[] = []
  for (let index = 0; index < count; index += 1) {
    const kind = kinds[kindOf[index] ?? 0] as ReadKind
    const concern = concerns[concernOf[index] ?? 0] as ReadConcern
    const row = kind.passed
    kind.passed += 1
    if (kind.rows === undefined || !concern.wanted) continue
    const event = kind.eventOf(
      kind.rows,
      row,
      sequences[index] ?? 0,
      timestamps[index] ?? 0,
      receivedAts[index] ?? 0,
      concern,
    )
    if (filter.event === undefined || filter.event(event)) events.push(event)
  }
  return events
}

class ReadConcern {
  readonly symbol: string | undefined
  /** Shared by all events of the block that concern the same. */
  readonly symbols: readonly string[]
  readonly wanted: boolean

  constructor(concern: Concern, { symbols: wants }: BlockFilter) {
    const alone = typeof concern === 'string'
    this.symbol = alone ? concern : (concern[0] ?? undefined)
    const symbols = alone ? [concern] : concern[1]
    this.symbols = symbols.length === 0 ? NO_SYMBOLS : symbols
    this.wanted = wants === undefined || symbols.some(wants)
  }
}

class ReadKind {
  /** Rows passed so far, wanted or not. */
  passed = 0
  readonly #kind: Kind

  constructor(
    kind: Kind,
    /** Undefined where none of it is wanted. */
    readonly rows: KindRows | undefined,
  ) {
    this.#kind = kind
  }

  eventOf(
    { ids, correlations, causes, columns }: KindRows,
    row: number,
    sequence: number,
    timestamp: number,
    receivedAt: number,
    { symbol, symbols }: ReadConcern,
  ): OutcryEvent {
    const [type, version, source, marks] = this.#kind
    return new OutcryEvent(
      ids[row] as string,
      type,
      version,
      timestamp,
      receivedAt,
      source,
      symbol,
      symbols,
      this.#payloadOf(columns, row),
      correlations[row] as string | undefined,
      causes[row] as string | undefined,
      sequence,
      marks,
    )
  }

  #payloadOf(columns: readonly Column[], row: number): unknown {
    const fields = this.#kind[5]
    if (fields === null) return columns[0]?.[row]
    const payload: Record<string, unknown> = {}
    for (let index = 0; index < fields.length; index += 1) payload[fields[index] as string] = columns[index]?.[row]
    return payload
  }
}
