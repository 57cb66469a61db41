import { z } from 'zod'
import { news } from '../events/catalogue/news.js'
import type { EventDraft } from '../events/draft.js'
import { describeValue, Invalid } from '../events/invalid.js'
import { isEpochMs } from '../events/time.js'

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** `26-FEB-1987 15:01:01.79`, and behind it nothing, a control byte or a space: what follows is not the date's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the wire's own control bytes end the date.
const DATE = /^\s*(\d{1,2})-([A-Z]{3})-(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?(?=$|[\s\x00-\x1F])/

/**
 * The time of a wire item in UTC epoch milliseconds, or undefined where it is none. The wire names
 * no time zone; UTC is assumed.
 */
export function wireTime(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const month = MONTHS.indexOf(match[2] ?? '')
  const [day, year, hour, minute, second] = [match[1], match[3], match[4], match[5], match[6]].map(Number)
  if (month < 0 || day === undefined || year === undefined) return undefined
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const midnight = Date.UTC(year, month, day)
  // Date.UTC carries the 30th of February over into March.
  if (day < 1 || new Date(midnight).getUTCDate() !== day || new Date(midnight).getUTCFullYear() !== year)
    return undefined
  const fractionMs = Number((match[7] ?? '').padEnd(3, '0'))
  const epochMs = midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs
  return isEpochMs(epochMs) ? epochMs : undefined
}

const TAG = /<([A-Z]{1,5}(?:[. ][A-Z]{1,3}){0,2})>/g
const COMPANY_FORM = /[ ](?:AG|AS|BV|CO|INC|KK|LTD|NV|PLC|SA|SPA|AB|LP|NA)$/
/** Listing codes that American symbols do without: New York (.N) and NASDAQ (.O). */
const HOME_LISTING = /\.[NO]$/

/**
 * The ticker symbols of a text, in the order in which they are first named. Reuters tags companies
 * in angle brackets: `<IBM>`, `<BP.L>`, `<VOLV ST>` are tickers, `<Hughes Capital Corp>` is a name.
 *
 * A tag is taken for a ticker if it is one to five capitals, with at most two suffixes of one to
 * three capitals (the exchange). A space before the suffix stands for the dot, unless what follows
 * it is a legal form (`<SMITH CO>`). The codes of New York and NASDAQ are dropped, so that `<IBM.N>`
 * and `<IBM>` are one symbol. Capitals of six and more are names of companies without a listing.
 */
export function taggedTickers(text: string): string[] {
  if (!text.includes('<')) return []
  const symbols = new Set<string>()
  for (const match of text.matchAll(TAG)) {
    const tag = match[1] ?? ''
    if (COMPANY_FORM.test(tag)) continue
    symbols.add(tag.replaceAll(' ', '.').replace(HOME_LISTING, ''))
  }
  return [...symbols]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the wire's control bytes are no part of the text.
const CONTROL = /[\x00-\x08\x0B-\x1F\x7F]/g
const clean = (text: string): string => text.replace(CONTROL, '').trim()

const recordSchema = z.object({
  id: z.union([z.string().min(1).max(64), z.int().transform(String)]),
  date: z.string().max(256),
  title: z.string().optional(),
  body: z.string().optional(),
  topics: z.array(z.string().min(1)).optional(),
})

const SOURCE = 'reuters'

/** One record of the collection as a news event, or why it is none. `shiftMs` is added to its time. */
export function reutersEvent(record: unknown, shiftMs: number): EventDraft | Invalid {
  const parsed = recordSchema.safeParse(record)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = (issue?.path ?? []).map(String).join('.')
    return new Invalid(
      undefined,
      path,
      `${path === '' ? 'the record' : path}: ${issue?.message ?? 'is invalid'}`,
      record,
    )
  }
  const { id, date, title, body, topics } = parsed.data
  const time = wireTime(date)
  if (time === undefined) {
    return new Invalid(id, 'date', `item ${id}: date is ${describeValue(date)}, which is no time`, date)
  }
  const text = clean(body ?? '')
  // An item without a title is known by its first line.
  const headline = clean(title ?? '') || (text.split('\n', 1)[0] ?? '').trim().slice(0, 4_096)
  if (headline === '') return new Invalid(id, 'title', `item ${id}: it has neither a title nor a body`, undefined)
  const symbols = taggedTickers(`${title ?? ''}\n${body ?? ''}`)
  return news.safeCreate({
    id: `${SOURCE}:${id}`,
    timestamp: time + shiftMs,
    source: SOURCE,
    symbols: symbols.length === 0 ? undefined : symbols,
    headline,
    body: text === '' ? undefined : text,
    language: 'en',
    publisher: 'Reuters',
    topics: topics === undefined || topics.length === 0 ? undefined : topics,
  })
}
