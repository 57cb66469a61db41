import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { count, durationMs, epochMs, name, names, note, price, side, size } from './fields.js'

// Market data and news share one lane, so that a run over recordings keeps their order in time.

/** A trade that was printed. */
export const trade = defineEvent({
  type: 'trade',
  payload: z.object({
    price,
    size,
    /** The aggressor's side, where the venue says so. */
    side: side.optional(),
    exchange: name.optional(),
    /** The venue's condition codes. */
    conditions: names.optional(),
    tradeId: name.optional(),
    /** The vendor itself marks the print as doubtful. */
    suspicious: z.boolean().optional(),
  }),
})
export type TradePayload = PayloadOf<typeof trade>

/** The best bid and ask; a side that is absent is not quoted. */
export const quote = defineEvent({
  type: 'quote',
  payload: z.object({
    bid: price.optional(),
    bidSize: size.optional(),
    ask: price.optional(),
    askSize: size.optional(),
    exchange: name.optional(),
    conditions: names.optional(),
    suspicious: z.boolean().optional(),
  }),
})
export type QuotePayload = PayloadOf<typeof quote>

/** Open, high, low, close and volume of an interval that ends, and is published, at `timestamp`. */
export const bar = defineEvent({
  type: 'bar',
  payload: z
    .object({
      open: price,
      high: price,
      low: price,
      close: price,
      volume: size,
      /** Length of the interval in milliseconds: 60,000 for a minute bar. */
      intervalMs: durationMs.optional(),
      /** Volume-weighted average price. */
      vwap: price.optional(),
      /** Number of trades. */
      trades: count.optional(),
    })
    .refine((bar) => bar.high >= bar.low, { path: ['high'], message: 'expected high to be at least low' }),
})
export type BarPayload = PayloadOf<typeof bar>

const levels = z.array(z.strictObject({ price, size })).max(10_000)

/** An order book by price level, best first. */
export const bookSnapshot = defineEvent({
  type: 'book.snapshot',
  payload: z.object({
    bids: levels,
    asks: levels,
    /** The venue's number of this state of the book. */
    bookSequence: count.optional(),
    exchange: name.optional(),
  }),
})
export type BookSnapshotPayload = PayloadOf<typeof bookSnapshot>

/** Changes to an order book; a level of size 0 is gone. */
export const bookDelta = defineEvent({
  type: 'book.delta',
  payload: z.object({
    changes: z.array(z.strictObject({ side: z.enum(['bid', 'ask']), price, size })).max(10_000),
    /** The venue's number of the state of the book after these changes. */
    bookSequence: count.optional(),
    /** The number of the state that they apply to: a gap shows here. */
    previousBookSequence: count.optional(),
    exchange: name.optional(),
  }),
})
export type BookDeltaPayload = PayloadOf<typeof bookDelta>

/** Whether a symbol trades. It overtakes market data: whoever trades on must know of a halt first. */
export const tradingStatus = defineEvent({
  type: 'trading.status',
  lane: 'critical',
  payload: z.object({
    status: z.enum(['pre-open', 'auction', 'trading', 'paused', 'halted', 'closed']),
    reason: note.optional(),
    /** The venue's own code, such as LUDP. */
    code: name.optional(),
    /** When trading is expected to resume: UTC epoch milliseconds. */
    resumesAt: epochMs.optional(),
    exchange: name.optional(),
  }),
})
export type TradingStatusPayload = PayloadOf<typeof tradingStatus>
