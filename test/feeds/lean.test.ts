import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { leanFeed } from '../../src/feeds/lean.js'
import type { LeanFeedOptions } from '../../src/feeds/lean-path.js'
import { sortFeed } from '../../src/feeds/sort.js'
import { behind, contextOf, data, failure, fileWith, onData, payloads, readAll, withoutData, zipOf } from './support.js'

const place = async (path: string, text: string, name = 'rows.csv'): Promise<string> =>
  fileWith(zipOf({ [name]: text }), path)
const read = async (path: string, text: string, options?: LeanFeedOptions) =>
  readAll(leanFeed(await place(path, text), options))

describe('leanFeed', () => {
  it('gives a bar the time of its end, in UTC, and dollars for deci-cents', async () => {
    const { drafts } = await read(
      'equity/usa/minute/aapl/20140605_trade.zip',
      '34200000,6448000,6450000,6447500,6449900,90\n',
    )
    expect(drafts).toMatchObject([
      {
        type: 'bar',
        id: 'lean:equity/usa/minute/aapl/20140605/trade:1',
        source: 'lean',
        symbol: 'AAPL',
        // 09:30 in New York is 13:30 in summer, and the minute is over a minute later.
        timestamp: Date.UTC(2014, 5, 5, 13, 31),
        payload: { open: 644.8, high: 645, low: 644.75, close: 644.99, volume: 90, intervalMs: 60_000 },
      },
    ])
    const winter = await read('equity/usa/second/aapl/20140106_trade.zip', '34200000,1,1,1,1,1\n')
    expect(winter.drafts[0]?.timestamp).toBe(Date.UTC(2014, 0, 6, 14, 30, 1))
  })

  it('gives a quote bar its closing sides', async () => {
    const { drafts } = await read(
      'equity/usa/minute/aapl/20140605_quote.zip',
      '34200000,1,2,0,6449000,300,3,4,2,6449900,200\n34260000,,,,,,3,4,2,6449900,200\n',
    )
    expect(payloads(drafts)).toEqual([
      { bid: 644.9, bidSize: 300, ask: 644.99, askSize: 200 },
      { ask: 644.99, askSize: 200 },
    ])
  })

  it('reads ticks, whose zero side is absent', async () => {
    const trades = await read(
      'equity/usa/tick/spy/20131010_trade.zip',
      '14400009.5,1664300,200,P,20002000,0\n14400010,1,1,D,0,1\n',
    )
    expect(payloads(trades.drafts)).toEqual([
      { price: 166.43, size: 200, exchange: 'P', conditions: ['20002000'] },
      { price: 0.0001, size: 1, exchange: 'D', suspicious: true },
    ])
    expect(trades.drafts[0]?.timestamp).toBe(Date.UTC(2013, 9, 10, 8, 0, 0, 9) + 0.5)
    const quotes = await read(
      'equity/usa/tick/ibm/20131007_quote.zip',
      '1,0,0,1836300,100,Q,1,0\n2,1800100,300,0,0,P,0,0\n',
    )
    expect(payloads(quotes.drafts)).toEqual([
      { ask: 183.63, askSize: 100, exchange: 'Q', conditions: ['1'] },
      { bid: 180.01, bidSize: 300, exchange: 'P' },
    ])
    const forex = await read('forex/oanda/tick/eurusd/20140501_quote.zip', '292,1.38676,1.38686\n')
    expect(forex.drafts).toMatchObject([
      { symbol: 'EURUSD', timestamp: Date.UTC(2014, 4, 1) + 292, payload: { bid: 1.38676, ask: 1.38686 } },
    ])
  })

  it('reads daily bars, whose day ends at the next midnight', async () => {
    const { drafts } = await read('equity/usa/daily/aapl.zip', '20140309 00:00,1,1,1,1,1\n20140310 00:00,1,1,1,1,1\n')
    expect(drafts.map(({ timestamp, symbol }) => [timestamp, symbol])).toEqual([
      [Date.UTC(2014, 2, 10, 4), 'AAPL'],
      [Date.UTC(2014, 2, 11, 4), 'AAPL'],
    ])
  })

  it('is told by options what the place does not say', async () => {
    const path = await fileWith(zipOf({ 'a.csv': '1000,5,2\n' }), 'my.zip')
    expect(await failure(() => leanFeed(path))).toMatch(
      /^OUTCRY_OPTION_INVALID leanFeed.type: the path .*my\.zip does not say it/,
    )
    const options = { type: 'crypto', resolution: 'tick', symbol: 'btcusd', date: '20240101', kind: 'trade' } as const
    const { drafts } = await readAll(leanFeed(path, options))
    expect(drafts).toMatchObject([
      { symbol: 'BTCUSD', timestamp: Date.UTC(2024, 0, 1) + 1000, payload: { price: 5, size: 2 } },
    ])
    expect(drafts[0]?.id).toMatch(/my\.zip:1$/)
    expect(await failure(() => leanFeed(path, { ...options, date: '20240230' }))).toMatch(
      /^OUTCRY_OPTION_INVALID leanFeed.date/,
    )
    expect(await failure(() => leanFeed('equity/india/tick/x/20240101_trade.zip'))).toMatch(
      /^OUTCRY_OPTION_INVALID leanFeed.zone/,
    )
    expect(await failure(() => leanFeed(path, { ...options, zone: 'Mars/Base' }))).toMatch(
      /^OUTCRY_OPTION_INVALID leanFeed.zone/,
    )
  })

  it('counts broken rows with their numbers', async () => {
    const rows = '0,1,1\nx,1,1\n86400000,1,1\n3,,1\n4,0x10,1\n5,1\n6,1,-1\n7,1,1'
    const { drafts, problems } = await read('equity/usa/tick/spy/20131010_trade.zip', rows)
    expect(drafts).toHaveLength(2)
    expect(problems.map(({ position }) => position)).toEqual([2, 3, 4, 5, 6, 7])
    expect(problems[0]?.reason).toBe(`time is "x", which is no time of the file's day`)
    expect(problems[4]?.reason).toMatch(/2 columns/)
  })

  it('refuses what is not a whole zip of one file, before anything starts', async () => {
    const whole = zipOf({ 'a.csv': '1,1,1\n'.repeat(1000) })
    const path = 'equity/usa/tick/spy/20131010_trade.zip'
    const refusal = async (bytes: Uint8Array) => {
      const feed = leanFeed(await fileWith(bytes, path))
      return failure(() => feed.prepare?.())
    }
    expect(await refusal(whole)).toBe('')
    expect(await refusal(whole.subarray(0, whole.length - 30))).toMatch(
      /^OUTCRY_FEED_FORMAT lean:.*not a whole zip file/,
    )
    expect(await refusal(Buffer.from('time,price\n'))).toMatch(/^OUTCRY_FEED_FORMAT lean:.*not a whole zip file/)
    expect(await refusal(new Uint8Array())).toMatch(/^OUTCRY_FEED_FORMAT/)
    expect(await refusal(zipOf({}))).toMatch(/^OUTCRY_FEED_FORMAT .*holds no file/)
    expect(await refusal(zipOf({ a: '1', b: '2' }))).toMatch(/^OUTCRY_FEED_FORMAT .*several files/)
    // The directory is whole, and what it points to is not there.
    const hollow = Buffer.from(whole)
    hollow.fill(0, 0, 30)
    expect(await refusal(hollow)).toMatch(/^OUTCRY_FEED_FORMAT .*not a whole zip file/)
    expect(await failure(() => leanFeed(`none/${path}`).prepare?.())).toMatch(/^OUTCRY_FEED_FILE .*no such file/)
  })

  it('fails when the zip turns out to be damaged as it is read', async () => {
    const text = Array.from({ length: 2000 }, (_, i) => `${i},${(i * 7919) % 1000},1\n`).join('')
    const bytes = zipOf({ 'a.csv': text })
    // The checksum in the central directory, which stands before the sizes.
    const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1')
    bytes.fill(1, directory + 16, directory + 20)
    const path = await fileWith(bytes, 'equity/usa/tick/spy/20131010_trade.zip')
    expect(await failure(() => readAll(leanFeed(path)))).toMatch(/^OUTCRY_FEED_FORMAT .*checksum/)
  })

  it.skipIf(withoutData)(
    onData('reads 460,032 trades, none the same as another by its id'),
    async () => {
      const feed = leanFeed(data('market/lean/equity/usa/tick/spy/20131010_trade.zip'))
      await feed.prepare?.()
      const ids = new Set<string>()
      const contents = new Set<string>()
      let suspicious = 0
      let largest = 0
      for await (const batch of feed.read(contextOf())) {
        largest = Math.max(largest, batch.length)
        for (const item of batch) {
          if (!('payload' in item) || item.id === undefined) throw new Error('a trade was expected')
          ids.add(item.id)
          const { price, size, exchange, conditions, suspicious: doubtful } = item.payload as Record<string, unknown>
          contents.add(`${item.timestamp} ${price} ${size} ${exchange} ${conditions} ${doubtful}`)
          if (doubtful === true) suspicious += 1
        }
      }
      expect([ids.size, suspicious, largest]).toEqual([460_032, 10, 256])
      // So many rows say what another has said already, and are trades all the same.
      expect(460_032 - contents.size).toBe(87_062)
      expect(feed.progress?.()).toBe(feed.total)
    },
    120_000,
  )

  it.skipIf(withoutData).each([
    ['equity/usa/minute/aapl/20140605_trade.zip', 686, Date.UTC(2014, 5, 5, 8, 16)],
    ['equity/usa/minute/aapl/20140606_trade.zip', 783, Date.UTC(2014, 5, 6, 8, 1)],
    ['equity/usa/minute/aapl/20140609_trade.zip', 834, Date.UTC(2014, 5, 9, 8, 1)],
    ['equity/usa/minute/aapl/20140605_quote.zip', 830, Date.UTC(2014, 5, 5, 8, 1)],
    ['equity/usa/second/spy/20140605_trade.zip', 16_636, Date.UTC(2014, 5, 5, 8, 0, 1)],
    ['equity/usa/tick/ibm/20131007_quote.zip', 109_067, Date.UTC(2013, 9, 7, 8) + 54],
    ['crypto/coinbase/second/btcusd/20161007_trade.zip', 4063, Date.UTC(2016, 9, 7, 0, 0, 5)],
    ['forex/oanda/tick/eurusd/20140501_quote.zip', 24_179, Date.UTC(2014, 4, 1) + 292],
  ])(onData('reads all of %s'), async (path, rows, first) => {
    const { drafts, problems } = await readAll(leanFeed(data(`market/lean/${path}`)))
    expect([drafts.length, problems.length, behind(drafts), drafts[0]?.timestamp]).toEqual([rows, 0, 0, first])
  })

  it.skipIf(withoutData)(onData('refuses a real zip that is truncated'), async () => {
    const bytes = await readFile(data('market/lean/equity/usa/minute/aapl/20140605_trade.zip'))
    const path = await fileWith(bytes.subarray(0, 4000), 'equity/usa/minute/aapl/20140605_trade.zip')
    expect(await failure(() => sortFeed(leanFeed(path)).prepare?.())).toMatch(/^OUTCRY_FEED_FORMAT/)
  })
})
