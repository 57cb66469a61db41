import { OutcryError } from '../errors.js'
import { bar, quote, trade } from '../events/catalogue/market.js'
import { news } from '../events/catalogue/news.js'
import type { EventDefinition } from '../events/define.js'
import { type CellReader, type CsvField, csvFields } from './csv-fields.js'

/** What a CSV's options say of its columns. */
export interface CsvMapping {
  readonly definition: EventDefinition | undefined
  readonly columns: Readonly<Record<string, string>>
  readonly timestamp: string | undefined
  readonly symbolColumn: string | undefined
  readonly idColumn: string | undefined
}

/** Where in a row the parts of an event are. */
export interface CsvLayout {
  readonly definition: EventDefinition
  readonly columns: number
  readonly fields: readonly { readonly name: string; readonly index: number; readonly read: CellReader }[]
  readonly timestamp: number
  readonly symbol: number | undefined
  readonly id: number | undefined
}

const TIME_COLUMNS = ['timestamp', 'time', 'date', 'datetime']
const SYMBOL_COLUMNS = ['symbol', 'ticker']
/** In this order: a bar has what a trade has not, and a quote may lack either side. */
const GUESSES: readonly EventDefinition[] = [bar, trade, news, quote]

const columnError = (feed: string, column: string, header: readonly string[], what: string): OutcryError =>
  new OutcryError(
    'OUTCRY_FEED_COLUMN',
    `${feed}: ${what} is not in the header, which has ${header.map((name) => JSON.stringify(name)).join(', ')}`,
    { path: feed, value: column },
  )

/**
 * Lays a mapping over a header. Fields of the event's type map to the columns named for them, else
 * to the column of their own name, in capitals or not.
 *
 * @throws OutcryError `OUTCRY_FEED_COLUMN` for a column that is mapped or needed and not there;
 * `OUTCRY_FEED_FORMAT` for one that is there twice; `OUTCRY_OPTION_INVALID` for a mapped field that
 * the type has not.
 */
export function csvLayout(mapping: CsvMapping, header: readonly string[], feed: string): CsvLayout {
  const lower = header.map((name) => name.toLowerCase())

  function named(column: string, what: string): number {
    const index = header.indexOf(column)
    if (index < 0) throw columnError(feed, column, header, `column ${JSON.stringify(column)} (${what})`)
    if (header.indexOf(column, index + 1) >= 0) {
      throw new OutcryError('OUTCRY_FEED_FORMAT', `${feed}: the header has column ${JSON.stringify(column)} twice`, {
        path: feed,
        value: column,
      })
    }
    return index
  }
  function guessed(columns: readonly string[]): number | undefined {
    const found = columns.map((name) => lower.indexOf(name.toLowerCase())).find((index) => index >= 0)
    return found
  }

  const has = (name: string): boolean => mapping.columns[name] !== undefined || guessed([name]) !== undefined
  const fits = (fields: ReadonlyMap<string, CsvField>): boolean => {
    const needed = [...fields].filter(([, field]) => field.required)
    return needed.length === 0 ? [...fields.keys()].some(has) : needed.every(([name]) => has(name))
  }
  const definition = mapping.definition ?? GUESSES.find((guess) => fits(csvFields(guess)))
  if (definition === undefined) {
    throw new OutcryError('OUTCRY_OPTION_INVALID', `${feed}: its columns are of no known kind of event; give a type`, {
      path: 'csvFeed.type',
      value: undefined,
    })
  }

  const known = csvFields(definition)
  for (const name of Object.keys(mapping.columns)) {
    if (known.get(name)?.read !== undefined) continue
    const names = [...known].filter(([, field]) => field.read !== undefined).map(([field]) => field)
    throw new OutcryError(
      'OUTCRY_OPTION_INVALID',
      `${feed}: ${name} is no option and no field of ${definition.type} that a column can hold; those are ${names.join(', ')}`,
      { path: `csvFeed.columns.${name}`, value: mapping.columns[name] },
    )
  }

  const fields: { name: string; index: number; read: CellReader }[] = []
  for (const [name, { required, read }] of known) {
    const column = mapping.columns[name]
    const index = column === undefined ? guessed([name]) : named(column, name)
    if (index !== undefined && read !== undefined) fields.push({ name, index, read })
    else if (required) {
      throw columnError(feed, name, header, `a column for ${name}, without which there is no ${definition.type},`)
    }
  }
  const timestamp = mapping.timestamp === undefined ? guessed(TIME_COLUMNS) : named(mapping.timestamp, 'timestamp')
  if (timestamp === undefined) throw columnError(feed, 'timestamp', header, 'a column for the timestamp')
  return {
    definition,
    columns: header.length,
    fields,
    timestamp,
    symbol: mapping.symbolColumn === undefined ? guessed(SYMBOL_COLUMNS) : named(mapping.symbolColumn, 'symbol'),
    id: mapping.idColumn === undefined ? undefined : named(mapping.idColumn, 'id'),
  }
}
