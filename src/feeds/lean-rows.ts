import { bar, quote, trade } from '../events/catalogue/market.js'
import type { EventDraft } from '../events/draft.js'
import { describeValue, Invalid } from '../events/invalid.js'
import { dayOf, type LeanFile } from './lean-path.js'
import { Zone } from './zone.js'

const DECI_CENTS = 10_000
const INTERVALS = { second: 1000, minute: 60_000, hour: 3_600_000, daily: 86_400_000 } as const

const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** NaN for what is no number, which the event's schema refuses. `Number('')` would be 0. */
const numberOf = (text: string | undefined): number =>
  text !== undefined && DECIMAL.test(text) ? Number(text) : Number.NaN

type RowParser = (fields: readonly string[], id: string) => EventDraft | Invalid

const invalid = (id: string, path: string, reason: string): Invalid => new Invalid(id, path, reason, undefined)

const wrongCount = (id: string, fields: readonly string[], wanted: string): Invalid =>
  invalid(id, '', `the row has ${fields.length} columns, and should have ${wanted}`)

/**
 * Makes the parser of one file's rows, which are without a header (Lean, `Data/equity/readme.md` and
 * its neighbours): what each column means depends on resolution, kind and type.
 */
export function leanRows(file: LeanFile): RowParser {
  const { type, resolution, symbol, kind, dayMs } = file
  const zone = new Zone(file.zone, 'leanFeed.zone')
  const scale = type === 'equity' ? DECI_CENTS : 1
  const source = 'lean'

  const price = (text: string | undefined): number => numberOf(text) / scale
  /** A side that is not quoted is written as 0, or left empty. */
  const sidePrice = (text: string | undefined): number | undefined =>
    text === '' || numberOf(text) === 0 ? undefined : price(text)
  const sideSize = (text: string | undefined, price: number | undefined): number | undefined =>
    price === undefined || text === '' ? undefined : numberOf(text)
  /** The condition flags, a hexadecimal bit mask. */
  const conditions = (text: string | undefined): string[] | undefined =>
    text === undefined || text === '' || text === '0' ? undefined : [text]
  const suspicious = (text: string | undefined): true | undefined => (text === '1' ? true : undefined)

  /** Wall-clock time of a row as if it were UTC; NaN where it has none. */
  const localTime = (text: string | undefined): number => {
    if (dayMs !== undefined) {
      const ms = numberOf(text)
      // A day has 25 hours at most, and its clock reads 24 at most.
      return ms >= 0 && ms < INTERVALS.daily ? dayMs + ms : Number.NaN
    }
    const match = /^(\d{8}) (\d{2}):(\d{2})$/.exec(text ?? '')
    const day = match === null ? undefined : dayOf(match[1] ?? '')
    if (match === null || day === undefined) return Number.NaN
    return day + (Number(match[2]) * 60 + Number(match[3])) * 60_000
  }
  const badTime = (id: string, text: string | undefined): Invalid =>
    invalid(id, 'time', `time is ${describeValue(text)}, which is no time of the file's day`)

  if (resolution === 'tick') {
    return (fields, id) => {
      const local = localTime(fields[0])
      if (Number.isNaN(local)) return badTime(id, fields[0])
      const timestamp = zone.toUtc(local)
      if (kind === 'trade') {
        if (fields.length < 3) return wrongCount(id, fields, 'at least 3: time, price, size')
        return trade.safeCreate({
          id,
          timestamp,
          source,
          symbol,
          price: price(fields[1]),
          size: numberOf(fields[2]),
          exchange: fields[3] || undefined,
          conditions: conditions(fields[4]),
          suspicious: suspicious(fields[5]),
        })
      }
      // Forex ticks have no sizes.
      const sized = fields.length !== 3
      if (sized && fields.length < 5) return wrongCount(id, fields, '3 (time, bid, ask) or at least 5 with the sizes')
      const bid = sidePrice(fields[1])
      const ask = sidePrice(fields[sized ? 3 : 2])
      return quote.safeCreate({
        id,
        timestamp,
        source,
        symbol,
        bid,
        bidSize: sized ? sideSize(fields[2], bid) : undefined,
        ask,
        askSize: sized ? sideSize(fields[4], ask) : undefined,
        exchange: fields[5] || undefined,
        conditions: conditions(fields[6]),
        suspicious: suspicious(fields[7]),
      })
    }
  }

  const intervalMs = INTERVALS[resolution]
  /** A day ends at the next midnight of its zone, be it 23 or 25 hours later. */
  const endOf = (local: number): number =>
    resolution === 'daily' ? zone.toUtc(local + intervalMs) : zone.toUtc(local) + intervalMs

  return (fields, id) => {
    const local = localTime(fields[0])
    if (Number.isNaN(local)) return badTime(id, fields[0])
    const timestamp = endOf(local)
    if (kind === 'trade') {
      if (fields.length !== 6) return wrongCount(id, fields, '6: time, open, high, low, close, volume')
      return bar.safeCreate({
        id,
        timestamp,
        source,
        symbol,
        open: price(fields[1]),
        high: price(fields[2]),
        low: price(fields[3]),
        close: price(fields[4]),
        volume: numberOf(fields[5]),
        intervalMs,
      })
    }
    if (fields.length !== 11) return wrongCount(id, fields, '11: time, bid and ask with sizes')
    const bid = sidePrice(fields[4])
    const ask = sidePrice(fields[9])
    return quote.safeCreate({
      id,
      timestamp,
      source,
      symbol,
      bid,
      bidSize: sideSize(fields[5], bid),
      ask,
      askSize: sideSize(fields[10], ask),
    })
  }
}
