import type { EventInput } from 'outcry'
import { Chance } from './chance.js'
import type { InputStep } from './scenario.js'

export interface MarketOptions {
  readonly seed: number
  /** How many records, the odd ones among them. */
  readonly events: number
  /** Default 8. */
  readonly symbols?: number
  /** Virtual time that they are spread over. Milliseconds; default 60,000. */
  readonly spanMs?: number
  /** UTC epoch milliseconds of the run's start; default that of a virtual environment. */
  readonly startMs?: number
  /** Shares of odd records, each 0 to 1. */
  readonly odd?: {
    readonly malformed?: number
    readonly duplicate?: number
    readonly late?: number
  }
  /** Share of the records that come in bursts: many at one moment. */
  readonly bursts?: number
  readonly via?: readonly InputStep['via'][]
  /** Who sends the records, drawn for each; default nobody says. */
  readonly sources?: readonly string[]
  /** Records come in batches this far apart, as from a feed that is polled. Milliseconds; default 0, each by itself. */
  readonly sliceMs?: number
}

const NAMES = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'JPM', 'XOM', 'TSLA', 'BRK.B', 'SPY', 'QQQ', 'EURUSD', 'ES']
const RECENT = 200
/** A burst begins after one record in so many, times its share, and is so long on average. */
const BURST_RARITY = 20
const BURST_LENGTH = 22.5
const START_MS = 1_704_205_800_000

/** Symbol number `index`; the first dozen have well-known names. */
export const symbolOf = (index: number): string => NAMES[index] ?? `SYM${index}`

const MALFORMED: readonly unknown[] = [
  null,
  'trade',
  {},
  { type: 'trade' },
  { type: 'trade', payload: { price: 'dear', size: 1 } },
  { type: 'trade', symbol: '', payload: { price: 1, size: 1 } },
  { type: 'no.such.type', payload: {} },
  { type: 'quote', payload: { bid: null } },
  { type: 'trade', timestamp: 'yesterday', payload: { price: 1, size: 1 } },
  { type: 'news', payload: { headline: '' } },
]

/**
 * A record in the wire form. All of them have one shape, whatever they are about: the engine reads so
 * many that those which differ in their keys alone cost it, and the run, twice as much.
 */
class MarketRecord {
  symbols: readonly string[] | undefined = undefined

  constructor(
    readonly id: string,
    readonly timestamp: number,
    public symbol: string | undefined,
    readonly source: string | undefined,
    readonly type: string,
    readonly payload: unknown,
  ) {}
}

/** One market's state while its records are drawn. */
class Market {
  private readonly prices: number[]
  private readonly names: readonly string[]

  constructor(
    private readonly chance: Chance,
    private readonly symbols: number,
    private readonly sources: readonly string[],
  ) {
    this.prices = Array.from({ length: symbols }, (_, index) => 20 + index * 37)
    this.names = Array.from({ length: symbols }, (_, index) => symbolOf(index))
  }

  record(number: number, timestamp: number): EventInput {
    const { chance } = this
    // Activity is uneven: half of all records are about the first two symbols.
    const at = chance.once(0.5) ? chance.whole(0, Math.min(1, this.symbols - 1)) : chance.whole(0, this.symbols - 1)
    const symbol = this.nameOf(at)
    const price = this.move(at)
    const kind = chance.fraction()
    const source = this.sources.length === 0 ? undefined : chance.pick(this.sources)
    const id = `e${number}`
    const make = (type: string, payload: unknown) => new MarketRecord(id, timestamp, symbol, source, type, payload)
    if (kind < 0.55) return make('trade', { price, size: chance.whole(1, 1_000) })
    if (kind < 0.75) return make('quote', { bid: round(price - 0.01), bidSize: 100, ask: price, askSize: 200 })
    if (kind < 0.83) return make('bar', bar(price))
    if (kind < 0.93) return this.about(make('news', { headline: `${symbol} ${chance.pick(VERBS)}` }), symbol)
    if (kind < 0.96) return make('trading.status', { status: chance.pick(STATUSES) })
    return make('feed.stale', { feed: 'sim', silentMs: chance.whole(1, 60_000) })
  }

  private nameOf(at: number): string {
    return this.names[at] ?? symbolOf(at)
  }

  private move(at: number): number {
    const price = Math.max(1, (this.prices[at] ?? 100) * (1 + this.chance.between(-0.004, 0.004)))
    this.prices[at] = price
    return round(price)
  }

  /** Half of real news names several symbols, some of it none. */
  private about(news: MarketRecord, symbol: string): MarketRecord {
    const { chance } = this
    const other = chance.once(0.5) ? this.nameOf(chance.whole(0, this.symbols - 1)) : undefined
    if (chance.once(0.1)) news.symbol = undefined
    else if (other !== undefined) news.symbols = other === symbol ? [symbol] : [other, symbol]
    return news
  }
}

const VERBS = ['beats', 'misses', 'halts', 'buys', 'denies']
const STATUSES = ['halted', 'trading']

const bar = (price: number) => ({
  open: price,
  high: round(price + 0.5),
  low: round(price - 0.5),
  close: price,
  volume: 1_000,
})

const round = (value: number): number => Math.round(value * 100) / 100

/**
 * Records of a made-up market, in order of arrival: bursts at one moment and quiet stretches, halts,
 * news about several symbols, and, at the rates asked for, duplicates, records whose time lies
 * behind, and records that are no events at all. All of it follows from the seed.
 */
export function* marketRecords(options: MarketOptions): Generator<InputStep, void, undefined> {
  const {
    seed,
    events,
    symbols = 8,
    spanMs = 60_000,
    startMs = START_MS,
    odd = {},
    bursts = 0.5,
    sliceMs = 0,
    sources = [],
  } = options
  const { malformed = 0, duplicate = 0, late = 0 } = odd
  const via = options.via ?? ['publish']
  const chance = new Chance(seed, 'market')
  const made = new Market(new Chance(seed, 'records'), symbols, sources)
  /** What may come again: a duplicate is seldom older than this many records. */
  const recent: unknown[] = []
  // So that the records fill the span: those of a burst take no time of their own.
  const gapMs = (spanMs * (1 + (bursts / BURST_RARITY) * BURST_LENGTH)) / Math.max(1, events)
  let atMs = 1
  let burst = 0
  for (let number = 0; number < events; number++) {
    if (burst > 0) burst -= 1
    else {
      // Quiet stretches: one gap in forty is twenty times as long as the rest.
      atMs += chance.between(0, 2) * gapMs * (chance.once(1 / 40) ? 10 : 0.75)
      if (chance.once(bursts / BURST_RARITY)) burst = chance.whole(5, chance.pick([20, 60]))
    }
    const at = Math.min(spanMs, sliceMs === 0 ? Math.round(atMs * 1_000) / 1_000 : Math.ceil(atMs / sliceMs) * sliceMs)
    const time = startMs + Math.round(at)
    let input: unknown
    const kind = chance.fraction()
    if (kind < malformed) input = chance.pick(MALFORMED)
    else if (kind < malformed + duplicate && recent.length > 0) {
      input = recent[chance.whole(0, recent.length - 1)]
    } else if (kind < malformed + duplicate + late) input = made.record(number, time - chance.whole(1, 90_000))
    else input = made.record(number, time)
    recent[number % RECENT] = input
    yield { atMs: at, via: burst > 0 ? (via[0] ?? 'publish') : chance.pick(via), input }
  }
}

/** As {@link marketRecords}, all at once. */
export const market = (options: MarketOptions): InputStep[] => [...marketRecords(options)]
