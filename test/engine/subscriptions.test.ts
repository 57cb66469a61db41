import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineEvent } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, never, numberOf, trades } from './support.js'

describe('subscribe', () => {
  it('makes a type of the host known by its definition, for events in wire form', async () => {
    const earnings = defineEvent({ type: 'earnings', payload: z.object({ eps: z.number() }) })
    const seen: number[] = []
    const test = engineOn()
    await test.start()
    const wire = (eps: unknown) => test.engine.offer({ type: 'earnings', symbol: 'AAPL', payload: { eps } })
    expect(wire(1)).toMatchObject({
      status: 'invalid',
      reason: 'type "earnings" is not known: define it with defineEvent',
    })
    test.engine.subscribe([earnings], ({ payload }) => void seen.push(payload.eps))
    expect(wire(2).status).toBe('accepted')
    expect(wire('3')).toMatchObject({ status: 'invalid', path: 'payload.eps' })
    await test.during(test.engine.drain())
    expect(seen).toEqual([2])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('leaves a type to whoever publishes an event of another definition of it first', async () => {
    const define = () => defineEvent({ type: 'earnings', payload: z.object({ eps: z.number() }) })
    const published = define()
    const seen: number[] = []
    const test = engineOn()
    await test.start()
    test.engine.subscribe([define()], ({ payload }) => void seen.push(payload.eps))
    expect(test.engine.offer(published({ eps: 1 })).status).toBe('accepted')
    expect(test.engine.offer({ type: 'earnings', payload: { eps: 2 } }).status).toBe('accepted')
    await test.during(test.engine.drain())
    expect(seen).toEqual([1, 2])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('before the start and after it: each gets what comes from then on', async () => {
    const early: number[] = []
    const late: number[] = []
    const test = engineOn()
    test.engine.subscribe(['trade'], (event) => void early.push(numberOf(event)))
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    test.engine.subscribe(['trade'], (event) => void late.push(numberOf(event)))
    for (const draft of trades(2, 'AAPL', 1)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect([early, late]).toEqual([
      [0, 1, 2],
      [1, 2],
    ])
    expectQuiet(test)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('returns a disposer that ends it, before the start and after, and may be called twice', async () => {
    const seen: number[] = []
    const test = engineOn()
    const disposeEarly = test.engine.subscribe(['trade'], (event) => void seen.push(numberOf(event)))
    disposeEarly()
    disposeEarly()
    await test.start()
    const disposeLate = test.engine.subscribe(['trade'], (event) => void seen.push(numberOf(event)))
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    disposeLate()
    disposeLate()
    test.engine.offer(trades(1, 'AAPL', 1)[0] as never)
    await test.during(test.engine.drain())
    expect(seen).toEqual([0])
    await test.during(test.engine.stop())
    disposeLate()
    await expectNothingLeft(test)
  })

  it('may be disposed by its own handler, which gets the rest of its chunk and no more', async () => {
    const seen: number[] = []
    const test = engineOn({ chunk: { maxEvents: 4 } })
    await test.start()
    const dispose = test.engine.subscribe(['trade'], (event) => {
      seen.push(numberOf(event))
      dispose()
    })
    for (const draft of trades(12)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(seen).toEqual([0, 1, 2, 3])
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('disposed while its handler is awaited gives up what it holds, counted, and harms nobody', async () => {
    const gate = deferred()
    const other: number[] = []
    const test = engineOn()
    await test.start()
    const dispose = test.engine.subscribe(['trade'], () => gate.promise)
    test.engine.subscribe(['trade'], (event) => void other.push(numberOf(event)))
    for (const draft of trades(5)) test.engine.offer(draft)
    await test.run()
    dispose()
    await test.during(test.engine.drain())
    expect(other).toHaveLength(5)
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 10, succeeded: 5, abandoned: 5 })
    gate.resolve()
    await test.run()
    expectQuiet(test)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('disposed by a handler of a later group lets the chunk that it held go on to that group', async () => {
    const seen: string[] = []
    let dispose = (): void => {}
    const test = engineOn({ groupSize: 1, lateAfterMs: 60_000, timeoutMs: 60_000 })
    await test.start()
    dispose = test.engine.subscribe(['trade'], (event) => (event.symbol === 'AAPL' ? never() : undefined))
    test.engine.subscribe(['trade'], (event) => {
      seen.push(event.symbol ?? '')
      if (event.symbol === 'MSFT') dispose()
    })
    test.engine.offer(trades(1, 'AAPL')[0] as never)
    await test.run()
    expect(seen).toEqual([])
    test.engine.subscribe(['quote'], () => {})
    // This one's chunk finds the first group busy with the other chunk, so it waits there, too.
    test.engine.offer({ type: 'trade', symbol: 'MSFT', payload: { price: 1, size: 1 } })
    await test.run()
    dispose()
    await test.during(test.engine.drain())
    expect([...seen].sort()).toEqual(['AAPL', 'MSFT'])
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 4, succeeded: 2, abandoned: 2 })
    await test.during(test.engine.stop())
  })

  it('disposed from inside a handler of the group that the held chunk goes to next loses nothing of it', async () => {
    const seen: string[] = []
    let dispose = (): void => {}
    const test = engineOn({
      groupSize: 1,
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      strategies: [{ name: 'first', subscribe: { symbols: ['MSFT'] }, onEvent: () => {} }],
    })
    dispose = test.engine.subscribe(['quote'], never)
    test.engine.subscribe(['trade', 'quote'], (event) => {
      seen.push(event.type)
      if (event.type === 'trade') dispose()
    })
    await test.start()
    test.engine.offer({ type: 'quote', symbol: 'AAPL', payload: { bid: 1, ask: 2, bidSize: 1, askSize: 1 } })
    await test.run()
    expect(seen).toEqual([])
    test.engine.offer(trades(1, 'MSFT')[0] as never)
    await test.during(test.engine.drain())
    expect(seen).toEqual(['trade', 'quote'])
    expect(test.engine.ledger().deliveries).toMatchObject({ due: 4, succeeded: 3, abandoned: 1 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it.each(['at once', 'later'])('from within a stop, %s, starts nothing and holds nothing up', async (when) => {
    const test = engineOn({
      strategies: [
        {
          name: 'tardy',
          onStop: async () => {
            if (when === 'later') await Promise.resolve()
            test.engine.subscribe(['trade'], () => {})
          },
          onEvent: () => {},
        },
      ],
    })
    await test.start()
    const report = await test.during(test.engine.stop(), 100)
    expect(report.abandoned).toEqual([])
    await expectNothingLeft(test)
  })

  it('10,000 times and disposed again leaves actors, groups and counts as they were (row 3451)', {
    timeout: 120_000,
  }, async () => {
    const test = engineOn({ strategies: [{ name: 'stays', onEvent: () => {} }] })
    const { engine } = test
    await test.start()
    const before = engine.actors()
    for (let cycle = 0; cycle < 10_000; cycle += 1) {
      engine.subscribe([`topic.t${cycle}`], () => {})()
      if (cycle % 1_000 === 0) await test.run()
    }
    await test.run()
    expect(engine.actors()).toEqual(before)
    expect(Object.keys(engine.stats.get().strategies)).toEqual(['stays'])
    expect(test.environment.pending()).toBeLessThan(10)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('many at once, some disposed, leaves each that stays in a group of at most ten', async () => {
    const seen = new Map<number, number>()
    const test = engineOn()
    await test.start()
    const disposers = Array.from({ length: 35 }, (_, index) =>
      test.engine.subscribe(['trade'], () => void seen.set(index, (seen.get(index) ?? 0) + 1)),
    )
    for (let index = 0; index < 35; index += 2) disposers[index]?.()
    for (let index = 100; index < 110; index += 1) {
      test.engine.subscribe(['trade'], () => void seen.set(index, (seen.get(index) ?? 0) + 1))
    }
    test.engine.offer(trades(1)[0] as never)
    await test.during(test.engine.drain())
    expect(seen.size).toBe(17 + 10)
    expect(new Set(seen.values())).toEqual(new Set([1]))
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('names no type that could not be', () => {
    const engine = createEngine()
    expect(() => engine.subscribe('trade' as never, () => {})).toThrow()
    expect(() => engine.subscribe([7] as never, () => {})).toThrow()
  })
})
