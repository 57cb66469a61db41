import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { CATALOGUE } from '../events/catalogue/index.js'
import type { EventDefinition } from '../events/define.js'
import { describeValue, Invalid } from '../events/invalid.js'
import { isEpochMs } from '../events/time.js'
import { parseOptions } from '../options.js'
import { type CsvLayout, csvLayout } from './csv-layout.js'
import { CsvRecords, type CsvSink, headerOf } from './csv-records.js'
import { TIME_FORMATS, type TimeFormat, timeReader } from './csv-time.js'
import { type Feed, type FeedItem, FeedProblem } from './feed.js'
import { fileBytes, fileKey, fileLabel } from './files.js'
import { LINE_BYTES, type LineReader, lineFeed } from './line-feed.js'
import { readLines } from './lines.js'
import { Zone } from './zone.js'

export interface CsvFeedOptions {
  /**
   * The type of every row's event: a name of the catalogue, or a definition. Default: guessed from
   * the header, as `bar`, `trade`, `news` or `quote`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: definitions of every payload are taken.
  readonly type?: string | EventDefinition<any, any, any>
  /** Column by field of the payload. Default: the column of the field's own name. */
  readonly columns?: Readonly<Record<string, string>>
  /** The column of the time. Default: `timestamp`, `time`, `date` or `datetime`. */
  readonly timestamp?: string
  /** See {@link timeReader}. Default `auto`. */
  readonly timestampFormat?: TimeFormat
  /** The IANA time zone of times without an offset, and of dates. Default UTC. */
  readonly zone?: string
  /** Added to every time: a daily bar's date is its start, and 86,400,000 makes it the end. Milliseconds; default 0. */
  readonly shiftMs?: number
  /** The symbol of every row. Default: what `symbolColumn` says. */
  readonly symbol?: string
  /** The column of the symbol. Default: `symbol` or `ticker`, where there is one. */
  readonly symbolColumn?: string
  /** The column of a vendor's own unique id. Default: the row's number makes the id. */
  readonly idColumn?: string
  /** One character, or `tab`. Default `,`. */
  readonly delimiter?: string
  /** The events' source, and what their ids begin with. Default: the file's name, and its path. */
  readonly name?: string
  /** A longer line is a problem. Bytes; default 1 MiB. */
  readonly maxLineBytes?: number
}

const column = z.string().min(1).max(1024)

const schema = z.strictObject({
  type: z.union([z.string(), z.custom<EventDefinition>((value) => typeof value === 'function')]).optional(),
  columns: z.record(z.string(), column).default({}),
  timestamp: column.optional(),
  timestampFormat: z.enum(TIME_FORMATS).default('auto'),
  zone: z.string().min(1).default('UTC'),
  shiftMs: z.number().default(0),
  symbol: z.string().min(1).max(256).optional(),
  symbolColumn: column.optional(),
  idColumn: column.optional(),
  delimiter: z
    .string()
    .transform((text) => (text === 'tab' || text === '\\t' ? '\t' : text))
    .refine((text) => text.length === 1 && !/["\r\n]/.test(text), 'expected one character, or tab')
    .default(','),
  name: z.string().min(1).max(128).optional(),
  maxLineBytes: z.int().min(LINE_BYTES.min).max(LINE_BYTES.max).default(LINE_BYTES.default),
})

function definitionOf(type: string | EventDefinition | undefined): EventDefinition | undefined {
  if (typeof type !== 'string') return type
  const found: EventDefinition | undefined = CATALOGUE.find((definition) => definition.type === type)
  if (found !== undefined) return found
  const known = CATALOGUE.map((definition) => definition.type).join(', ')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `csvFeed.type: ${describeValue(type)} is none of ${known}`, {
    path: 'csvFeed.type',
    value: type,
  })
}

/**
 * Rows of a CSV file with a header (RFC 4180; a quoted field may hold line ends) as events of one
 * type. A row whose time, number of fields or values do not fit is a problem with the number of its
 * line, the header being line 1, and the rows about it go through.
 *
 * Ids are path and line number, so that equal rows are not taken for duplicates; with `idColumn`
 * they are the vendor's.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`; from `prepare`: `OUTCRY_FEED_FILE`,
 * `OUTCRY_FEED_FORMAT` for a file without a header, `OUTCRY_FEED_COLUMN` for a column that is mapped
 * or needed and not there.
 */
export function csvFeed(path: string, options: CsvFeedOptions = {}): Feed {
  const { type, columns, timestampFormat, zone, shiftMs, symbol, delimiter, maxLineBytes, ...rest } = parseOptions(
    schema,
    options,
    'csvFeed',
  )
  const name = `csv:${path}`
  const source = rest.name ?? fileLabel(path)
  const prefix = `${rest.name ?? fileKey(path)}:`
  const timeOf = timeReader(timestampFormat, new Zone(zone, 'csvFeed.zone'))
  const { timestamp, symbolColumn, idColumn } = rest
  const mapping = { definition: definitionOf(type), columns, timestamp, symbolColumn, idColumn }
  let layout: CsvLayout | undefined

  async function layOut(): Promise<CsvLayout> {
    for await (const { lines } of readLines(fileBytes(path), { maxLineBytes })) {
      const line = lines[0]
      const header = typeof line === 'string' && line !== '' ? headerOf(line, delimiter) : undefined
      if (header === undefined) break
      return csvLayout(mapping, header, name)
    }
    throw new OutcryError('OUTCRY_FEED_FORMAT', `${name}: its first line is not a header`, { path: name, value: path })
  }

  function eventOf(cells: readonly string[], line: number, { definition, ...at }: CsvLayout): FeedItem | Invalid {
    const cell = (index: number | undefined): string => (index === undefined ? '' : (cells[index] ?? '').trim())
    const time = timeOf(cell(at.timestamp))
    if (time === undefined || !isEpochMs(time + shiftMs)) {
      const text = cell(at.timestamp)
      return new Invalid(undefined, 'timestamp', `the time ${describeValue(text)} is none that this feed reads`, text)
    }
    const vendorId = cell(at.id)
    const input: Record<string, unknown> = {
      id: vendorId === '' ? prefix + line : `${source}:${vendorId}`,
      timestamp: time + shiftMs,
      source,
      symbol: symbol ?? (cell(at.symbol) || undefined),
    }
    for (const { name: field, index, read } of at.fields) {
      const text = cell(index)
      if (text !== '') input[field] = read(text)
    }
    return definition.safeCreate(input)
  }

  function reader(found: CsvLayout): LineReader {
    const records = new CsvRecords(delimiter, found.columns)
    let out: FeedItem[] = []
    const sink: CsvSink = {
      record(cells, line) {
        const event = eventOf(cells, line, found)
        out.push(event instanceof Invalid ? new FeedProblem(name, line, event.reason) : event)
      },
      problem(line, reason) {
        out.push(new FeedProblem(name, line, reason))
      },
    }
    return {
      line(text, number, target) {
        if (number === 1) return
        out = target
        records.line(text, number, sink)
      },
      broken(number, reason, target) {
        out = target
        records.end(sink)
        sink.problem(number, reason)
      },
      end(target) {
        out = target
        records.end(sink)
      },
    }
  }

  return lineFeed({
    name,
    path,
    maxLineBytes,
    async check() {
      layout = await layOut()
    },
    async reader() {
      layout ??= await layOut()
      return reader(layout)
    },
  })
}
