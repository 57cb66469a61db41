import { describe, expect, it } from 'vitest'
import { cashtags, stocknetFeed, tweetTime } from '../../src/feeds/stocknet.js'
import { data, failure, fileWith, onData, readAll, withoutData } from './support.js'

const row = {
  id: '473494252970704897',
  created_at: 'Mon Jun 02 16:00:01 +0000 2014',
  text: 'RT @user: $AAPL beats $MSFT',
  lang: 'en',
  symbols: ['AAPL', 'fb'],
  hashtags: ['WWDC'],
  urls: ['http://example.com/a'],
  author_followers: 12,
  author_verified: false,
  retweet_of: '473354384869699584',
  retweet_of_created_at: 'Mon Jun 02 06:44:14 +0000 2014',
  bucket: 'AAPL/2014-06-02',
}

const read = async (...rows: readonly unknown[]) =>
  readAll(stocknetFeed(await fileWith(rows.map((r) => (typeof r === 'string' ? r : JSON.stringify(r))).join('\n'))))

describe('cashtags', () => {
  it.each([
    ['$AAPL, ($MSFT) and $aapl’s', ['AAPL', 'MSFT']],
    ['$BRK.B $BF_A $T.', ['BRK.B', 'BF_A', 'T']],
    ['NASDAQ=$AAPL *$BAC', ['AAPL', 'BAC']],
    ['U$D F$C Bada$$ $5 $ $$$', []],
    ['cut short $FN… and $C$?', []],
    ['$TÝLLO $D-Alice $ABCDEFG', []],
  ])('finds in %j', (text, expected) => {
    expect(cashtags(text)).toEqual(expected)
  })
})

describe('tweetTime', () => {
  it('reads the form of Twitter, and nothing else', () => {
    expect(tweetTime('Mon Jun 02 16:00:01 +0000 2014')).toBe(Date.UTC(2014, 5, 2, 16, 0, 1))
    expect(tweetTime('Mon Jun 02 16:00:01 -0430 2014')).toBe(Date.UTC(2014, 5, 2, 20, 30, 1))
    for (const text of ['Mon Jun 31 16:00:01 +0000 2014', 'Mon Jun 02 25:00:01 +0000 2014', '2014-06-02', '']) {
      expect(tweetTime(text)).toBeUndefined()
    }
  })
})

describe('stocknetFeed', () => {
  it('makes news of tweets, with the cashtags of the text and the symbols of the row', async () => {
    expect((await read(row)).drafts).toMatchObject([
      {
        id: 'stocknet:473494252970704897',
        type: 'news',
        source: 'stocknet',
        timestamp: Date.UTC(2014, 5, 2, 16, 0, 1),
        symbols: ['AAPL', 'MSFT', 'FB'],
        payload: {
          headline: row.text,
          url: 'http://example.com/a',
          language: 'en',
          topics: ['WWDC'],
          repostOf: '473354384869699584',
          originalTimestamp: Date.UTC(2014, 5, 2, 6, 44, 14),
        },
      },
    ])
  })

  it('counts broken rows with their numbers, and the others go through', async () => {
    const { drafts, problems } = await read(
      row,
      '{"id":',
      { ...row, created_at: 'yesterday' },
      { ...row, id: 7 },
      { ...row, text: '' },
      { ...row, retweet_of: null, retweet_of_created_at: null },
    )
    expect(drafts).toHaveLength(2)
    expect(problems.map(({ position, reason }) => `${position}: ${reason}`)).toEqual([
      expect.stringMatching(/^2: the line is not JSON/),
      expect.stringMatching(/^3: created_at is "yesterday"/),
      expect.stringMatching(/^4: id: /),
      expect.stringMatching(/^5: news: headline is ""/),
    ])
  })

  it('refuses a missing file', async () => {
    expect(await failure(() => stocknetFeed('/no/such').prepare?.())).toMatch(/^OUTCRY_FEED_FILE stocknet:\/no\/such: /)
  })

  it.skipIf(withoutData)(
    onData('gives all 2,555 rows, 959 of them with an id that was there before (row 3471)'),
    async () => {
      const { drafts, problems } = await readAll(
        stocknetFeed(data('news/stocknet/tweets-88tickers-2014-06-02_09.jsonl')),
      )
      expect([drafts.length, problems.length]).toEqual([2555, 0])
      expect(drafts.length - new Set(drafts.map(({ id }) => id)).size).toBe(959)
      const five = drafts.find(({ symbols }) => symbols?.join() === 'AAPL,AMZN,NFLX,PCLN,TSLA,GOOGL')
      expect(five).toBeDefined()
      expect(drafts.filter(({ symbols }) => symbols === undefined).length).toBeLessThan(200)
    },
  )
})
