import { describe, expect, it } from 'vitest'
import { type StrategyDefinition, trade } from '../../src/index.js'
import { deferred, engineOn, expectQuiet, numberOf, trades } from './support.js'

describe('order', () => {
  it('is kept for each symbol and lane, with asynchronous handlers of many speeds and many workers', async () => {
    const symbols = Array.from({ length: 12 }, (_, index) => `S${index}`)
    const seen = new Map<string, number[]>()
    const strategies = ['one', 'two', 'three'].map(
      (name, rank): StrategyDefinition => ({
        name,
        onEvents: async (events) => {
          const first = events[0]
          // A wait that differs from chunk to chunk, so that chunks could overtake each other.
          const waitMs = first === undefined ? 0 : (first.sequence * (rank + 3)) % 7
          await new Promise<void>((resolve) => test.environment.watch(resolve, waitMs))
          for (const event of events) {
            const key = `${name}/${event.symbol}/${event.source}`
            seen.set(key, [...(seen.get(key) ?? []), event.sequence])
          }
        },
      }),
    )
    const test = engineOn({
      strategies,
      groupSize: 2,
      workers: { min: 8, max: 8 },
      chunk: { maxEvents: 5 },
      lanesBySource: { urgent: 'critical' },
    })
    await test.start()
    for (let round = 0; round < 40; round += 1) {
      for (const symbol of symbols) {
        test.engine.offer(trade({ symbol, source: round % 3 === 0 ? 'urgent' : 'usual', price: 1, size: 1 }))
      }
      if (round % 5 === 0) await test.run(1)
    }
    await test.during(test.engine.drain(), 10_000)
    expect(seen.size).toBe(3 * symbols.length * 2)
    for (const sequences of seen.values()) expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 3 * 480, succeeded: 3 * 480 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('a slow normal cell never holds back the critical lane of the same symbol', async () => {
    const gate = deferred()
    const seen: string[] = []
    const test = engineOn({
      workers: { min: 2, max: 2 },
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      lanesBySource: { urgent: 'critical' },
      strategies: [
        {
          name: 'slow',
          onEvent: (event) => {
            if (event.source !== 'urgent') return gate.promise
            return undefined
          },
          subscribe: { types: ['trade'], symbols: ['AAPL'] },
        },
        { name: 'fast', onEvent: (event) => void seen.push(event.source) },
      ],
    })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.run()
    test.engine.offer(trade({ symbol: 'AAPL', source: 'urgent', price: 1, size: 1 }))
    test.engine.offer(trade({ symbol: 'MSFT', source: 'urgent', price: 1, size: 1 }))
    await test.run()
    // The slow strategy itself is busy, and holds the chunk's lease; its peers of one group have it at once.
    expect(seen).toEqual(['host', 'urgent', 'urgent'])
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 5, succeeded: 3, inFlight: 2 })
    gate.resolve()
    await test.during(test.engine.drain())
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('takes the urgent before the usual, whatever came first', async () => {
    const order: string[] = []
    const test = engineOn({
      lanesBySource: { urgent: 'critical', idle: 'low' },
      strategies: [{ name: 'order', onEvent: (event) => void order.push(event.source) }],
    })
    await test.start()
    test.engine.pause()
    for (const source of ['idle', 'usual', 'urgent', 'idle', 'usual', 'urgent']) {
      test.engine.offer(trade({ symbol: 'AAPL', source, price: 1, size: 1 }))
    }
    test.engine.resume()
    await test.during(test.engine.drain())
    expect(order).toEqual(['urgent', 'urgent', 'usual', 'usual', 'idle', 'idle'])
    await test.during(test.engine.stop())
  })

  it('a strategy handles one call at a time', async () => {
    let open = 0
    let most = 0
    const seen: number[] = []
    const test = engineOn({
      workers: { min: 10, max: 10 },
      chunk: { maxEvents: 1 },
      strategies: [
        {
          name: 'sequential',
          onEvent: async (event) => {
            open += 1
            most = Math.max(most, open)
            await new Promise<void>((resolve) => test.environment.watch(resolve, 1))
            seen.push(numberOf(event))
            open -= 1
          },
        },
      ],
    })
    await test.start()
    for (let index = 0; index < 50; index += 1) test.engine.offer(trades(1, `S${index}`, index)[0] as never)
    await test.during(test.engine.drain(), 1_000)
    expect(most).toBe(1)
    expect(seen).toHaveLength(50)
    await test.during(test.engine.stop())
  })
})

/** Asynchronous strategies that know how many of them run at once. */
function crowd(count: number, make: (work: () => Promise<void>) => StrategyDefinition['onEvents']) {
  const gates: (() => void)[] = []
  const seen = { open: 0, most: 0, done: 0 }
  const work = async (): Promise<void> => {
    seen.open += 1
    seen.most = Math.max(seen.most, seen.open)
    await new Promise<void>((resolve) => gates.push(resolve))
    seen.open -= 1
    seen.done += 1
  }
  const handler = make(work)
  const strategies = Array.from(
    { length: count },
    (_, index): StrategyDefinition => ({ name: `s${index}`, ...(handler === undefined ? {} : { onEvents: handler }) }),
  )
  const release = (): void => {
    for (const gate of gates.splice(0)) gate()
  }
  return { seen, strategies, release }
}

const declared = (work: () => Promise<void>) => async () => work()
const undeclared = (work: () => Promise<void>) => () => work()

describe('concurrency', () => {
  it.each([declared, undeclared])(
    '100 asynchronous strategies in groups of 10: never more than 10 in flight (row 3473)',
    async (make) => {
      const { seen, strategies, release } = crowd(100, make)
      const test = engineOn({ strategies, workers: { min: 1, max: 1 } })
      await test.start()
      test.engine.offer(trades(1)[0] as never)
      for (let turn = 0; turn < 20; turn += 1) {
        await test.run()
        release()
      }
      await test.during(test.engine.drain())
      expect(seen).toMatchObject({ most: 10, done: 100 })
      expectQuiet(test)
      await test.during(test.engine.stop())
    },
  )

  it('strategies that are added while it runs fill groups of 10 and no more (row 3473)', async () => {
    const { seen, strategies, release } = crowd(35, declared)
    const test = engineOn({ strategies: strategies.slice(0, 8), workers: { min: 1, max: 1 } })
    await test.start()
    for (const strategy of strategies.slice(8)) await test.during(test.engine.strategies.add(strategy))
    test.engine.offer(trades(1)[0] as never)
    for (let turn = 0; turn < 8; turn += 1) {
      await test.run()
      release()
    }
    await test.during(test.engine.drain())
    expect(seen).toMatchObject({ most: 10, done: 35 })
    await test.during(test.engine.stop())
  })

  it.each([declared, undeclared])(
    '1,000 asynchronous handlers: never more than the bound in flight (row 3453)',
    async (make) => {
      const { seen, strategies, release } = crowd(1_000, make)
      const test = engineOn({
        strategies,
        groupSize: 100,
        concurrency: 7,
        workers: { min: 20, max: 20 },
        lateAfterMs: 86_400_000,
      })
      await test.start()
      test.engine.offer(trades(1)[0] as never)
      for (let turn = 0; seen.done < 1_000 && turn < 1_000; turn += 1) {
        await test.run()
        release()
      }
      await test.during(test.engine.drain())
      expect(seen).toMatchObject({ most: 7, done: 1_000 })
      expectQuiet(test)
      await test.during(test.engine.stop())
    },
  )

  it('a handler that answers at once and only later a promise is bounded from then on', async () => {
    let calls = 0
    const { seen, strategies, release } = crowd(60, (work) => () => {
      calls += 1
      return calls <= 60 ? undefined : work()
    })
    const test = engineOn({ strategies, groupSize: 60, concurrency: 5, lateAfterMs: 86_400_000 })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    expect(calls).toBe(60)
    for (let round = 1; round <= 2; round += 1) {
      seen.most = 0
      test.engine.offer(trades(1)[0] as never)
      for (let turn = 0; seen.done < 60 * round && turn < 200; turn += 1) {
        await test.run()
        release()
      }
    }
    // In the first of the two rounds the engine learns that they answer promises.
    expect(seen).toMatchObject({ most: 5, done: 120 })
    await test.during(test.engine.stop())
  })
})
