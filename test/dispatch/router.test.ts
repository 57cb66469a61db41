import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Interest } from '../../src/dispatch/interest.js'
import { Router } from '../../src/dispatch/router.js'
import type { Subscription, TypeSelector } from '../../src/dispatch/strategy.js'
import { OutcryEvent } from '../../src/events/event.js'

let sequence = 0

function event(type: string, ...symbols: string[]): OutcryEvent {
  sequence += 1
  return new OutcryEvent(
    `e${sequence}`,
    type,
    1,
    0,
    0,
    'test',
    symbols[0],
    symbols,
    {},
    undefined,
    undefined,
    sequence,
    0,
  )
}

/** What each strategy gets of a chunk, as `type symbols`. */
function delivered(router: Router, events: readonly OutcryEvent[]): Record<string, string[]> {
  const names: Record<string, string[]> = {}
  for (const match of router.split(events).matches) {
    const shown = match.events.map(({ type, symbols }) => [type, ...symbols].join(' '))
    for (const strategy of match.strategies) names[strategy] = shown
  }
  return names
}

describe('what a subscription selects', () => {
  const all = ['trade', 'order.fill', 'order.a.b', 'order', 'orders.fill', 'signal', 'signals'].map((type) =>
    event(type),
  )
  const typesOf = (...types: string[]): string[] => {
    const router = new Router()
    router.add('s', { types })
    return delivered(router, all).s ?? []
  }

  it('is every type but signal by default', () => {
    const router = new Router()
    router.add('none')
    router.add('empty', {})
    const expected = ['trade', 'order.fill', 'order.a.b', 'order', 'orders.fill', 'signals']
    expect(delivered(router, all)).toEqual({ none: expected, empty: expected })
  })

  it('is a type by its name, and the types below one by a pattern', () => {
    expect(typesOf('trade')).toEqual(['trade'])
    expect(typesOf('order.*')).toEqual(['order.fill', 'order.a.b'])
    expect(typesOf('order.*', 'trade', 'order.fill')).toEqual(['trade', 'order.fill', 'order.a.b'])
    expect(typesOf('*')).not.toContain('signal')
  })

  it('is signal only where it is named', () => {
    expect(typesOf('signal')).toEqual(['signal'])
    expect(typesOf('signal', '*')).toHaveLength(all.length)
  })

  it('is what an engine says of itself only where that is named, by type or by family', () => {
    const of = (...types: string[]): string[] => {
      const router = new Router()
      router.add('s', { types })
      return delivered(router, [event('trade'), event('system.health'), event('systems')]).s ?? []
    }
    expect(of('*')).toEqual(['trade', 'systems'])
    expect(of('system.health')).toEqual(['system.health'])
    expect(of('system.*', '*')).toEqual(['trade', 'system.health', 'systems'])
  })

  it('is a type by its definition', () => {
    const definition = Object.assign(() => {}, { type: 'trade' }) as unknown as TypeSelector
    const router = new Router()
    expect(router.add('defined', { types: [definition] })).toBe(router.add('named', { types: ['trade'] }))
  })

  it('is nothing for an empty list', () => {
    const router = new Router()
    router.add('no types', { types: [] })
    router.add('no symbols', { symbols: [] })
    expect(delivered(router, [event('trade', 'A'), event('news')])).toEqual({})
  })

  it('is only events that name a symbol of the list, where there is one', () => {
    const router = new Router()
    router.add('s', { symbols: ['A', 'B'] })
    expect(
      delivered(router, [event('trade', 'A'), event('trade', 'C'), event('system.note'), event('quote', 'B')]),
    ).toEqual({
      s: ['trade A', 'quote B'],
    })
  })

  it('is an event that names five symbols once, for a strategy of any or several of them', () => {
    const router = new Router()
    for (const symbol of ['A', 'B', 'C', 'D', 'E', 'F']) router.add(symbol, { symbols: [symbol] })
    router.add('several', { types: ['news'], symbols: ['B', 'D', 'E', 'X'] })
    const news = ['news A B C D E']
    expect(delivered(router, [event('news', 'A', 'B', 'C', 'D', 'E')])).toEqual({
      A: news,
      B: news,
      C: news,
      D: news,
      E: news,
      several: news,
    })
  })

  it('counts the key of order among the symbols, even where the list does not repeat it', () => {
    const router = new Router()
    router.add('s', { symbols: ['KEY'] })
    const make = (symbols: string[]): OutcryEvent =>
      new OutcryEvent('id', 'news', 1, 0, 0, 'test', 'KEY', symbols, {}, undefined, undefined, 1, 0)
    for (const symbols of [[], ['KEY'], ['A'], ['A', 'B'], ['A', 'KEY']]) {
      expect(router.split([make(symbols)]).due).toBe(1)
    }
  })
})

