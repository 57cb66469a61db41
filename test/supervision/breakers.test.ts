import { describe, expect, it } from 'vitest'
import { isOutcryError } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, numberOf, trades } from '../engine/support.js'

describe('engine.breakers', () => {
  it('is one object, brought up to date by each move (rows 3472 and 3484)', async () => {
    const test = engineOn({
      strategies: ['a', 'b', 'c'].map((name) => ({
        name,
        breaker: { minimumCalls: 5, openTime: 1_000 },
        onEvent: () => {
          if (name === 'a') throw new Error('down')
        },
      })),
    })
    const { engine } = test
    const { breakers } = engine
    await test.start()
    expect(breakers.states).toEqual({ closed: 3, open: 0, halfOpen: 0, isolated: 0, disabled: 0 })
    for (const draft of trades(10)) engine.offer(draft)
    await test.during(engine.drain())
    expect(breakers.states).toMatchObject({ closed: 2, open: 1 })
    expect(breakers.byName.get('a')).toMatchObject({ state: 'open', cause: 'failure-rate', openings: 1 })
    expect(breakers.byName.get('a')?.counts).toMatchObject({ failed: 10 })
    await test.run(1_000)
    expect(breakers.states).toMatchObject({ closed: 2, halfOpen: 1 })
    expect(engine.breakers).toBe(breakers)
    expect(engine.stats.get().breakers).toEqual(breakers.states)
    await test.during(engine.strategies.remove('a'))
    expect(breakers.states).toEqual({ closed: 2, open: 0, halfOpen: 0, isolated: 0, disabled: 0 })
    expect(breakers.total).toBe(2)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('and engine.breaker isolates, disables, trips and resets one; it survives a replacement', async () => {
    const seen: number[] = []
    const strategy = { name: 'a', onEvent: (event: { payload: unknown }) => void seen.push(numberOf(event)) }
    const test = engineOn({ strategies: [strategy] })
    const { engine } = test
    const control = engine.breaker('a')
    expect(() => control.isolate()).toThrow(/nobody would decide/)
    await test.start()
    const next = async (number: number): Promise<void> => {
      engine.offer(trades(1, 'AAPL', number)[0] as never)
      await test.during(engine.drain())
    }
    control.isolate()
    await next(0)
    expect([control.state, control.reading().state]).toEqual(['isolated', 'isolated'])
    control.reset()
    await next(1)
    control.trip()
    await next(2)
    expect(control.state).toBe('open')
    control.disable()
    await next(3)
    expect(control.state).toBe('disabled')
    expect(control.save()).toMatchObject({ name: 'a', state: 'disabled' })
    await test.during(engine.strategies.replace(strategy))
    await test.run()
    expect(control.state).toBe('closed')
    control.isolate()
    await next(4)
    expect(control.state).toBe('isolated')
    expect(seen).toEqual([1, 3])
    expect(engine.ledger().deliveries).toMatchObject({ due: 5, succeeded: 2, skipped: 3 })
    await test.during(engine.strategies.remove('a'))
    expect(() => control.state).toThrow(/Nothing named "a"/)
    try {
      engine.breaker('a')
    } catch (error) {
      expect(isOutcryError(error) && error.code).toBe('OUTCRY_STRATEGY_UNKNOWN')
    }
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })
})

describe('a half-open breaker', () => {
  const chunked = (broken: () => boolean, form: 'sync' | 'async', sizes: number[]) => ({
    name: 'a',
    breaker: { minimumCalls: 5, openTime: 1_000, halfOpen: { permits: 2 } },
    onEvents: (events: readonly unknown[]) => {
      sizes.push(events.length)
      if (broken()) throw new Error('down')
      return form === 'async' ? Promise.resolve() : undefined
    },
  })

  it.each(['sync', 'async'] as const)(
    'is probed with eight events of a chunk, then again, then gets the rest (%s)',
    async (form) => {
      let broken = true
      const sizes: number[] = []
      const test = engineOn({ strategies: [chunked(() => broken, form, sizes)] })
      const { engine } = test
      await test.start()
      for (const draft of trades(10)) engine.offer(draft)
      await test.during(engine.drain())
      broken = false
      await test.run(1_000)
      sizes.length = 0
      for (const draft of trades(100, 'AAPL', 10)) engine.offer(draft)
      await test.during(engine.drain())
      expect(sizes).toEqual([8, 8, 84])
      expect(engine.breaker('a').reading()).toMatchObject({
        state: 'closed',
        calls: 84,
        counts: { probes: 2, stale: 0 },
      })
      expectQuiet(test)
      await test.during(engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('whose probes fail costs sixteen events of a chunk; the rest is skipped', async () => {
    const sizes: number[] = []
    const test = engineOn({ strategies: [chunked(() => true, 'sync', sizes)] })
    const { engine } = test
    await test.start()
    for (const draft of trades(10)) engine.offer(draft)
    await test.during(engine.drain())
    await test.run(1_000)
    for (const draft of trades(100, 'AAPL', 10)) engine.offer(draft)
    await test.during(engine.drain())
    expect(engine.breaker('a').state).toBe('open')
    expect(engine.ledger().deliveries).toMatchObject({ due: 110, deadLettered: 26, skipped: 84 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('whose probe hangs loses the rest of the chunk with it, and the breaker opens again', async () => {
    let broken = true
    const test = engineOn({
      timeoutMs: 100,
      lateAfterMs: 50,
      strategies: [
        {
          name: 'a',
          breaker: { minimumCalls: 5, openTime: 1_000, halfOpen: { permits: 1 } },
          onEvents: () => {
            if (broken) throw new Error('down')
            return new Promise<void>(() => {})
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(10)) engine.offer(draft)
    await test.during(engine.drain())
    broken = false
    await test.run(1_000)
    for (const draft of trades(100, 'AAPL', 10)) engine.offer(draft)
    await test.during(engine.drain(), 500)
    expect(engine.breaker('a').state).toBe('open')
    expect(engine.deadLetters.count({ reason: 'timeout' })).toBe(100)
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })
})
