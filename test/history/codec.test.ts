import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutcryEvent } from '../../src/events/event.js'
import { decodeBlock } from '../../src/history/codec.js'
import { Group } from '../../src/history/group.js'
import { NumberReader } from '../../src/history/number-reader.js'
import { BlockWriter } from '../../src/history/numbers.js'
import { encodeBlock, eventOf } from './support.js'

describe('columns of numbers', () => {
  const number = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.integer({ min: -100_000_000, max: 100_000_000 }).map((n) => n / 100),
    fc.integer({ min: 0, max: 2_000 }).map((n) => 1_700_000_000_000 + n),
    fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1 + 0.2),
  )

  it('come back bit for bit, whatever they hold', () => {
    const column = fc.oneof(
      fc.array(number, { maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 1e9 }).map((n) => n / 10_000)),
      fc.array(fc.integer({ min: 0, max: 1e6 }).map((n) => 1_700_000_000_000 + n * 3)),
      fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(-0))),
      fc.array(fc.integer({ min: 0, max: 255 })).map((steps) => {
        let value = 1_700_000_000_000
        return steps.map((step) => (value += step))
      }),
      // Decimals with a stranger here and there, at the very beginning as well.
      fc
        .tuple(
          fc.array(fc.integer({ min: 0, max: 1e5 }), { minLength: 32, maxLength: 70 }),
          fc.array(fc.tuple(fc.nat(), number), { maxLength: 5 }),
        )
        .map(([cents, strangers]) => {
          const column = cents.map((n) => n / 100)
          for (const [row, stranger] of strangers) column[row % 9 === 0 ? 0 : row % column.length] = stranger
          return column
        }),
    )
    fc.assert(
      fc.property(fc.array(column, { maxLength: 6 }), (columns) => {
        const writer = new BlockWriter()
        writer.begin(0)
        for (const one of columns) writer.numbers(Float64Array.from(one), one.length)
        const bytes = Uint8Array.from(writer.take())
        const reader = new NumberReader(bytes.buffer, 0)
        for (const one of columns) {
          const back = [...reader.next(one.length)]
          expect(back.length).toBe(one.length)
          for (const [index, value] of one.entries()) expect(Object.is(back[index], value)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a block', () => {
  const name = fc.constantFrom('A', 'B', 'C', 'ünïcode ✓', '\n')
  const payload = fc.oneof(
    fc.record({ price: fc.double(), size: fc.integer() }),
    fc.record({ headline: fc.string(), body: fc.string({ unit: 'binary' }) }),
    fc.record({ a: fc.jsonValue(), b: fc.jsonValue() }, { requiredKeys: [] }),
    fc.constantFrom<unknown>(
      {},
      null,
      undefined,
      7,
      'text',
      [1, 2],
      { at: new Date(5) },
      { big: 10n ** 30n },
      { levels: new Map([[1, { a: 2 }]]) },
      { a: undefined },
      { a: Number.NaN, b: -0 },
      { nested: { deep: [{ er: 'x' }] } },
      { constructor: 1, a: 2 },
      new Map([[1, 2]]),
    ),
  )
  const id = fc.oneof(
    { weight: 5, arbitrary: fc.nat().map((n) => `feed:${n}`) },
    fc.nat({ max: 300 }).map((n) => `feed:${String(n).padStart(3, '0')}`),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      '7',
      '007',
      '-3',
      'feed:',
      'feed:123456789012345',
      'feed:1234567890123456',
      '\ud800',
      '\ud8009',
    ),
  )
  const event = fc
    .record({
      id,
      type: fc.constantFrom('trade', 'news', 'order.fill'),
      symbol: fc.option(name, { nil: undefined }),
      others: fc.array(name, { maxLength: 3 }),
      timestamp: fc.oneof(fc.integer({ min: 0, max: 1e12 }), fc.double({ min: 0, max: 1e12, noNaN: true })),
      source: name,
      marks: fc.integer({ min: 0, max: 31 }),
      payload,
      correlationId: fc.option(name, { nil: undefined }),
      causationId: fc.option(name, { nil: undefined }),
    })
    .map((parts) => ({ ...parts, symbols: parts.others }))

  it('gives back every event as it was, whatever its id, payload and symbols', () => {
    // One group takes them all, as it does in a history.
    const group = new Group()
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (parts) => {
        const events = parts.map((one, index) => {
          const base = eventOf(index + 1, one)
          return new OutcryEvent(
            one.id,
            base.type,
            base.version,
            base.timestamp,
            base.receivedAt,
            base.source,
            one.symbol,
            one.symbols,
            one.payload,
            one.correlationId,
            one.causationId,
            base.sequence,
            base.marks,
          )
        })
        expect(decodeBlock(encodeBlock(events, group))).toEqual(events)
        // So does what is still open.
        expect(group.read({})).toEqual(events)
      }),
      { numRuns: 500 },
    )
  })

  it('gives only what is asked for, by type, symbol and anything else of an event', () => {
    const events = Array.from({ length: 300 }, (_, index) =>
      eventOf(index + 1, { type: index % 3 === 0 ? 'news' : 'trade', symbol: `S${index % 7}` }),
    )
    const block = encodeBlock(events)
    const filter = {
      types: (type: string) => type === 'news',
      symbols: (symbol: string) => symbol === 'S3',
      event: ({ sequence }: OutcryEvent) => sequence > 100,
    }
    const wanted = events.filter((e) => e.type === 'news' && e.symbol === 'S3' && e.sequence > 100)
    expect(wanted.length).toBeGreaterThan(5)
    expect(decodeBlock(block, filter)).toEqual(wanted)
  })

  it('can be read from any place in memory', () => {
    const events = [eventOf(1, { symbol: 'A' }), eventOf(2)]
    const block = encodeBlock(events)
    for (let shift = 0; shift < 9; shift += 1) {
      const memory = Buffer.alloc(block.length + shift)
      block.copy(memory, shift)
      expect(decodeBlock(memory.subarray(shift))).toEqual(events)
    }
  })
})
