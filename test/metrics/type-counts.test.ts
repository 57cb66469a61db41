import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine } from '../../actors/engine.js'
import { defineEvent, type OutcryEvent, trade } from '../../src/index.js'
import { TypeCounts } from '../../src/metrics/type-counts.js'
import { engineOn, witness } from '../engine/support.js'

const chunkOf = (...types: readonly string[]) => types.map((type) => ({ type }) as OutcryEvent)

/** What it tells, as one sum. */
const sumOf = ({ byType, other }: ReturnType<TypeCounts['read']>): number =>
  Object.values(byType).reduce((sum, count) => sum + count, other)

describe('the counts by type', () => {
  it('keep at most K types and one bucket for the others, with an exact sum, over 100,000 types (row 3467)', () => {
    const counts = new TypeCounts()
    for (let chunk = 0; chunk < 1_000; chunk += 1) {
      const types = Array.from({ length: 100 }, (_, index) => `type.${chunk * 100 + index}`)
      counts.settled(chunkOf('heavy', ...types, 'heavy'))
    }
    const told = counts.read()
    expect(told.total).toBe(102_000)
    expect(sumOf(told)).toBe(102_000)
    expect(Object.keys(told.byType)).toHaveLength(100)
    expect(told.byType.heavy).toBe(2_000)
  })

  it('are exact for each type while there are few, however they are mixed', () => {
    const counts = new TypeCounts()
    counts.settled(chunkOf('a', 'b', 'a', 'b', 'c', 'c', 'a'))
    expect(counts.read()).toEqual({ total: 7, byType: { a: 3, b: 2, c: 2 }, other: 0 })
    counts.settled([])
    counts.settled(chunkOf('c', 'c', 'd'))
    expect(counts.read()).toEqual({ total: 10, byType: { c: 4, a: 3, b: 2, d: 1 }, other: 0 })
    expect(Object.keys(counts.read().byType)[0]).toBe('c')
  })

  it('know a type by what it says and not by which string it is', () => {
    const counts = new TypeCounts()
    const joined = ['tra', 'de'].join('')
    counts.settled(chunkOf('trade', joined, 'quote', joined))
    expect(counts.read().byType).toEqual({ trade: 3, quote: 1 })
  })
})

describe('the types of an engine’s statistics', () => {
  it('add up to what was settled, by whomever it was published, and stay after a stop (row 3467)', async () => {
    const kinds = Array.from({ length: 300 }, (_, index) =>
      defineEvent({ type: `kind.k${index}`, payload: z.object({ value: z.number() }) }),
    )
    const { strategy } = witness()
    const { engine, during, start } = engineOn({
      events: kinds,
      strategies: [
        { ...strategy, subscribe: { types: ['kind.*'] } },
        {
          name: 'echo',
          subscribe: { types: ['kind.k0'] },
          onEvent: (_event, { publish }) => void publish(trade({ symbol: 'AAPL', price: 1, size: 1 })),
        },
      ],
    })
    await start()
    for (let round = 0; round < 3; round += 1) {
      for (const kind of kinds) engine.offer(kind({ value: round }))
      for (let index = 0; index < 50; index += 1) engine.offer(trade({ symbol: 'MSFT', price: 1, size: 1 }))
      await during(engine.drain(), 1_000)
    }
    const { types, ledger } = engine.stats.get()
    expect(ledger.derived.settled).toBe(3)
    expect(types.total).toBe(ledger.events.settled + ledger.derived.settled)
    expect(sumOf(types)).toBe(types.total)
    expect(Object.keys(types.byType).length).toBe(100)
    expect(types.byType.trade).toBe(153)
    await during(engine.stop(), 1_000)
    expect(engine.stats.get().types).toEqual(types)
  })

  it('leave out what a stop gave up', async () => {
    const { engine, during, start } = engineOn({
      strategies: [{ name: 'stuck', onEvents: () => new Promise(() => {}) }],
    })
    await start()
    engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await during(engine.stop({ drain: false, timeoutMs: 100 }), 60_000)
    const { types, ledger } = engine.stats.get()
    expect(ledger.events).toMatchObject({ settled: 0, abandoned: 1 })
    expect(types).toEqual({ total: 0, byType: {}, other: 0 })
  })

  it('are none before anything was settled', () => {
    expect(createEngine().stats.get().types).toEqual({ total: 0, byType: {}, other: 0 })
  })
})
