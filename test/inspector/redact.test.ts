import { describe, expect, it } from 'vitest'
import { shown } from '../../inspector/collect/redact.js'

describe('what the inspector shows of a value', () => {
  it('has no secrets, by the names of their keys', () => {
    const value = { apiKey: 'x', password: 'x', nested: [{ accessToken: 'x' }], map: new Map([['client_secret', 'x']]) }
    expect(JSON.stringify(shown(value).value)).not.toContain('"x"')
    expect(shown({ desk: 'x', tokens: 3 }).value).toEqual({ desk: 'x', tokens: '[redacted]' })
    expect(shown({ accountNumber: 'x' }, { redact: [/account/i] }).value).toEqual({ accountNumber: '[redacted]' })
  })

  it('comes to an end where the value does not', () => {
    const cycle: { self?: unknown; twice?: unknown } = {}
    cycle.self = cycle
    cycle.twice = [cycle]
    expect(shown(cycle).value).toEqual({ self: '[cycle]', twice: ['[cycle]'] })
    const shared = { price: 1 }
    expect(shown({ a: shared, b: shared }).value).toEqual({ a: { price: 1 }, b: { price: 1 } })
  })

  it('is bounded in depth, number and length, and says how much is left out', () => {
    let deep: unknown = 'bottom'
    for (let level = 0; level < 50; level++) deep = { deep }
    expect(JSON.stringify(shown(deep).value)).not.toContain('bottom')
    const many = shown(Array.from({ length: 1_000 }, (_, n) => n))
    expect((many.value as unknown[]).length).toBe(51)
    expect(many.leftOut).toBe(950)
    expect(String(shown('x'.repeat(10_000)).value).length).toBeLessThan(600)
    expect(
      shown(
        Array.from({ length: 40 }, () => ({ a: 1, b: 2 })),
        { values: 30 },
      ).leftOut,
    ).toBeGreaterThan(0)
  })

  it('calls no getter, and survives what throws', () => {
    let called = 0
    const value = {
      get price() {
        called += 1
        throw new Error('no')
      },
    }
    expect(shown(value).value).toEqual({ price: '[getter]' })
    expect(called).toBe(0)
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    expect(shown({ hostile }).value).toEqual({ hostile: '[cannot be read]' })
  })

  it('is JSON, whatever the value', () => {
    const value = {
      nan: Number.NaN,
      big: 10n,
      when: new Date(0),
      error: new RangeError('far'),
      set: new Set([1]),
      bytes: new Uint8Array(3),
      call: function named() {},
      none: undefined,
      promise: Promise.resolve(),
    }
    expect(JSON.parse(JSON.stringify(shown(value).value))).toEqual({
      nan: 'NaN',
      big: '10n',
      when: '1970-01-01T00:00:00.000Z',
      error: { error: 'RangeError', message: 'far' },
      set: { set: [1] },
      bytes: '[Uint8Array of 3 bytes]',
      call: '[function named]',
      none: '[undefined]',
      promise: '[promise]',
    })
  })
})
