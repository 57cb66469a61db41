import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { trade } from '../../src/events/catalogue/market.js'
import { memoryFeed } from '../../src/feeds/memory.js'
import { mergeFeeds } from '../../src/feeds/merge.js'
import { moduleFeed } from '../../src/feeds/module.js'
import { FEED_SCHEMES, parseFeed } from '../../src/feeds/scheme.js'
import { contextOf, data, failure, fileWith, folder, onData, readAll, withoutData } from './support.js'

describe('parseFeed', () => {
  it('makes a CSV feed of a path and its query', async () => {
    const path = await fileWith('day,o,high,low,close,volume\n2000-01-03,1,2,1,1,5\n', 'prices.csv')
    const feed = parseFeed(`csv:${path}?type=bar&symbol=SPX&timestamp=day&open=o&shiftMs=1000&zone=America/New_York`)
    expect((await readAll(feed)).drafts).toMatchObject([
      { type: 'bar', symbol: 'SPX', timestamp: Date.UTC(2000, 0, 3, 5) + 1000, payload: { open: 1, high: 2 } },
    ])
  })

  it('makes a live feed or a recording of a pipe', () => {
    const made = ['ndjson:-?live=true', 'ndjson:-?live=false', 'ndjson:-'].map((spec) => parseFeed(spec).recorded)
    expect(made).toEqual([false, true, true])
  })

  it('lists the schemes when there is none, or none such', async () => {
    expect(FEED_SCHEMES).toEqual(['ndjson', 'csv', 'reuters', 'stocknet', 'lean', 'module'])
    const listed = 'begin it with one of ndjson: csv: reuters: stocknet: lean: module:'
    for (const spec of ['kafka:topic', 'prices.csv', '', 'constructor:x', '__proto__:x']) {
      expect(await failure(() => parseFeed(spec))).toBe(
        `OUTCRY_FEED_UNKNOWN_SCHEME ${JSON.stringify(spec)} is no feed: ${listed}`,
      )
    }
  })

  it('names an option that does not exist or does not fit', async () => {
    const path = await fileWith('date,price,size\n', 'a.csv')
    expect(await failure(() => parseFeed(`ndjson:${path}?typ=bar`))).toMatch(
      /^OUTCRY_OPTION_INVALID ndjsonFeed.typ: there is no such option/,
    )
    expect(await failure(() => parseFeed('reuters:?shiftMs=soon'))).toMatch(
      /^OUTCRY_OPTION_INVALID reutersFeed.shiftMs: .*"soon"/,
    )
    expect(await failure(() => parseFeed('reuters:?shiftMs=1&shiftMs=2'))).toMatch(
      /^OUTCRY_OPTION_INVALID .*given twice/,
    )
    expect(await failure(() => parseFeed('ndjson:-?live=yes'))).toMatch(
      /^OUTCRY_OPTION_INVALID ndjsonFeed.live: .*"yes"/,
    )
    expect(await failure(() => parseFeed('csv:'))).toMatch(/^OUTCRY_OPTION_INVALID csv:: a path should follow csv:$/)
    expect(await failure(() => parseFeed('module:a.js?x=1'))).toMatch(/^OUTCRY_OPTION_INVALID .*no options/)
    const typo = parseFeed(`csv:${path}?type=trade&prise=price`)
    expect(await failure(() => typo.prepare?.())).toMatch(
      /^OUTCRY_OPTION_INVALID .*prise is no option and no field of trade/,
    )
    const lacking = parseFeed(`csv:${path}?type=trade&price=px`)
    expect(await failure(() => lacking.prepare?.())).toMatch(/^OUTCRY_FEED_COLUMN/)
  })

  it('says every refusal in one line', async () => {
    for (const spec of ['csv:/no/such.csv', 'lean:/no/equity/usa/tick/spy/20131010_trade.zip', 'module:/no/such.js']) {
      const refusal = await failure(() => parseFeed(spec).prepare?.())
      expect(refusal).toMatch(/^OUTCRY_FEED_FILE /)
      expect(refusal).not.toContain('\n')
    }
  })

  it.skipIf(withoutData)(onData('merges tweets and bars of one day'), async () => {
    const feeds = [
      'stocknet:news/stocknet/tweets-88tickers-2014-06-02_09.jsonl',
      'lean:market/lean/equity/usa/minute/aapl/20140605_trade.zip',
    ]
      .map((spec) => spec.replace(':', `:${data('')}`))
      .map(parseFeed)
    const merged = mergeFeeds(feeds)
    const { items, problems } = await readAll(merged)
    expect([items.length, problems.length]).toEqual([2555 + 686, 0])
    expect(merged.progress?.()).toBe(merged.total)
  })
})

