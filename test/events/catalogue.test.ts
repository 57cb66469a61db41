import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/events/catalogue/index.js'
import { quote } from '../../src/events/catalogue/market.js'
import { signal } from '../../src/events/catalogue/signal.js'
import { EventDraft } from '../../src/events/draft.js'
import { ENVELOPE_NAMES } from '../../src/events/envelope.js'
import { matchesPattern } from '../../src/events/patterns.js'
import { EventTypes } from '../../src/events/validate.js'

/** One event of each type, and of each kind of alert, as a wire would bring it. */
const SAMPLES: Readonly<Record<string, readonly object[]>> = {
  trade: [
    { price: 165.59, size: 250_629, exchange: 'P', conditions: ['@'], tradeId: '7', suspicious: true, side: 'buy' },
  ],
  quote: [
    { bid: 1, bidSize: 2 },
    { ask: 1, askSize: 0 },
    { bid: -37.63, ask: -37.6 },
  ],
  bar: [
    { open: 1, high: 2, low: 0.5, close: 1, volume: 0 },
    { open: 1, high: 1, low: 1, close: 1, volume: 9, intervalMs: 60_000, vwap: 1, trades: 3 },
  ],
  'book.snapshot': [{ bids: [{ price: 1, size: 2 }], asks: [], bookSequence: 1 }],
  'book.delta': [{ changes: [{ side: 'bid', price: 1, size: 0 }], bookSequence: 2, previousBookSequence: 1 }],
  'trading.status': [{ status: 'halted', code: 'LUDP', reason: 'volatility', resumesAt: 5 }],
  news: [
    {
      headline: 'x',
      body: 'y',
      url: 'https://example.com',
      language: 'en',
      topics: ['earn'],
      originalTimestamp: 1,
      repostOf: '1',
      sentiment: -0.2,
      authorFollowers: 5,
      authorVerified: false,
    },
  ],
  signal: [
    { side: 'flat', strength: 0 },
    { side: 'buy', strength: 1, reason: 'tone' },
  ],
  alert: [
    { kind: 'price-breakout', score: 0.9, direction: 'up', price: 2, level: 1, windowMs: 60_000 },
    { kind: 'volume-spike', score: 0.9, volume: 10, baseline: 2 },
    { kind: 'gap', score: 0.9, price: 92.2, previousClose: 645.57 },
    { kind: 'halt', score: 1, reason: 'news pending' },
    { kind: 'resume', score: 1 },
    { kind: 'news-burst', score: 0.5, count: 12, baseline: 2 },
    { kind: 'sentiment-shift', score: 0.5, sentiment: -0.5, previousSentiment: 0.4 },
    { kind: 'spread-widening', score: 0.5, spread: 0.4 },
  ],
  'order.submitted': [
    { orderId: 'o', side: 'buy', quantity: 1, orderType: 'limit', limitPrice: 1, timeInForce: 'day' },
  ],
  'order.accepted': [{ orderId: 'o', venueOrderId: 'v' }],
  'order.rejected': [{ orderId: 'o', reason: 'margin' }],
  'order.replaced': [{ orderId: 'o', quantity: 2 }],
  'order.cancelled': [{ orderId: 'o', remaining: 1 }],
  'order.expired': [{ orderId: 'o' }],
  'order.fill': [{ orderId: 'o', side: 'sell', price: 1, quantity: 1, remaining: 0, fee: -0.01, liquidity: 'maker' }],
  'risk.limit.breached': [{ limit: 'daily-loss', value: -5, threshold: -4 }],
  'risk.limit.restored': [{ limit: 'daily-loss', value: -3, threshold: -4 }],
  'risk.kill-switch': [{ engaged: true, reason: 'by hand' }],
  'risk.exposure': [{ gross: 5, net: -5, currency: 'USD' }],
  'system.started': [{}],
  'system.stopping': [{ reason: 'signal' }],
  'system.health': [{ state: 'degraded', reasons: ['queue depth'] }],
  'system.strategy': [{ strategy: 's', state: 'hung' }],
  'system.breaker': [{ breaker: 'b', state: 'half-open' }],
  'feed.connected': [{ feed: 'f', attempt: 1 }],
  'feed.disconnected': [{ feed: 'f', retryInMs: 100 }],
  'feed.stale': [{ feed: 'f', silentMs: 5_000 }],
  'feed.gap': [{ feed: 'f', fromNumber: 1, toNumber: 5, missed: 3 }],
  'feed.ended': [{ feed: 'f', events: 5, problems: 0 }],
}

describe('the catalogue', () => {
  it('takes a sample of every type and hands it on unchanged', () => {
    const types = new EventTypes()
    expect(Object.keys(SAMPLES).sort()).toStrictEqual(CATALOGUE.map(({ type }) => type as string).sort())
    for (const [type, payloads] of Object.entries(SAMPLES)) {
      for (const payload of payloads) {
        const draft = types.parse({ type, payload })
        expect(draft, JSON.stringify(draft)).toBeInstanceOf(EventDraft)
        expect(draft).toMatchObject({ type, payload })
      }
    }
  })

  it('has a sample of every kind of alert', () => {
    const kinds = (SAMPLES.alert ?? []).map((sample) => ('kind' in sample ? sample.kind : undefined))
    expect(kinds).toStrictEqual([
      'price-breakout',
      'volume-spike',
      'gap',
      'halt',
      'resume',
      'news-burst',
      'sentiment-shift',
      'spread-widening',
    ])
  })

  it('keeps every family in one lane', () => {
    const lanesOf = (pattern: string): string[] => [
      ...new Set(CATALOGUE.filter(({ type }) => matchesPattern(pattern, type)).map(({ lane }) => lane)),
    ]
    expect(lanesOf('order.*')).toStrictEqual(['critical'])
    expect(lanesOf('risk.*')).toStrictEqual(['critical'])
    expect(lanesOf('trading.*')).toStrictEqual(['critical'])
    expect(lanesOf('book.*')).toStrictEqual(['normal'])
    expect(lanesOf('system.*')).toStrictEqual(['low'])
    expect(lanesOf('feed.*')).toStrictEqual(['low'])
    for (const type of ['signal', 'alert']) expect(lanesOf(type)).toStrictEqual(['high'])
    // News and market data together, so that a run over recordings keeps their order in time.
    for (const type of ['trade', 'quote', 'bar', 'news']) expect(lanesOf(type)).toStrictEqual(['normal'])
  })

  it('names no payload field as the envelope does', () => {
    for (const payloads of Object.values(SAMPLES)) {
      for (const payload of payloads) {
        expect(Object.keys(payload).filter((key) => ENVELOPE_NAMES.has(key))).toStrictEqual([])
      }
    }
  })

  it('lets the absent side of a quote be absent', () => {
    const draft = quote({ symbol: 'IBM', bid: 186.1, bidSize: 3 })
    expect(draft.payload.ask).toBeUndefined()
    expect('ask' in draft.payload).toBe(false)
  })

  it.each([-0.1, 1.1, Number.NaN])('refuses a strength of %d', (strength) => {
    expect(() => signal({ side: 'buy', strength })).toThrow('strength')
  })
})
