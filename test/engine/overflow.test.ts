import { describe, expect, it } from 'vitest'
import { type Receipt, signal, trade } from '../../src/index.js'
import { engineOn, expectQuiet, trades, witness } from './support.js'

const CAPACITY = 50
const BURST = 10 * CAPACITY

/** Publishes a burst at once while nothing is handled, then lets it be handled. */
async function burst(test: ReturnType<typeof engineOn>, type: 'publish' | 'offer'): Promise<Receipt[]> {
  const { engine } = test
  await test.start()
  engine.pause()
  const receipts = trades(BURST).map((draft) => Promise.resolve(engine[type](draft)))
  await test.run()
  engine.resume()
  await test.during(engine.drain(), 60_000)
  return test.during(Promise.all(receipts), 60_000)
}

const count = (receipts: readonly Receipt[], status: Receipt['status']): number =>
  receipts.filter((receipt) => receipt.status === status).length

describe('a burst of ten times the capacity (row 3454)', () => {
  it('under the policy wait is all accepted', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ queue: { capacity: CAPACITY }, strategies: [strategy] })
    const receipts = await burst(test, 'publish')
    expect(count(receipts, 'accepted')).toBe(BURST)
    expect(seen).toEqual(Array.from({ length: BURST }, (_, index) => index))
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('under the policy wait with few places to wait in is refused beyond them', async () => {
    const test = engineOn({ queue: { capacity: CAPACITY, maxWaiters: 100 } })
    const receipts = await burst(test, 'publish')
    expect(count(receipts, 'accepted')).toBe(CAPACITY + 100)
    expect(count(receipts, 'refused')).toBe(BURST - CAPACITY - 100)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it.each(['refuse', 'dead-letter'] as const)('under the policy %s is refused beyond the capacity', async (policy) => {
    const test = engineOn({ queue: { capacity: CAPACITY, overflow: { normal: policy } } })
    const { engine } = test
    const receipts = await burst(test, 'publish')
    expect(count(receipts, 'accepted')).toBe(CAPACITY)
    expect(receipts.slice(CAPACITY).every((receipt) => receipt.status === 'refused' && receipt.reason === 'full')).toBe(
      true,
    )
    const letters = engine.deadLetters.list({}, { limit: 10_000 })
    expect(letters).toHaveLength(policy === 'refuse' ? 0 : BURST - CAPACITY)
    expect(engine.ledger().deadLetters.entered).toBe(letters.length)
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('under the policy evict of one lane alone is refused beyond the capacity, as nothing is less urgent', async () => {
    const test = engineOn({ queue: { capacity: CAPACITY, overflow: { normal: 'evict' } } })
    const receipts = await burst(test, 'publish')
    expect(count(receipts, 'accepted')).toBe(CAPACITY)
    expect(test.engine.ledger().events).toMatchObject({ evicted: 0, refused: BURST - CAPACITY })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('under the policy evict takes the places of what is less urgent, and each of those is counted', async () => {
    const seen: string[] = []
    const test = engineOn({
      queue: { capacity: CAPACITY, overflow: { high: 'evict' } },
      lanesBySource: { urgent: 'high', idle: 'low' },
      strategies: [{ name: 'sources', onEvent: ({ source }) => void seen.push(source) }],
    })
    const { engine } = test
    await test.start()
    engine.pause()
    const offer = (source: string, count: number) =>
      Array.from({ length: count }, () => engine.offer(trade({ source, symbol: 'AAPL', price: 1, size: 1 })))
    offer('idle', CAPACITY)
    const receipts = offer('urgent', BURST)
    expect(count(receipts, 'accepted')).toBe(CAPACITY)
    const refused = BURST - CAPACITY
    expect(engine.ledger().events).toMatchObject({
      accepted: 2 * CAPACITY,
      evicted: CAPACITY,
      refused,
      queued: CAPACITY,
    })
    engine.resume()
    await test.during(engine.drain())
    expect(seen).toEqual(Array.from({ length: CAPACITY }, () => 'urgent'))
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('offered rather than published is never held: what finds no room is refused', async () => {
    const test = engineOn({ queue: { capacity: CAPACITY } })
    const receipts = await burst(test, 'offer')
    expect(count(receipts, 'accepted')).toBe(CAPACITY)
    expect(count(receipts, 'refused')).toBe(BURST - CAPACITY)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })
})

describe('the policy evict', () => {
  const lanes = { lanesBySource: { urgent: 'critical', idle: 'low' } } as const
  const of = (source: string, id: string) => trade({ id, source, symbol: 'AAPL', price: 1, size: 1 })

  it('takes the oldest of the least urgent lane out, counted, and its id is forgotten by nobody', async () => {
    const ids: string[] = []
    const test = engineOn({
      ...lanes,
      queue: { capacity: 3, overflow: { critical: 'evict' } },
      strategies: [{ name: 'ids', onEvent: (event) => void ids.push(event.id) }],
    })
    const { engine } = test
    await test.start()
    engine.pause()
    for (const id of ['a', 'b', 'c']) engine.offer(of('idle', id))
    expect(engine.offer(of('urgent', 'd')).status).toBe('accepted')
    expect(engine.offer(of('urgent', 'e')).status).toBe('accepted')
    expect(engine.ledger().events).toMatchObject({ accepted: 5, evicted: 2, queued: 3 })
    // A duplicate makes nobody's room.
    expect(engine.offer(of('urgent', 'd')).status).toBe('duplicate')
    expect(engine.ledger().events).toMatchObject({ evicted: 2, queued: 3 })
    engine.resume()
    await test.during(engine.drain())
    expect(ids).toEqual(['d', 'e', 'c'])
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('evicts nothing in vain while signals stand in their headroom', async () => {
    const test = engineOn({
      ...lanes,
      queue: { capacity: 3, signalHeadroom: 10, overflow: { critical: 'evict' } },
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvents: (events) => {
            test.engine.pause()
            for (const id of ['a', 'b', 'c']) test.engine.offer(of('idle', id))
            return events.flatMap((cause) =>
              [1, 2, 3].map(() => signal({ symbol: 'AAPL', side: 'buy' as const, strength: 1, cause })),
            )
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    engine.offer(of('urgent', 'first'))
    await test.run()
    expect(engine.stats.get().queue.depth).toBe(6)
    const receipts = ['d', 'e'].map((id) => engine.offer(of('urgent', id)))
    const { evicted, refused } = engine.ledger().events
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'accepted'])
    expect([evicted, refused]).toEqual([2, 0])
    expect(engine.stats.get().queue.depth).toBe(6)
    await test.during(engine.stop({ drain: false }))
  })
})

describe('a publish from within a handler', () => {
  it('never waits, so the queue that it drains cannot hold it up', async () => {
    const receipts: (Receipt | Promise<Receipt>)[] = []
    const { seen, strategy } = witness()
    const test = engineOn({
      queue: { capacity: 4, highWater: 1 },
      strategies: [
        {
          name: 'echo',
          subscribe: { types: ['trade'], symbols: ['AAPL'] },
          onEvent: (_event, { publish }) => {
            receipts.push(publish(trade({ symbol: 'MSFT', price: 1, size: 1 })))
            receipts.push(test.engine.publish(trade({ symbol: 'MSFT', price: 1, size: 1 })))
            receipts.push(test.engine.offer(trade({ symbol: 'MSFT', price: 1, size: 1 })))
          },
        },
        strategy,
      ],
    })
    const { engine } = test
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.during(engine.drain())
    expect((await test.during(Promise.all(receipts))).map(({ status }) => status)).toEqual(Array(3).fill('accepted'))
    expect(seen).toHaveLength(4)
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('never waits in a handler that runs after another strategy was awaited, nor in a timer', async () => {
    const accepted: number[] = []
    const publishThrice = (): void => {
      const before = test.engine.ledger().events.accepted
      for (let index = 0; index < 3; index += 1) {
        void test.engine.publish(trade({ symbol: 'MSFT', price: 1, size: 1 }))
      }
      accepted.push(test.engine.ledger().events.accepted - before)
    }
    const test = engineOn({
      groupSize: 1,
      queue: { capacity: 100, highWater: 1, publishTimeoutMs: 5_000 },
      strategies: [
        { name: 'awaited', subscribe: { symbols: ['AAPL'] }, onEvents: async () => {} },
        {
          name: 'publishes',
          subscribe: { symbols: ['AAPL'] },
          onEvent: (_event, { clock }) => {
            publishThrice()
            clock.setTimeout(() => publishThrice(), 10)
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    expect(accepted).toEqual([3])
    await test.run(10)
    expect(accepted).toEqual([3, 3])
    await test.during(test.engine.stop())
  })

  it('of an asynchronous handler that awaits it ends, by the timeout at the latest', async () => {
    const test = engineOn({
      queue: { capacity: 8, highWater: 1, publishTimeoutMs: 500 },
      workers: { min: 1, max: 1 },
      strategies: [
        {
          name: 'chatty',
          subscribe: { symbols: ['AAPL'] },
          onEvent: async () => {
            for (let index = 0; index < 4; index += 1) {
              await test.engine.publish(trade({ symbol: 'MSFT', price: 1, size: 1 }))
            }
          },
        },
      ],
    })
    await test.start()
    for (const draft of trades(5)) test.engine.offer(draft)
    await test.during(test.engine.drain(), 60_000)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('finds signals with headroom of their own, refused and counted when that is full too', async () => {
    const test = engineOn({
      queue: { capacity: 2, signalHeadroom: 2 },
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvent: (cause) =>
            Array.from({ length: 6 }, () => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause })),
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.during(test.engine.drain())
    expect(test.engine.ledger().derived).toMatchObject({ published: 6, accepted: 4, refused: 2, settled: 4 })
    expect(test.faults.map(({ where }) => where)).toEqual(['signal of answers', 'signal of answers'])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })
})
