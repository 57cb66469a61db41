import { OutcryError } from '../errors.js'
import { type CsvFeedOptions, csvFeed } from './csv.js'
import type { Feed } from './feed.js'
import { leanFeed } from './lean.js'
import { moduleFeed } from './module.js'
import { ndjsonFeed } from './ndjson.js'
import { reutersFeed } from './reuters.js'
import { stocknetFeed } from './stocknet.js'

type Query = Readonly<Record<string, unknown>>

/** Options of a query that are no text. A value that is not of the option's kind is left for the schema to name. */
const NUMBERS: ReadonlySet<string> = new Set(['shiftMs', 'maxLineBytes'])
const SWITCHES: ReadonlySet<string> = new Set(['live'])
const NUMBER = /^-?\d+(?:\.\d+)?$/
const SWITCH = /^(?:true|false)$/

/** The options of `csvFeed` that a query may give; any other key is a field of the payload and its column. */
const CSV_OPTIONS: ReadonlySet<string> = new Set<keyof CsvFeedOptions>([
  'type',
  'timestamp',
  'timestampFormat',
  'zone',
  'shiftMs',
  'symbol',
  'symbolColumn',
  'idColumn',
  'delimiter',
  'name',
  'maxLineBytes',
])

function csvOptions(query: Query): CsvFeedOptions {
  const options = Object.entries(query).filter(([key]) => CSV_OPTIONS.has(key))
  const columns = Object.entries(query).filter(([key]) => !CSV_OPTIONS.has(key))
  return { ...Object.fromEntries(options), columns: Object.fromEntries(columns) as Record<string, string> }
}

// Each factory holds its options to a schema of its own, so that nothing is checked twice here.
const SCHEMES: Readonly<Record<string, (path: string, query: Query) => Feed>> = {
  ndjson: (path, query) => ndjsonFeed(path, query),
  csv: (path, query) => csvFeed(path, csvOptions(query)),
  reuters: (path, query) => reutersFeed(path === '' ? undefined : path, query),
  stocknet: (path, query) => stocknetFeed(path, query),
  lean: (path, query) => leanFeed(path, query),
  module: (path) => moduleFeed(path),
}

/** The schemes that {@link parseFeed} knows. */
export const FEED_SCHEMES: readonly string[] = Object.keys(SCHEMES)

function parseQuery(text: string, spec: string): Query {
  const query: Record<string, unknown> = {}
  for (const [key, value] of new URLSearchParams(text)) {
    if (Object.hasOwn(query, key)) {
      throw new OutcryError('OUTCRY_OPTION_INVALID', `${spec}: option ${key} is given twice`, { path: key, value })
    }
    query[key] = optionOf(key, value)
  }
  return query
}

function optionOf(key: string, value: string): unknown {
  if (NUMBERS.has(key) && NUMBER.test(value)) return Number(value)
  return SWITCHES.has(key) && SWITCH.test(value) ? value === 'true' : value
}

/**
 * A feed from one line of text, `scheme:path?option=value&…`, such as
 * `csv:prices.csv?type=bar&symbol=SPX&timestamp=date`. Options are those of the scheme's factory.
 *
 * @throws OutcryError `OUTCRY_FEED_UNKNOWN_SCHEME` with the schemes that there are;
 * `OUTCRY_OPTION_INVALID` for an option that does not fit. The file is looked at in `prepare`.
 */
export function parseFeed(spec: string): Feed {
  const colon = spec.indexOf(':')
  const scheme = colon < 0 ? '' : spec.slice(0, colon)
  const make = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined
  if (make === undefined) {
    throw new OutcryError(
      'OUTCRY_FEED_UNKNOWN_SCHEME',
      `${JSON.stringify(spec)} is no feed: begin it with one of ${FEED_SCHEMES.map((name) => `${name}:`).join(' ')}`,
      { path: 'feed', value: spec },
    )
  }
  const rest = spec.slice(colon + 1)
  const mark = rest.lastIndexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  const query = mark < 0 ? {} : parseQuery(rest.slice(mark + 1), spec)
  if (path === '' && scheme !== 'reuters') {
    throw new OutcryError('OUTCRY_OPTION_INVALID', `${spec}: a path should follow ${scheme}:`, {
      path: 'feed',
      value: spec,
    })
  }
  const [option] = Object.keys(query)
  if (scheme === 'module' && option !== undefined) {
    throw new OutcryError('OUTCRY_OPTION_INVALID', `${spec}: module: has no options, and ${option} is none`, {
      path: option,
      value: query[option],
    })
  }
  return make(path, query)
}
