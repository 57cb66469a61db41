import { processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { median } from '../harness/statistics.js'
import { createEngine, news, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface Validation {
  /** Processor time an event, in microseconds. */
  readonly tradeUs: number
  readonly newsUs: number
  /** An event that its producer vouches for, published: what is left is the way into the queue. */
  readonly trustedOfferUs: number
  /** The same from a plain object, which is validated on the way. */
  readonly plainOfferUs: number
}

const ROUNDS = 7

const timed = (events: number, one: (at: number) => unknown): number => {
  const begin = processorMs()
  let made = 0
  for (let at = 0; at < events; at += 1) if (one(at) !== undefined) made += 1
  if (made !== events) throw new Error('not all events were made')
  return ((processorMs() - begin) / events) * 1_000
}

/** Rows 3464, 3476 and 3477: a compiled schema, once, at the edge. */
export const validation = async (settings: Settings): Promise<Validation> => {
  const events = setting(settings, 'events')
  const timestamp = Date.UTC(2024, 0, 2, 14, 30)
  const aTrade = (at: number) => ({ id: `t:${at}`, timestamp, source: 'tape', symbol: 'AAPL', price: 1 + at, size: 10 })
  const aNews = (at: number) => ({
    id: `n:${at}`,
    timestamp,
    source: 'wire',
    symbol: 'AAPL',
    headline: 'raises its outlook',
  })
  const plain = (at: number) => ({
    type: 'trade',
    id: `p:${at}`,
    timestamp,
    source: 'tape',
    symbol: 'AAPL',
    payload: { price: 1 + at, size: 10 },
  })
  const times = {
    tradeUs: [] as number[],
    newsUs: [] as number[],
    trustedOfferUs: [] as number[],
    plainOfferUs: [] as number[],
  }
  for (let round = 0; round <= ROUNDS; round += 1) {
    const engine = createEngine({ queue: { capacity: events * 2, highWater: events * 2 } })
    await engine.start()
    engine.pause()
    const made = {
      tradeUs: timed(events, (at) => trade(aTrade(at))),
      newsUs: timed(events, (at) => news(aNews(at))),
      trustedOfferUs: timed(events, (at) => engine.offer(trade(aTrade(at)))),
      plainOfferUs: timed(events, (at) => engine.offer(plain(at) as never)),
    }
    await engine.stop({ drain: false })
    // The first round is the compiler's.
    if (round > 0) for (const name of Object.keys(times) as (keyof typeof times)[]) times[name].push(made[name])
  }
  return {
    tradeUs: median(times.tradeUs),
    newsUs: median(times.newsUs),
    trustedOfferUs: median(times.trustedOfferUs),
    plainOfferUs: median(times.plainOfferUs),
  }
}
