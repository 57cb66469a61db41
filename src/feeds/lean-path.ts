import { existsSync } from 'node:fs'
import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { parseOptions } from '../options.js'
import { fileKey } from './files.js'
import { LINE_BYTES } from './line-feed.js'

const SECURITY_TYPES = ['equity', 'forex', 'crypto', 'cfd'] as const
const RESOLUTIONS = ['tick', 'second', 'minute', 'hour', 'daily'] as const
const KINDS = ['trade', 'quote'] as const

export interface LeanFeedOptions {
  /** The kind of security: equity prices are written in deci-cents, all others as they are. */
  readonly type?: (typeof SECURITY_TYPES)[number]
  /** Such as `usa`, `oanda` or `coinbase`. */
  readonly market?: string
  readonly resolution?: (typeof RESOLUTIONS)[number]
  readonly symbol?: string
  /** The day of the file, `YYYYMMDD`. */
  readonly date?: string
  readonly kind?: (typeof KINDS)[number]
  /** The IANA time zone of the file's times. Default: America/New_York for US equities, UTC for forex, crypto and CFDs. */
  readonly zone?: string
  /** A longer line is a problem. Bytes; default 1 MiB. */
  readonly maxLineBytes?: number
}

const schema = z.strictObject({
  type: z.enum(SECURITY_TYPES).optional(),
  market: z.string().min(1).max(64).optional(),
  resolution: z.enum(RESOLUTIONS).optional(),
  symbol: z.string().min(1).max(64).optional(),
  date: z.string().optional(),
  kind: z.enum(KINDS).optional(),
  zone: z.string().min(1).optional(),
  maxLineBytes: z.int().min(LINE_BYTES.min).max(LINE_BYTES.max).default(LINE_BYTES.default),
})

/** What the place of a file says of its rows. */
export interface LeanFile {
  readonly type: (typeof SECURITY_TYPES)[number]
  readonly resolution: (typeof RESOLUTIONS)[number]
  readonly symbol: string
  readonly kind: (typeof KINDS)[number]
  /** The day of the file as if its midnight were UTC; undefined where each row has its own. */
  readonly dayMs: number | undefined
  readonly zone: string
  /** What the ids of its rows begin with. */
  readonly key: string
  readonly maxLineBytes: number
}

/** `equity/usa/minute/aapl/20140605_trade.zip` */
const INTRADAY = /(?:^|\/)([a-z]+)\/([^/]+)\/(tick|second|minute)\/([^/]+)\/(\d{8})_(trade|quote)\.zip$/i
/** `equity/usa/daily/aapl.zip` */
const LONG_TERM = /(?:^|\/)([a-z]+)\/([^/]+)\/(hour|daily)\/([^/]+?)(?:_(trade|quote))?\.zip$/i

function fromPath(path: string): Record<string, string> {
  const place = path.replaceAll('\\', '/')
  const intraday = INTRADAY.exec(place)
  const names = ['type', 'market', 'resolution', 'symbol', 'date', 'kind']
  const match = intraday ?? LONG_TERM.exec(place)
  if (match === null) return {}
  const found = intraday === null ? [...match.slice(1, 5), undefined, match[5]] : match.slice(1, 7)
  const entries: [string, string][] = []
  for (const [i, name] of names.entries()) {
    const value = found[i]
    if (value !== undefined) entries.push([name, value.toLowerCase()])
  }
  return Object.fromEntries(entries)
}

/** Midnight of `YYYYMMDD` as if it were UTC, or undefined where there is no such day. */
export function dayOf(text: string): number | undefined {
  if (!/^\d{8}$/.test(text)) return undefined
  const day = Number(text.slice(6))
  const ms = Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, day)
  return new Date(ms).getUTCDate() === day && new Date(ms).getUTCMonth() + 1 === Number(text.slice(4, 6))
    ? ms
    : undefined
}

const ZONES: Readonly<Record<string, string>> = { forex: 'UTC', crypto: 'UTC', cfd: 'UTC' }

/**
 * Reads from the place of a file in Lean's data folder, and from the options that override it, what
 * its rows are.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for what neither of them says, or says wrongly;
 * `OUTCRY_FEED_FILE` where that is because the path leads nowhere.
 */
export function leanFile(path: string, options: LeanFeedOptions): LeanFile {
  // First alone, so that a wrong option is not blamed on the path.
  parseOptions(schema, options, 'leanFeed')
  const place = fromPath(path)
  const { type, market, resolution, symbol, date, kind, zone, maxLineBytes } = parseOptions(
    schema,
    { ...place, ...options },
    'leanFeed',
  )
  const missing = (what: string): OutcryError => {
    // A path that is merely mistyped is no reason to ask for options.
    if (Object.keys(place).length === 0 && !existsSync(path)) {
      return new OutcryError('OUTCRY_FEED_FILE', `lean:${path}: there is no such file`, { path: 'lean', value: path })
    }
    return new OutcryError(
      'OUTCRY_OPTION_INVALID',
      `leanFeed.${what}: the path ${path} does not say it, as equity/usa/minute/aapl/20140605_trade.zip would; give it`,
      { path: `leanFeed.${what}`, value: path },
    )
  }
  if (type === undefined) throw missing('type')
  if (resolution === undefined) throw missing('resolution')
  if (symbol === undefined) throw missing('symbol')
  const ownDays = resolution === 'hour' || resolution === 'daily'
  if (kind === undefined && !ownDays) throw missing('kind')
  const dayMs = date === undefined ? undefined : dayOf(date)
  if (date !== undefined && dayMs === undefined) {
    throw new OutcryError('OUTCRY_OPTION_INVALID', `leanFeed.date: there is no day ${JSON.stringify(date)}`, {
      path: 'leanFeed.date',
      value: date,
    })
  }
  if (dayMs === undefined && !ownDays) throw missing('date')
  const home = ZONES[type] ?? (market === undefined || market === 'usa' ? 'America/New_York' : undefined)
  if (zone === undefined && home === undefined) throw missing('zone')
  return {
    type,
    resolution,
    symbol: symbol.toUpperCase(),
    kind: kind ?? (type === 'forex' || type === 'cfd' ? 'quote' : 'trade'),
    dayMs: ownDays ? undefined : dayMs,
    zone: zone ?? home ?? 'UTC',
    // The place in the tree is the same wherever the tree lies.
    key: Object.keys(place).length === 0 ? fileKey(path) : Object.values(place).join('/'),
    maxLineBytes,
  }
}
