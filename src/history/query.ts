import { z } from 'zod'
import type { OutcryEvent } from '../events/event.js'
import { isPattern, isSelector, matchesPattern } from '../events/patterns.js'
import { toEpochMs } from '../events/time.js'
import { parseOptions } from '../options.js'
import type { BlockBounds } from './block.js'
import type { BlockFilter } from './rows.js'

/** A moment: UTC epoch milliseconds, an ISO 8601 string with an offset, or a Date. */
export type Moment = number | string | Date

/** Which events are asked for. What is absent does not narrow. */
export interface HistoryQuery {
  /** Types by name or by pattern, such as `order.*`. */
  readonly types?: readonly string[] | undefined
  /** Events that concern any of these. */
  readonly symbols?: readonly string[] | undefined
  /** Event time at or after. */
  readonly from?: Moment | undefined
  /** Event time before. */
  readonly to?: Moment | undefined
  /** Sequence at or above. */
  readonly fromSequence?: number | undefined
  /** Sequence at or below. */
  readonly toSequence?: number | undefined
  /** The first so many, at most. */
  readonly limit?: number | undefined
  /** The last so many, at most; they come oldest first all the same. */
  readonly last?: number | undefined
}

const moment = z
  .union([z.number(), z.string(), z.date()])
  .transform((value, context): number => {
    const time = toEpochMs(value)
    if (typeof time === 'number') return time
    context.addIssue({ code: 'custom', message: time })
    return z.NEVER
  })
  .optional()

/** The fields of a query, for commands and options that take more beside it. */
export const queryFields = {
  types: z.array(z.string().refine(isSelector, 'expected event types or patterns such as order.*')).optional(),
  symbols: z.array(z.string().min(1)).optional(),
  from: moment,
  to: moment,
  fromSequence: z.int().min(0).optional(),
  toSequence: z.int().min(0).optional(),
  limit: z.int().min(0).optional(),
  last: z.int().min(0).optional(),
}

const schema = z.strictObject(queryFields)

/** A query that was checked, as what reads a history needs it. */
export class Selection implements BlockFilter {
  readonly from: number
  readonly to: number
  readonly fromSequence: number
  readonly toSequence: number
  readonly limit: number
  readonly last: number | undefined
  readonly types: ((type: string) => boolean) | undefined
  readonly symbols: ((symbol: string) => boolean) | undefined
  /** Undefined where neither time nor sequence is narrowed. */
  readonly event: ((event: OutcryEvent) => boolean) | undefined
  readonly #exact: readonly string[]
  readonly #patterns: readonly string[]
  readonly symbolNames: readonly string[] | undefined

  /** @throws OutcryError OUTCRY_OPTION_INVALID that names the path and the value. */
  constructor(query: HistoryQuery, where = 'history.query') {
    const checked = parseOptions(schema, query, where)
    this.from = checked.from ?? Number.NEGATIVE_INFINITY
    this.to = checked.to ?? Number.POSITIVE_INFINITY
    this.fromSequence = checked.fromSequence ?? 0
    this.toSequence = checked.toSequence ?? Number.POSITIVE_INFINITY
    this.limit = checked.limit ?? Number.POSITIVE_INFINITY
    this.last = checked.last
    const { types, symbols } = checked
    this.#exact = types?.filter((type) => !isPattern(type)) ?? []
    this.#patterns = types?.filter(isPattern) ?? []
    const exact = new Set(this.#exact)
    this.types =
      types === undefined
        ? undefined
        : (type) => exact.has(type) || this.#patterns.some((pattern) => matchesPattern(pattern, type))
    const names = symbols === undefined ? undefined : new Set(symbols)
    this.symbolNames = names === undefined ? undefined : [...names]
    this.symbols = names === undefined ? undefined : (symbol) => names.has(symbol)
    const { from, to, fromSequence, toSequence } = checked
    const narrows = (from ?? to ?? fromSequence ?? toSequence) !== undefined
    this.event = narrows ? (event) => this.#holds(event) : undefined
  }

  /** The types asked for among those that are there; undefined if all are. */
  typeNames(known: Iterable<string>): readonly string[] | undefined {
    if (this.types === undefined) return undefined
    if (this.#patterns.length === 0) return this.#exact
    const names = new Set(this.#exact)
    for (const name of known) if (this.types(name)) names.add(name)
    return [...names]
  }

  /** Whether a block may have something that is asked for, by its bounds. */
  mayHave({ minTime, maxTime, firstSequence, lastSequence }: BlockBounds): boolean {
    return (
      maxTime >= this.from && minTime < this.to && lastSequence >= this.fromSequence && firstSequence <= this.toSequence
    )
  }

  /** Whether an event is asked for. */
  has(event: OutcryEvent): boolean {
    return (
      (this.types === undefined || this.types(event.type)) &&
      (this.symbols === undefined || event.symbols.some(this.symbols)) &&
      this.#holds(event)
    )
  }

  #holds({ timestamp, sequence }: OutcryEvent): boolean {
    return timestamp >= this.from && timestamp < this.to && sequence >= this.fromSequence && sequence <= this.toSequence
  }
}
