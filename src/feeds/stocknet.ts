import { z } from 'zod'
import { news } from '../events/catalogue/news.js'
import { describeValue, Invalid } from '../events/invalid.js'
import { isEpochMs } from '../events/time.js'
import { parseOptions } from '../options.js'
import { type Feed, type FeedItem, FeedProblem } from './feed.js'
import { LINE_BYTES, lineFeed } from './line-feed.js'

export interface StocknetFeedOptions {
  /** A longer line is a problem. Bytes; default 1 MiB. */
  readonly maxLineBytes?: number
}

const optionsSchema = z.strictObject({
  maxLineBytes: z.int().min(LINE_BYTES.min).max(LINE_BYTES.max).default(LINE_BYTES.default),
})

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const CREATED_AT = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2}) (\d{4})$/

/** Twitter's `Mon Jun 02 15:47:17 +0000 2014` in UTC epoch milliseconds, or undefined. */
export function tweetTime(text: string): number | undefined {
  const match = CREATED_AT.exec(text)
  if (match === null) return undefined
  const month = MONTHS.indexOf(match[1] ?? '')
  const day = Number(match[2])
  const hour = Number(match[3])
  const minute = Number(match[4])
  const second = Number(match[5])
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined
  const midnight = Date.UTC(Number(match[9]), month, day)
  if (day < 1 || new Date(midnight).getUTCDate() !== day) return undefined
  const offsetMs = (Number(match[7]) * 60 + Number(match[8])) * (match[6] === '-' ? -60_000 : 60_000)
  const epochMs = midnight + ((hour * 60 + minute) * 60 + second) * 1000 - offsetMs
  return isEpochMs(epochMs) ? epochMs : undefined
}

/**
 * A cashtag is a dollar sign and a symbol of one to six letters, with a class or suffix of one or
 * two after a dot or underscore. It stands by itself: not within a word (`U$D`, `F$C`), not before
 * a letter of another script, and not where an ellipsis or a dollar sign cut it short (`$FN…`).
 */
const CASHTAG = /(?<![\p{L}\p{N}_$])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![\p{L}\p{N}_…$-])/gu

/** The symbols that a text names as cashtags, in capitals, in the order in which they first occur. */
export const cashtags = (text: string): string[] =>
  text.includes('$') ? [...new Set(Array.from(text.matchAll(CASHTAG), (match) => (match[1] ?? '').toUpperCase()))] : []

const rowSchema = z.object({
  id: z.string().min(1).max(64),
  created_at: z.string().max(64),
  text: z.string(),
  lang: z.string().optional(),
  symbols: z.array(z.string().min(1).max(64)).default([]),
  hashtags: z.array(z.string().min(1)).default([]),
  urls: z.array(z.string()).default([]),
  author_followers: z.number().optional(),
  author_verified: z.boolean().optional(),
  retweet_of: z.string().nullish(),
  retweet_of_created_at: z.string().nullish(),
})

const SOURCE = 'stocknet'

function stocknetEvent(text: string): FeedItem | Invalid {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return new Invalid(undefined, '', `the line is not JSON: ${error instanceof Error ? error.message : error}`, text)
  }
  const parsed = rowSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = (issue?.path ?? []).map(String).join('.')
    return new Invalid(undefined, path, `${path === '' ? 'the row' : path}: ${issue?.message ?? 'is invalid'}`, json)
  }
  const row = parsed.data
  const timestamp = tweetTime(row.created_at)
  if (timestamp === undefined) {
    const reason = `created_at is ${describeValue(row.created_at)}, which is no time of Twitter's form`
    return new Invalid(row.id, 'created_at', reason, row.created_at)
  }
  const symbols = [...new Set([...cashtags(row.text), ...row.symbols.map((symbol) => symbol.toUpperCase())])]
  const original = row.retweet_of_created_at == null ? undefined : tweetTime(row.retweet_of_created_at)
  return news.safeCreate({
    id: `${SOURCE}:${row.id}`,
    timestamp,
    source: SOURCE,
    symbols: symbols.length === 0 ? undefined : symbols,
    headline: row.text,
    url: row.urls[0],
    language: row.lang,
    authorFollowers: row.author_followers,
    authorVerified: row.author_verified,
    publisher: 'Twitter',
    topics: row.hashtags.length === 0 ? undefined : row.hashtags,
    repostOf: row.retweet_of ?? undefined,
    originalTimestamp: original,
  })
}

/**
 * Tweets of the StockNet collection, one JSON object a line, as `news` events with the id
 * `stocknet:<id>`. The collection files a tweet under each ticker that it names, so that an id comes
 * several times: all rows are given, and the engine finds the duplicates.
 *
 * `symbols` are the cashtags of the text and the row's own `symbols`, in capitals. The ticker that
 * the row is filed under adds nothing: where the text does not name it, it was found by mistake
 * (`U$D` under D, `F$C` under C). A retweet carries its original's id and time.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`; from `prepare`: `OUTCRY_FEED_FILE`.
 */
export function stocknetFeed(path: string, options: StocknetFeedOptions = {}): Feed {
  const { maxLineBytes } = parseOptions(optionsSchema, options, 'stocknetFeed')
  const name = `${SOURCE}:${path}`
  return lineFeed({
    name,
    path,
    maxLineBytes,
    reader: () => ({
      line(text, number, out) {
        if (text.trim() === '') return
        const event = stocknetEvent(text)
        out.push(event instanceof Invalid ? new FeedProblem(name, number, event.reason) : event)
      },
    }),
  })
}
