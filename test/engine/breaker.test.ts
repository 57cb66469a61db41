import { describe, expect, it } from 'vitest'
import { engineOn, expectQuiet, never, numberOf, trades, witness } from './support.js'

const publish = async (test: ReturnType<typeof engineOn>, count: number, from = 0): Promise<void> => {
  for (const draft of trades(count, 'AAPL', from)) test.engine.offer(draft)
  await test.during(test.engine.drain())
}

describe('the breaker of a strategy', () => {
  it('opens when all fails: what follows is skipped and counted, and its peers get everything', async () => {
    const peer = witness()
    let calls = 0
    const test = engineOn({
      strategies: [
        {
          name: 'broken',
          breaker: { openTime: 1_000 },
          onEvent: () => {
            calls += 1
            throw new Error('down')
          },
        },
        peer.strategy,
      ],
    })
    await test.start()
    await publish(test, 100)
    expect(calls).toBe(100)
    await publish(test, 50, 100)
    expect(calls).toBe(100)
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 300, succeeded: 150, deadLettered: 100, skipped: 50 })
    expect(peer.seen).toHaveLength(150)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('lets chunks through again once it has cooled down, and closes when they succeed', async () => {
    let broken = true
    const seen: number[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'recovering',
          breaker: { openTime: 1_000, minimumCalls: 10, halfOpen: { permits: 1 } },
          onEvent: (event) => {
            if (broken) throw new Error('down')
            seen.push(numberOf(event))
          },
        },
      ],
    })
    await test.start()
    await publish(test, 20)
    broken = false
    await publish(test, 5, 20)
    expect(seen).toEqual([])
    await test.run(1_000)
    await publish(test, 5, 25)
    await publish(test, 5, 30)
    expect(seen).toEqual([25, 26, 27, 28, 29, 30, 31, 32, 33, 34])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('does not count errors that it was told to ignore', async () => {
    let calls = 0
    const test = engineOn({
      strategies: [
        {
          name: 'tolerant',
          breaker: { minimumCalls: 5, ignore: (error) => (error as Error).message === 'expected' },
          onEvent: () => {
            calls += 1
            throw new Error('expected')
          },
        },
      ],
    })
    await test.start()
    for (let round = 0; round < 5; round += 1) await publish(test, 10, round * 10)
    expect(calls).toBe(50)
    expect(test.engine.ledger().deliveries).toMatchObject({ deadLettered: 50, skipped: 0 })
    await test.during(test.engine.stop())
  })

  it('counts only errors that it was told to record', async () => {
    let calls = 0
    const test = engineOn({
      strategies: [
        {
          name: 'strict',
          breaker: { minimumCalls: 5, record: (error) => (error as Error).message === 'grave' },
          onEvent: (event) => {
            calls += 1
            throw new Error(numberOf(event) < 20 ? 'light' : 'grave')
          },
        },
      ],
    })
    await test.start()
    await publish(test, 20)
    expect(calls).toBe(20)
    await publish(test, 30, 20)
    await publish(test, 10, 50)
    expect(calls).toBe(50)
    expect(test.engine.ledger().deliveries.skipped).toBe(10)
    await test.during(test.engine.stop())
  })

  it('judges the call that runs, not the events that find its backlog full', async () => {
    let release = (): void => {}
    let calls = 0
    const test = engineOn({
      maxBacklog: 4,
      lateAfterMs: 10,
      strategies: [
        {
          name: 'slow',
          breaker: { minimumCalls: 3, failureRate: 0.5 },
          onEvent: () => {
            calls += 1
            return calls === 1
              ? new Promise<void>((resolve) => {
                  release = resolve
                })
              : undefined
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run(20)
    for (const draft of trades(10, 'AAPL', 1)) test.engine.offer(draft)
    await test.run()
    // All ten came in one chunk that is larger than the backlog, so none of them was called.
    expect(test.engine.ledger().deliveries.deadLettered).toBe(10)
    release()
    await test.run()
    await publish(test, 3, 11)
    expect(calls).toBe(4)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('opens for a strategy that hangs, so that its deliveries are skipped and no longer dead-lettered', async () => {
    const test = engineOn({
      lateAfterMs: 10,
      timeoutMs: 100,
      strategies: [{ name: 'hangs', breaker: { minimumCalls: 5, openTime: 60_000 }, onEvents: never }],
    })
    await test.start()
    for (const draft of trades(5)) test.engine.offer(draft)
    await test.run(200)
    expect(test.engine.ledger().deliveries).toMatchObject({ deadLettered: 5, skipped: 0 })
    await publish(test, 7, 5)
    expect(test.engine.ledger().deliveries).toMatchObject({ deadLettered: 5, skipped: 7 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })
})
