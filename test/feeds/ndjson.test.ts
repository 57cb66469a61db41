import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TRACE_FORMAT } from '../../inspector/recording/format.js'
import { defineEvent } from '../../src/events/define.js'
import { EventTypes } from '../../src/events/validate.js'
import { type NdjsonFeedOptions, ndjsonFeed } from '../../src/feeds/ndjson.js'
import { contextOf, failure, fileWith, folder, readAll } from './support.js'

const trade = (price: number): string =>
  JSON.stringify({ type: 'trade', symbol: 'A', timestamp: '2024-01-01T00:00:00Z', payload: { price, size: 1 } })

const read = async (text: string, options?: NdjsonFeedOptions) =>
  readAll(ndjsonFeed(await fileWith(text, 'day.ndjson'), options))

describe('ndjsonFeed', () => {
  it('makes events of lines, with ids and a source where they have none', async () => {
    const { drafts, problems } = await read(
      `${trade(1)}\n\n${JSON.stringify({ ...JSON.parse(trade(2)), id: 'own', source: 'me' })}`,
    )
    expect(problems).toEqual([])
    expect(drafts.map(({ id, source, timestamp, payload }) => [id, source, timestamp, payload])).toEqual([
      [expect.stringMatching(/day\.ndjson:1$/), 'day', Date.UTC(2024, 0, 1), { price: 1, size: 1 }],
      ['own', 'me', Date.UTC(2024, 0, 1), { price: 2, size: 1 }],
    ])
  })

  it('counts each broken line with its number and reason, and the others go through', async () => {
    const { drafts, problems } = await read(
      [
        trade(1),
        '{"type":"trade",',
        '[1]',
        '{"payload":{}}',
        '{"type":"trade","payload":{"price":"x","size":1}}',
        '{"type":"trade","timestamp":"2024-01-01","payload":{"price":1,"size":1}}',
        'x'.repeat(500),
        trade(8),
      ].join('\n'),
      { maxLineBytes: 400 },
    )
    expect(drafts.map(({ payload }) => payload)).toEqual([
      { price: 1, size: 1 },
      { price: 8, size: 1 },
    ])
    expect(problems.map(({ position, reason }) => `${position}: ${reason}`)).toEqual([
      expect.stringMatching(/^2: the line is not JSON: /),
      '3: the line is an array of 1, and no object',
      '4: type is undefined, and should name the type of the event',
      expect.stringMatching(/^5: trade: payload.price is "x"/),
      expect.stringMatching(/^6: .*time zone/),
      '7: the line is longer than 400 bytes',
    ])
  })

  it('passes a type on that it does not know, for the engine to judge', async () => {
    const line = '{"type":"water.level","timestamp":5,"payload":{"metres":1}}'
    const { inputs } = await read(line)
    expect(inputs).toEqual([
      { id: expect.stringMatching(/:1$/), source: 'day', type: 'water.level', timestamp: 5, payload: { metres: 1 } },
    ])
    const level = defineEvent({ type: 'water.level', payload: z.object({ metres: z.number() }) })
    const { drafts } = await read(line, { events: [level] })
    expect(drafts.map(({ definition }) => definition)).toEqual([level])
  })

  it.each([5, {}, null])('takes no %j for a definition of an event', (event) => {
    expect(() => ndjsonFeed('x', { events: [event as never] })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'ndjsonFeed.events.0' }),
    )
  })

  it('tells the line of what does not fit a type that only the engine knows', async () => {
    const level = defineEvent({ type: 'water.level', payload: z.object({ metres: z.number() }) })
    const lines = ['1', '"high"', '2'].map((metres) => `{"type":"water.level","payload":{"metres":${metres}}}`)
    const feed = ndjsonFeed(await fileWith([...lines, '{"type":"fire"}'].join('\n'), 'day.ndjson'))
    const types = new EventTypes({ events: [level] })
    const { drafts, inputs, problems } = await readAll(feed, { ...contextOf(), types })
    expect(drafts.map(({ definition }) => definition)).toEqual([level, level])
    expect(problems).toMatchObject([{ position: 2, reason: expect.stringContaining('payload.metres is "high"') }])
    expect(inputs).toMatchObject([{ type: 'fire' }])
  })

  it('says at once of the recording of a run that it is none of events', async () => {
    const header = JSON.stringify({ format: TRACE_FORMAT, version: 1 })
    expect(await failure(() => read(`${header}\n${'{"kind":"step"}\n'.repeat(9)}`))).toMatch(
      /^OUTCRY_FEED_FORMAT ndjson:.*recording of a run.*outcry inspect/,
    )
    // In any other line it is a field like any other.
    expect((await read(`${trade(1)}\n${header}`)).problems).toMatchObject([{ position: 2 }])
  })

  it('gives many lines in batches', async () => {
    const { items, largestBatch } = await read(`${trade(1)}\n`.repeat(20_000))
    expect([items.length, largestBatch]).toEqual([20_000, 256])
  })

  it('refuses a missing file, a folder, and options that do not fit', async () => {
    const path = await folder()
    expect(await failure(() => readAll(ndjsonFeed(`${path}/none`)))).toMatch(/^OUTCRY_FEED_FILE ndjson:.*no such file$/)
    expect(await failure(() => readAll(ndjsonFeed(path)))).toMatch(/^OUTCRY_FEED_FILE ndjson:.*it is a directory/)
    expect(await failure(() => ndjsonFeed(path, { maxLineBytes: 1.5 }))).toMatch(
      /^OUTCRY_OPTION_INVALID ndjsonFeed.maxLineBytes/,
    )
  })
})