describe('moduleFeed', () => {
  const body = `{ name: 'mine', recorded: false, total: 1, progress: () => 1, async *read() { yield [{ type: 'x', id: 'a' }] } }`

  it.each([
    ['a default export', `export default ${body}`],
    ['an export named feed', `export const feed = ${body}`],
    ['a function', `export default () => (${body})`],
    ['an asynchronous function', `export async function feed() { return ${body} }`],
  ])('takes %s', async (_, source) => {
    const feed = moduleFeed(await fileWith(source, 'feed.mjs'))
    const { inputs } = await readAll(feed)
    expect(inputs).toEqual([{ type: 'x', id: 'a' }])
    expect([feed.name, feed.recorded, feed.total, feed.progress?.()]).toEqual(['mine', false, 1, 1])
  })

  it.each([
    ['no feed', 'export const other = 1', /should be a feed .*, and is undefined$/],
    ['half a feed', 'export default { name: "x" }', /should be a feed .*, and is an object with name$/],
    ['a syntax error', 'export default {', /cannot be loaded: /],
    ['an error of its own', 'throw new Error("no licence")', /cannot be loaded: no licence$/],
  ])('refuses a module with %s', async (_, source, reason) => {
    const feed = moduleFeed(await fileWith(source, 'feed.mjs'))
    const refusal = await failure(() => feed.prepare?.())
    expect(refusal).toMatch(/^OUTCRY_MODULE_INVALID module:/)
    expect(refusal).toMatch(reason)
  })

  it('refuses a missing file and a folder', async () => {
    const path = await folder()
    expect(await failure(() => moduleFeed(join(path, 'none.mjs')).prepare?.())).toMatch(/^OUTCRY_FEED_FILE/)
    expect(await failure(() => moduleFeed(path).prepare?.())).toMatch(/^OUTCRY_FEED_FILE .*directory/)
  })

  it('fails as a feed when its code fails', async () => {
    const source = `export default { name: 'mine', recorded: true, async *read() { throw new Error('no licence') } }`
    const feed = moduleFeed(await fileWith(source, 'feed.mjs'))
    expect(await failure(() => readAll(feed))).toMatch(/^OUTCRY_FEED_FAILED module:.*: no licence$/)
  })
})

describe('memoryFeed', () => {
  const items = Array.from({ length: 600 }, (_, i) =>
    trade({ id: `${i}`, timestamp: i, symbol: 'A', price: 1, size: 1 }),
  )

  it('gives an array again and again, and an iterator as it is pulled', async () => {
    const feed = memoryFeed('m', items)
    for (const _ of [1, 2]) expect((await readAll(feed)).drafts).toEqual(items)
    let made = 0
    function* making() {
      for (const item of items) {
        made += 1
        yield item
      }
    }
    for await (const batch of memoryFeed('m', making()).read(contextOf())) {
      expect(batch).toHaveLength(256)
      break
    }
    expect(made).toBe(256)
  })

  it('holds nothing back of a live source', async () => {
    const { largestBatch } = await readAll(memoryFeed('m', items, { recorded: false }))
    expect(largestBatch).toBe(1)
  })

  it('refuses options out of range', async () => {
    expect(await failure(() => memoryFeed('m', [], { batchItems: 257 }))).toMatch(
      /^OUTCRY_OPTION_INVALID memoryFeed.batchItems/,
    )
  })
})
