import { describe, expect, it } from 'vitest'
import { OutcryEvent } from '../../src/events/event.js'
import { decodeEvent, decodeEvents, encodeEvent, encodingsMade } from '../../src/journal/encode.js'

const event = (payload: unknown, over: { symbol?: string; symbols?: readonly string[]; marks?: number } = {}) =>
  new OutcryEvent(
    'id-1',
    'news',
    2,
    1_700_000_000_000.25,
    1_700_000_000_001.5,
    'wire "1"\n',
    over.symbol,
    over.symbols ?? (over.symbol === undefined ? [] : [over.symbol]),
    payload,
    'root',
    undefined,
    42,
    over.marks ?? 0,
  )

describe('the encoded form of an event', () => {
  it.each([
    ['no symbol', event({ a: 1 })],
    ['one symbol', event({ a: [1, 'x', null, true] }, { symbol: 'AAPL' })],
    ['several', event({ headline: 'ünïcode ✓ \u2028' }, { symbol: 'AAPL', symbols: ['AAPL', 'MSFT'] })],
    ['symbols without a key of order', event({}, { symbols: ['MSFT'] })],
    ['a key of order that is not among the symbols', event({}, { symbol: 'A', symbols: ['B'] })],
    ['marks', event({ deep: { er: { still: [{}] } } }, { symbol: 'A', marks: 9 })],
  ])('gives the same event back: %s', (_name, original) => {
    expect(decodeEvent(encodeEvent(original))).toEqual(original)
  })

  it.each([
    ['a date', { at: new Date(5) }],
    ['a bigint', { size: 10n ** 30n }],
    ['a map', { levels: new Map([[1, 2]]) }],
    ['a set within an array', { all: [new Set(['a'])] }],
    ['numbers that JSON has no word for', { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: -0 }],
    ['bytes', { raw: new Uint8Array([1, 2, 3]) }],
    ['its own marker', { $v8: 'not base64' }],
    ['a hole', { list: [1, undefined, 3] }],
  ])('keeps what JSON would change: %s', (_name, payload) => {
    const back = decodeEvent(encodeEvent(event(payload)))
    expect(back.payload).toEqual(payload)
  })

  it('reads many in one go', () => {
    const events = [event({ a: 1 }), event({ b: 2 }, { symbol: 'X' })]
    expect(decodeEvents(events.map(encodeEvent).join(','))).toEqual(events)
    expect(decodeEvents('')).toEqual([])
  })

  it('3485: is made at most once an event, however many ask', () => {
    const shared = event({ a: 1 })
    const before = encodingsMade()
    const first = encodeEvent(shared)
    expect(encodeEvent(shared)).toBe(first)
    expect(encodeEvent(shared)).toBe(first)
    expect(encodingsMade() - before).toBe(1)
  })
})
