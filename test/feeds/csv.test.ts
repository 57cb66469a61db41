import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent } from '../../src/events/define.js'
import { type CsvFeedOptions, csvFeed } from '../../src/feeds/csv.js'
import {
  behind,
  contextOf,
  data,
  failure,
  fileWith,
  folder,
  onData,
  payloads,
  readAll,
  withoutData,
} from './support.js'

const read = async (text: string, options?: CsvFeedOptions) =>
  readAll(csvFeed(await fileWith(text, 'prices.csv'), options))
const fails = async (text: string, options?: CsvFeedOptions) => failure(() => read(text, options))
const problemsOf = async (text: string, options?: CsvFeedOptions) =>
  (await read(text, options)).problems.map(({ position, reason }) => `${position}: ${reason}`)

describe('csvFeed', () => {
  it('maps columns by their names and guesses type, time and symbol', async () => {
    const { drafts, problems } = await read(
      'Date,Open,High,Low,Close,Adj Close,Volume,Ticker\r\n2000-01-03,1,4,0.5,2.5,2.4,1e3,SPX\r\n2000-01-04,2,4,1,3,3,10,SPX\r\n',
    )
    expect(problems).toEqual([])
    expect(drafts.map(({ type, timestamp, symbol, source }) => [type, timestamp, symbol, source])).toEqual([
      ['bar', Date.UTC(2000, 0, 3), 'SPX', 'prices'],
      ['bar', Date.UTC(2000, 0, 4), 'SPX', 'prices'],
    ])
    expect(drafts[0]?.payload).toEqual({ open: 1, high: 4, low: 0.5, close: 2.5, volume: 1000 })
    const ids = drafts.map(({ id }) => id)
    expect(ids[0]).toMatch(/prices\.csv:2$/)
    expect(ids[1]).toMatch(/prices\.csv:3$/)
  })

  it.each([
    ['price,size,time', 'trade'],
    ['headline,time', 'news'],
    ['time,bid,ask', 'quote'],
  ])('takes a header of %s for %s', async (header, type) => {
    const { drafts } = await read(`${header}\n1,1,1\n`.replace('headline,time\n1,1,1', 'headline,time\n1,1'))
    expect(drafts.map((draft) => draft.type)).toEqual([type])
  })

  it('maps as it is told', async () => {
    const { drafts } = await read('when;what;px;qty;uid\n01/02/2000 9:30;IBM;10;1;7\n', {
      type: 'trade',
      columns: { price: 'px', size: 'qty' },
      timestamp: 'when',
      timestampFormat: 'mdy',
      zone: 'America/New_York',
      shiftMs: 500,
      symbolColumn: 'what',
      idColumn: 'uid',
      delimiter: ';',
      name: 'tape',
    })
    expect(
      drafts.map(({ id, timestamp, symbol, source, payload }) => [id, timestamp, symbol, source, payload]),
    ).toEqual([['tape:7', Date.UTC(2000, 0, 2, 14, 30) + 500, 'IBM', 'tape', { price: 10, size: 1 }]])
  })

  it('makes numbers, booleans and lists of cells, and nothing of empty ones', async () => {
    const { drafts } = await read('time,price,size,suspicious,conditions,exchange\n1,2,3,true,A;B C,\n', {
      symbol: 'X',
    })
    expect(drafts[0]?.payload).toEqual({ price: 2, size: 3, suspicious: true, conditions: ['A', 'B', 'C'] })
  })

  it("takes a definition of one's own", async () => {
    const level = defineEvent({ type: 'water.level', payload: z.object({ metres: z.number(), gauge: z.string() }) })
    const { drafts } = await read('date,metres,gauge\n2000-01-03,1.5,north\n', { type: level })
    expect(drafts.map(({ type, payload }) => [type, payload])).toEqual([
      ['water.level', { metres: 1.5, gauge: 'north' }],
    ])
  })

  it.each([
    ['2000-01-03T10:00:00Z', Date.UTC(2000, 0, 3, 10)],
    ['2000-01-03 10:00:00.250+01:00', Date.UTC(2000, 0, 3, 9, 0, 0, 250)],
    ['2000-07-03 10:00', Date.UTC(2000, 6, 3, 14)],
    ['2000-01-03', Date.UTC(2000, 0, 3, 5)],
    ['20000103', Date.UTC(2000, 0, 3, 5)],
    ['Jan 3 2000', Date.UTC(2000, 0, 3, 5)],
    ['3-Jan-2000', Date.UTC(2000, 0, 3, 5)],
    ['946893600000.5', Date.UTC(2000, 0, 3, 10) + 0.5],
  ])('reads the time %s', async (time, epochMs) => {
    const { drafts } = await read(`time,price,size\n${time},1,1\n`, { zone: 'America/New_York' })
    expect(drafts[0]?.timestamp).toBe(epochMs)
  })

  it.each([
    ['s', '1762795434.5', 1_762_795_434_500],
    ['us', '1762795434123456', 1_762_795_434_123.456],
    ['ns', '1762795434123456789', 1_762_795_434_123.4568],
  ] as const)('reads epoch time in %s', async (timestampFormat, time, epochMs) => {
    const { drafts } = await read(`time,price,size\n${time},1,1\n`, { timestampFormat })
    expect(drafts[0]?.timestamp).toBeCloseTo(epochMs, 3)
  })

  it('counts a broken row with its line number, and the rows about it go through', async () => {
    const text = 'time,price,size\n1,1,1\n2,x,1\n3,1\n2000-13-01,1,1\n5,1,-1\n6,1,1\n\n8,,1\n'
    expect(await problemsOf(text, { type: 'trade' })).toEqual([
      expect.stringMatching(/^3: trade: price is "x"/),
      '4: the row has 2 fields, and the header 3',
      '5: the time "2000-13-01" is none that this feed reads',
      expect.stringMatching(/^6: trade: size is -1/),
      expect.stringMatching(/^9: trade: price is undefined/),
    ])
    expect((await read(text)).drafts.map(({ timestamp }) => timestamp)).toEqual([1, 6])
  })

  it('takes equal rows for rows of their own', async () => {
    const { drafts } = await read(`time,price,size\n${'1,1,1\n'.repeat(1000)}`)
    expect(new Set(drafts.map(({ id }) => id)).size).toBe(1000)
  })

  it('tells files of one name in two folders apart', async () => {
    const row = 'time,price,size\n1,1,1\n'
    const ids = [await read(row), await read(row)].map(({ drafts }) => drafts[0]?.id)
    expect(new Set(ids).size).toBe(2)
  })

  describe('quoting', () => {
    it('reads quoted fields, with delimiters, quotes and line ends in them', async () => {
      const { drafts, problems } = await read('time,headline,body\n1,"a, ""b""","one\ntwo\n"\n2,plain,\n')
      expect(problems).toEqual([])
      expect(payloads(drafts)).toEqual([{ headline: 'a, "b"', body: 'one\ntwo' }, { headline: 'plain' }])
      expect(drafts.map(({ id }) => id?.slice(-2))).toEqual([':2', ':5'])
    })

    it('loses only its own line to a stray quote', async () => {
      const rows = Array.from({ length: 300 }, (_, i) => `${i},n${i}`)
      rows[10] = '10,"stray'
      rows[150] = '150,"quoted, well"'
      rows[200] = '200,str"ay'
      rows[299] = '299,"last'
      const text = `time,headline\n${rows.join('\n')}`
      expect(await problemsOf(text)).toEqual([
        '12: a quoted field is opened and not closed',
        expect.stringMatching(/^202: .*quote/i),
        '301: a quoted field is opened and not closed',
      ])
      const { drafts } = await read(text)
      expect(drafts.map(({ timestamp }) => timestamp)).toEqual(
        rows.map((_, i) => i).filter((i) => ![10, 200, 299].includes(i)),
      )
    })

    it('gives lines back in order when a stray quote ran into a good one', async () => {
      const text = 'time,headline\n1,"stray\n2,good\n3,"fine"\n4,end\n'
      expect(await problemsOf(text)).toEqual(['2: a quoted field is opened and not closed'])
      expect((await read(text)).drafts.map(({ timestamp }) => timestamp)).toEqual([2, 3, 4])
    })

    it('ends an open field before a line that is too long', async () => {
      const text = `time,headline\n1,"stray\n2,${'x'.repeat(200)}\n3,end\n`
      expect(await problemsOf(text, { maxLineBytes: 100 })).toEqual([
        '2: a quoted field is opened and not closed',
        '3: the line is longer than 100 bytes',
      ])
    })
  })

  describe('before anything starts', () => {
    it('names a mapped column that the header lacks, and the columns that it has', async () => {
      expect(await fails('date,open\n', { type: 'bar', columns: { open: 'Open' } })).toMatch(
        /^OUTCRY_FEED_COLUMN csv:.*prices\.csv: column "Open" \(open\) is not in the header, which has "date", "open"$/,
      )
      expect(await fails('date,price,size\n', { timestamp: 'when' })).toMatch(
        /^OUTCRY_FEED_COLUMN .*"when" \(timestamp\)/,
      )
      expect(await fails('date,price,size\n', { symbolColumn: 'sym' })).toMatch(
        /^OUTCRY_FEED_COLUMN .*"sym" \(symbol\)/,
      )
      expect(await fails('date,price,size\n', { idColumn: 'uid' })).toMatch(/^OUTCRY_FEED_COLUMN .*"uid" \(id\)/)
    })

    it('names a column that the type needs', async () => {
      expect(await fails('date,open,high,low,close\n', { type: 'bar' })).toMatch(
        /^OUTCRY_FEED_COLUMN .*column for volume/,
      )
      expect(await fails('price,size\n', { type: 'trade' })).toMatch(/^OUTCRY_FEED_COLUMN .*the timestamp/)
    })

    it('names what is wrong with the options', async () => {
      const header = 'date,price,size\n'
      expect(await fails(header, { type: 'tarde' })).toMatch(
        /^OUTCRY_OPTION_INVALID csvFeed.type: "tarde" is none of trade, /,
      )
      expect(await fails(header, { columns: { prize: 'price' } })).toMatch(
        /^OUTCRY_OPTION_INVALID .*prize is no option/,
      )
      expect(await fails(header, { zone: 'Mars/Base' })).toMatch(/^OUTCRY_OPTION_INVALID csvFeed.zone/)
      expect(await fails(header, { delimiter: 'ab' })).toMatch(/^OUTCRY_OPTION_INVALID csvFeed.delimiter: .*"ab"/)
      expect(await fails(header, { maxLineBytes: 0 })).toMatch(/^OUTCRY_OPTION_INVALID csvFeed.maxLineBytes: .*got 0/)
      expect(await fails('date,foo\n')).toMatch(/^OUTCRY_OPTION_INVALID .*give a type/)
    })

    it('refuses a file without a header, or with a mapped column twice', async () => {
      expect(await fails('')).toMatch(/^OUTCRY_FEED_FORMAT .*first line is not a header/)
      expect(await fails('date,price,size,px,px\n', { columns: { price: 'px' } })).toMatch(
        /^OUTCRY_FEED_FORMAT .*"px" twice/,
      )
    })

    it('refuses a missing file and a folder', async () => {
      const path = await folder()
      expect(await failure(() => readAll(csvFeed(`${path}/none.csv`)))).toMatch(/^OUTCRY_FEED_FILE csv:.*no such file$/)
      expect(await failure(() => readAll(csvFeed(path)))).toMatch(/^OUTCRY_FEED_FILE csv:.*it is a directory/)
    })
  })

  it('ends soon after the engine stops', async () => {
    const stop = new AbortController()
    const feed = csvFeed(await fileWith(`time,price,size\n${'1,1,1\n'.repeat(100_000)}`))
    let count = 0
    for await (const batch of feed.read(contextOf(stop.signal))) {
      count += batch.length
      stop.abort()
    }
    expect(count).toBe(256)
  })

  it.skipIf(withoutData)(onData('reads twenty years of daily bars'), async () => {
    const feed = csvFeed(data('market/vega/sp500-2000.csv'), { symbol: 'SPX' })
    const { drafts, problems } = await readAll(feed)
    expect([drafts.length, problems.length, behind(drafts)]).toEqual([5105, 0, 0])
    expect(drafts[0]?.payload).toMatchObject({ open: 1469.25, close: 1455.219971, volume: 931_800_000 })
    expect(feed.progress?.()).toBe(feed.total)
  })

  it.skipIf(withoutData)(onData('reads quotes with microseconds, and prices by the month'), async () => {
    const quotes = await readAll(csvFeed(data('market/nautilus/truefx_usdjpy-ticks.csv'), { symbol: 'USDJPY' }))
    expect([quotes.drafts.length, quotes.problems.length]).toEqual([1000, 0])
    expect(quotes.drafts[0]).toMatchObject({ type: 'quote', timestamp: Date.UTC(2013, 0, 1, 22, 0, 0, 295) })
    const price = defineEvent({ type: 'price', payload: z.object({ price: z.number() }) })
    const prices = await readAll(csvFeed(data('market/vega/stocks.csv'), { type: price }))
    expect([prices.drafts.length, prices.problems.length]).toEqual([560, 0])
    expect(prices.drafts[0]).toMatchObject({ symbol: 'MSFT', timestamp: Date.UTC(2000, 0, 1) })
  })
})