describe('Router', () => {
  it('shares one interest among equal subscriptions, in whatever order they name things', () => {
    const router = new Router()
    const a = router.add('a', { types: ['trade', 'news'], symbols: ['X', 'Y'] })
    const b = router.add('b', { types: ['news', 'trade', 'news'], symbols: ['Y', 'X'] })
    const c = router.add('c', { types: ['news', 'trade'] })
    expect(b).toBe(a)
    expect(c).not.toBe(a)
    expect(a.strategies).toEqual(['a', 'b'])
    expect(router.interests).toEqual([a, c])
  })

  it('does not mistake one subscription for another by how its names run together', () => {
    const router = new Router()
    const keys = [
      router.add('1', { types: ['a,b'] }),
      router.add('2', { types: ['a', 'b'] }),
      router.add('3', { types: ['a'], symbols: ['b'] }),
      router.add('4', { types: ['a'], symbols: [] }),
      router.add('5', { types: ['a'] }),
    ]
    expect(new Set(keys).size).toBe(5)
  })

  it('refuses a second strategy of one name and keeps the first', () => {
    const router = new Router()
    router.add('a', { types: ['trade'] })
    expect(() => router.add('a')).toThrow(expect.objectContaining({ code: 'OUTCRY_STRATEGY_DUPLICATE', value: 'a' }))
    expect(delivered(router, [event('trade'), event('news')])).toEqual({ a: ['trade'] })
  })

  it("gives the chunk's own array where all of it matches, even over several types and symbols", () => {
    const router = new Router()
    const all = router.add('all')
    const some = router.add('some', { types: ['trade'] })
    const chunk = [event('trade', 'A'), event('quote', 'B'), event('trade', 'C')]
    const split = router.split(chunk)
    expect(split.of(all)).toBe(chunk)
    expect(split.of(some)).toEqual([chunk[0], chunk[2]])
    const trades = [event('trade', 'A'), event('trade', 'B')]
    expect(router.split(trades).of(some)).toBe(trades)
  })

  it('counts the deliveries that are due', () => {
    const router = new Router()
    for (const name of ['a', 'b', 'c']) router.add(name, { types: ['trade'] })
    router.add('d', { symbols: ['A'] })
    expect(router.split([event('trade', 'A'), event('trade', 'B'), event('news', 'A')]).due).toBe(3 * 2 + 2)
    expect(router.split([]).due).toBe(0)
    expect(router.split([event('news')]).matches).toEqual([])
  })

  it('gives a strategy that comes late the types and symbols that were seen before', () => {
    const router = new Router()
    router.add('first')
    const chunk = [event('trade', 'A'), event('order.fill', 'B'), event('news', 'A', 'B')]
    router.split(chunk)
    router.add('wild', { types: ['order.*'] })
    router.add('exact', { types: ['trade'] })
    router.add('symbol', { symbols: ['B'] })
    expect(delivered(router, chunk)).toEqual({
      first: ['trade A', 'order.fill B', 'news A B'],
      wild: ['order.fill B'],
      exact: ['trade A'],
      symbol: ['order.fill B', 'news A B'],
    })
    router.remove('wild')
    expect(delivered(router, chunk).wild).toBeUndefined()
  })

  it('keeps a split as it was when strategies come and go, even at the index of one that has gone', () => {
    const router = new Router()
    const gone = router.add('gone', { types: ['trade'] })
    const stays = router.add('stays')
    const chunk = [event('trade')]
    const split = router.split(chunk)
    router.remove('gone')
    const late = router.add('late', { types: ['news'] })
    router.add('joins')
    expect(late.index).toBe(gone.index)
    expect([split.of(gone), split.of(stays), split.of(late)]).toEqual([chunk, chunk, undefined])
    expect(split.matches.map(({ strategies }) => strategies)).toEqual([['gone'], ['stays']])
    expect(split.due).toBe(2)
  })

  it('forgets a type and a symbol with the last strategy that names it (row 3451)', () => {
    const router = new Router()
    const subscription: Subscription = { types: ['trade', 'order.*'], symbols: ['A', 'B'] }
    router.add('a', subscription)
    router.add('b', subscription)
    router.split([event('trade', 'A')])
    router.remove('a')
    expect(router.sizes).toMatchObject({ strategies: 1, interests: 1, types: 1, symbols: 2 })
    expect([router.remove('b'), router.remove('b')]).toEqual([true, false])
    const nothing = { strategies: 0, interests: 0, types: 0, patterns: 0, symbols: 0, routes: 0, sets: 0, slots: 0 }
    expect(router.sizes).toEqual(nothing)
  })

  it('grows by nothing over 100,000 subscribe and unsubscribe cycles of 10,000 types (row 3451)', () => {
    const router = new Router()
    router.add('always')
    const before = router.sizes
    for (let cycle = 0; cycle < 100_000; cycle += 1) {
      const type = `type.${cycle % 10_000}`
      router.add('passing', { types: [type], symbols: [`S${cycle % 777}`] })
      if (cycle % 10 === 0) router.split([event(type, `S${cycle % 777}`)])
      router.remove('passing')
    }
    expect(router.sizes).toEqual(before)
  })

  it('grows by nothing where each comes before the last has gone, by type or by pattern (row 3451)', () => {
    const router = new Router()
    router.add('always')
    const before = router.sizes
    router.add('0', { types: ['type.0'] })
    for (let cycle = 1; cycle <= 10_000; cycle += 1) {
      const type = `type.${cycle % 1_000}`
      router.add(String(cycle), { types: [cycle % 2 === 0 ? type : `${type}.*`], symbols: [`S${cycle % 77}`] })
      router.split([event(type, `S${cycle % 77}`)])
      router.remove(String(cycle - 1))
      expect(router.sizes.slots).toBeLessThanOrEqual(3)
    }
    router.remove('10000')
    expect(router.sizes).toEqual(before)
  })

  it('remembers the routes of a bounded number of types, and routes those beyond it as well', () => {
    const router = new Router(10)
    router.add('all')
    router.add('one', { types: ['type.3'] })
    for (let round = 0; round < 3; round += 1) {
      for (let type = 0; type < 50; type += 1) {
        const got = Object.keys(delivered(router, [event(`type.${type}`)]))
        expect(got).toEqual(type === 3 ? ['all', 'one'] : ['all'])
        expect(router.sizes.routes).toBeLessThanOrEqual(10)
      }
    }
  })

  it('gives what a plain reference gives, while strategies come and go', () => {
    const types = ['trade', 'order.fill', 'order.sent', 'signal', 'news']
    const symbols = ['A', 'B', 'C', 'D']
    const subscription = fc.record(
      {
        types: fc.subarray(['trade', 'order.*', 'order.fill', '*', 'signal', 'news']),
        symbols: fc.subarray(symbols),
      },
      { requiredKeys: [] },
    )
    const chunk = fc.array(fc.tuple(fc.constantFrom(...types), fc.subarray(symbols)), { maxLength: 20 })
    const step = fc.tuple(fc.nat(6), fc.option(subscription, { nil: undefined }), chunk)
    const wants = (wanted: Subscription | undefined, got: OutcryEvent): boolean => {
      const type = (wanted?.types ?? ['*']).some(
        (selector) =>
          selector === got.type ||
          (selector === '*' && got.type !== 'signal') ||
          (selector === 'order.*' && got.type.startsWith('order.')),
      )
      return type && (wanted?.symbols === undefined || wanted.symbols.some((symbol) => got.symbols.includes(symbol)))
    }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const router = new Router(3)
        const present = new Map<string, { readonly wanted: Subscription | undefined; readonly interest: Interest }>()
        for (const [which, wanted, content] of steps) {
          const name = `s${which}`
          if (present.has(name)) {
            present.delete(name)
            router.remove(name)
          } else {
            present.set(name, { wanted, interest: router.add(name, wanted) })
          }
          const events = content.map(([type, named]) => event(type, ...named))
          const split = router.split(events)
          let due = 0
          for (const { wanted: its, interest } of present.values()) {
            const expected = events.filter((got) => wants(its, got))
            due += expected.length
            expect(split.of(interest) ?? []).toEqual(expected)
          }
          expect(split.due).toBe(due)
        }
      }),
    )
  })
})
