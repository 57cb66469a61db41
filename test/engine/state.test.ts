import { describe, expect, it } from 'vitest'
import { defineStrategy, type StrategyDefinition } from '../../src/index.js'
import { deferred, engineOn, expectQuiet, numberOf, trades } from './support.js'

const noBreaker = { disabled: true }

interface Sum {
  total: number
  calls: number
}

const summing = (
  poison: number,
  extra: Partial<StrategyDefinition<Sum>>,
  onSum: (state: Sum) => void,
): StrategyDefinition<Sum> => ({
  name: 'sum',
  breaker: noBreaker,
  state: () => ({ total: 0, calls: 0 }),
  onEvents: (events, { state }) => {
    for (const event of events) {
      // The good ones before the poison are added before it is met.
      if (numberOf(event) === poison) throw new Error('poison')
      state.total += 1
    }
    state.calls += 1
    onSum(state)
  },
  ...extra,
})

describe('the state of a strategy', () => {
  it('of a transactional strategy is that of the good events, each seen once', async () => {
    let last: Sum = { total: 0, calls: 0 }
    const test = engineOn({ strategies: [summing(100, { transactional: true }, (state) => (last = state))] })
    await test.start()
    for (const draft of trades(256)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(last.total).toBe(255)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('of one that is not may see good events twice, as it says: at least once', async () => {
    let last: Sum = { total: 0, calls: 0 }
    const test = engineOn({ strategies: [summing(100, {}, (state) => (last = state))] })
    await test.start()
    for (const draft of trades(256)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(last.total).toBeGreaterThan(255)
    expect(test.engine.ledger().deliveries.succeeded).toBe(255)
    await test.during(test.engine.stop())
  })

  it('of an asynchronous transactional strategy is restored when its promise rejects', async () => {
    let last: Sum = { total: 0, calls: 0 }
    const test = engineOn({
      strategies: [
        {
          ...summing(7, { transactional: true }, () => {}),
          onEvents: async (events, { state }) => {
            for (const event of events) {
              await Promise.resolve()
              if (numberOf(event) === 7) throw new Error('poison')
              ;(state as Sum).total += 1
            }
            last = state as Sum
          },
        },
      ],
    })
    await test.start()
    for (const draft of trades(20)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(last.total).toBe(19)
    await test.during(test.engine.stop())
  })

  it('of a transactional strategy that hangs is what it was before, whatever the hung call still does', async () => {
    const gate = deferred()
    const totals: number[] = []
    let calls = 0
    const test = engineOn({
      lateAfterMs: 10,
      timeoutMs: 50,
      strategies: [
        {
          name: 'hangs',
          breaker: noBreaker,
          transactional: true,
          state: () => ({ total: 0 }),
          onEvents: async (events, { state }) => {
            const own = state as { total: number }
            calls += 1
            own.total += events.length
            if (calls === 1) {
              await gate.promise
              own.total += 1_000
            }
            totals.push(own.total)
          },
        },
      ],
    })
    await test.start()
    for (const draft of trades(5)) test.engine.offer(draft)
    await test.run(60)
    gate.resolve()
    await test.run()
    for (const draft of trades(3, 'AAPL', 5)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(totals.at(-1)).toBe(3)
    await test.during(test.engine.stop())
  })

  it('that cannot be copied fails a transactional strategy alone', async () => {
    const seen: number[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'closure',
          breaker: noBreaker,
          transactional: true,
          state: () => ({ f: () => 1 }),
          onEvents: () => {},
        },
        { name: 'peer', onEvents: (events) => void seen.push(...events.map(numberOf)) },
      ],
    })
    await test.start()
    for (const draft of trades(4)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(seen).toEqual([0, 1, 2, 3])
    expect(test.engine.deadLetters.list().map(({ strategy }) => strategy)).toEqual(Array(4).fill('closure'))
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('belongs to one engine: two engines of one definition share nothing (row 3460)', async () => {
    const counts: number[] = []
    const counter = defineStrategy({
      name: 'counter',
      state: () => ({ count: 0 }),
      onEvent: (_event, { state }) => {
        state.count += 1
        counts.push(state.count)
      },
    })
    const one = engineOn({ strategies: [counter] })
    const two = engineOn({ strategies: [counter] })
    await one.start()
    await two.start()
    const [draft] = trades(1)
    if (draft === undefined) throw new Error('no draft')
    one.engine.offer(draft)
    two.engine.offer(draft)
    await one.during(one.engine.drain())
    await two.during(two.engine.drain())
    expect(counts).toEqual([1, 1])
    await one.during(one.engine.stop())
    expect(two.engine.offer(trades(1, 'MSFT')[0] as never).status).toBe('accepted')
    await two.during(two.engine.drain())
    expect(counts).toEqual([1, 1, 2])
    await two.during(two.engine.stop())
  })
})
