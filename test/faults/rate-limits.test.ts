import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import { createDataEnvironment, createEngine, memoryFeed, type Receipt, signal, trade } from '../../src/index.js'
import { RateLimiter } from '../../src/limits/rate-limiter.js'
import { engineOn, expectQuiet } from '../engine/support.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

const from = (source: string, id?: string) =>
  trade({ source, symbol: 'AAPL', price: 1, size: 1, ...(id === undefined ? {} : { id }) })
const fates = (receipts: readonly Receipt[]): string[] =>
  receipts.map((receipt) => (receipt.status === 'refused' ? receipt.reason : receipt.status))

describe('a rate limit of a source', () => {
  it('refuses what is beyond it, counted by source, and bounds nobody else', async () => {
    const test = engineOn({ rateLimits: { sources: { fast: { ratePerSecond: 10, burst: 3 } } } })
    const { engine } = test
    await test.start()
    expect(fates(Array.from({ length: 5 }, () => engine.offer(from('fast'))))).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'rate-limited',
      'rate-limited',
    ])
    expect(fates(Array.from({ length: 5 }, () => engine.offer(from('calm'))))).toEqual(Array(5).fill('accepted'))
    await test.during(engine.drain())
    expect(engine.ledger().events).toMatchObject({ published: 10, accepted: 8, refused: 2 })
    expect(engine.stats.get().rateLimited.sources).toEqual({ total: 2, byName: { fast: 2 }, other: 0, forgotten: 0 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('cases: lets traffic through again once it is calm, at its rate', async () => {
    const test = engineOn({ rateLimits: { sources: { fast: { ratePerSecond: 10, burst: 2 } } } })
    const { engine } = test
    await test.start()
    for (let index = 0; index < 50; index += 1) engine.offer(from('fast'))
    const accepted: number[] = []
    for (let second = 0; second < 3; second += 1) {
      const before = engine.ledger().events.accepted
      for (let step = 0; step < 10; step += 1) {
        await test.run(100)
        for (let index = 0; index < 3; index += 1) engine.offer(from('fast'))
      }
      accepted.push(engine.ledger().events.accepted - before)
    }
    expect(accepted).toEqual([10, 10, 10])
    await test.run(10_000)
    expect(fates([0, 1, 2].map(() => engine.offer(from('fast'))))).toEqual(['accepted', 'accepted', 'rate-limited'])
    await test.during(engine.stop())
  })

  it('cases: checks before it takes: what is turned away for another reason costs no token, and no id', async () => {
    const test = engineOn({
      queue: { capacity: 1 },
      rateLimits: { sources: { feed: { ratePerSecond: 1, burst: 2 } } },
    })
    const { engine } = test
    await test.start()
    engine.pause()
    expect(engine.offer(from('feed', 'a')).status).toBe('accepted')
    // A duplicate and a full queue take nothing.
    expect(fates([engine.offer(from('feed', 'a')), engine.offer(from('feed', 'b'))])).toEqual(['duplicate', 'full'])
    engine.resume()
    await test.during(engine.drain())
    expect(engine.offer(from('feed', 'b')).status).toBe('accepted')
    await test.during(engine.drain())
    expect(fates([engine.offer(from('feed', 'c'))])).toEqual(['rate-limited'])
    await test.run(1_000)
    // The id of what was refused is not taken for seen.
    expect(engine.offer(from('feed', 'c')).status).toBe('accepted')
    await test.during(engine.stop())
  })

  it('holds for publishers that had to wait, too', async () => {
    const test = engineOn({
      queue: { capacity: 10, highWater: 1 },
      rateLimits: { sources: { feed: { ratePerSecond: 1, burst: 2 } } },
    })
    const { engine } = test
    await test.start()
    engine.pause()
    const receipts = [0, 1, 2, 3].map(() => engine.publish(from('feed')))
    await test.run()
    engine.resume()
    expect(fates(await test.during(Promise.all(receipts), 100))).toEqual([
      'accepted',
      'accepted',
      'rate-limited',
      'rate-limited',
    ])
    await test.during(engine.stop())
  })

  it('refuses at once, and does not let wait for room what has no token', async () => {
    const test = engineOn({
      queue: { capacity: 10, highWater: 1 },
      rateLimits: { sources: { feed: { ratePerSecond: 1, burst: 1 } } },
    })
    const { engine } = test
    await test.start()
    engine.pause()
    expect(fates([await engine.publish(from('feed'))])).toEqual(['accepted'])
    expect(fates([await engine.publish(from('feed'))])).toEqual(['rate-limited'])
    expect(engine.ledger().events).toMatchObject({ published: 2, refused: 1, queued: 1 })
    await test.during(engine.stop({ drain: false }))
  })

  it('is not moved by a wall clock that is set', async () => {
    const test = engineOn({ rateLimits: { sources: { feed: { ratePerSecond: 1, burst: 1 } } } })
    await test.start()
    const offer = (): string[] => fates([test.engine.offer(from('feed'))])
    expect(offer()).toEqual(['accepted'])
    test.environment.jump(3_600_000)
    expect(offer()).toEqual(['rate-limited'])
    test.environment.jump(-7_200_000)
    await test.run(1_000)
    expect(offer()).toEqual(['accepted'])
    await test.during(test.engine.stop())
  })

  it('over a recording follows the time of the data, so that two runs are one', async () => {
    const run = async () => {
      const events = Array.from({ length: 100 }, (_, index) =>
        trade({ id: `t${index}`, symbol: 'AAPL', price: 1, size: 1, timestamp: 1_000_000 + index * 100 }),
      )
      await using engine = createEngine({
        environment: createDataEnvironment(),
        feeds: [memoryFeed('tape', events)],
        rateLimits: { sources: { '*': { ratePerSecond: 5, burst: 1 } } },
      })
      await engine.start()
      await engine.finished()
      return { ...engine.ledger().events, digest: engine.digest() }
    }
    const first = await run()
    expect(first).toMatchObject({ accepted: 50, refused: 50 })
    expect(await run()).toEqual(first)
  })
})

describe('a rate limit of a strategy', () => {
  it('is on its own events and its signals together, and tells it by the receipt', async () => {
    const receipts: Receipt[] = []
    const test = engineOn({
      rateLimits: { strategies: { chatty: { ratePerSecond: 1, burst: 3 } } },
      strategies: [
        {
          name: 'chatty',
          subscribe: { types: ['trade'], symbols: ['AAPL'] },
          onEvent: (cause, { publish }) => {
            for (let index = 0; index < 2; index += 1) {
              // It cannot get around its limit by another source.
              receipts.push(publish(trade({ source: 'disguise', symbol: 'MSFT', price: 1, size: 1 })))
            }
            return [1, 2].map(() => signal({ symbol: 'AAPL', side: 'buy' as const, strength: 1, cause }))
          },
        },
        {
          name: 'calm',
          subscribe: { types: ['trade'], symbols: ['AAPL'] },
          onEvent: (cause) => signal({ symbol: 'AAPL', side: 'sell', strength: 1, cause }),
        },
      ],
    })
    const { engine } = test
    await test.start()
    engine.offer(from('host'))
    await test.during(engine.drain())
    expect(fates(receipts)).toEqual(['accepted', 'accepted'])
    expect(engine.ledger().derived).toMatchObject({ published: 5, accepted: 4, refused: 1 })
    expect(engine.stats.get().rateLimited.strategies).toEqual({
      total: 1,
      byName: { chatty: 1 },
      other: 0,
      forgotten: 0,
    })
    // It would be as many faults as signals.
    expect(test.faults).toEqual([])
    expectQuiet(test)
    await test.during(engine.stop())
  })
})

describe('RateLimiter', () => {
  it('gives each unnamed one a bucket of its own under `*`, in bounded memory, with exact totals', () => {
    const environment = new VirtualEnvironment()
    const limiter = new RateLimiter(environment, { '*': { ratePerSecond: 1, burst: 1 } })
    let refused = 0
    for (let name = 0; name < 50_000; name += 1) {
      const source = `source-${name}`
      for (let turn = 0; turn < 2; turn += 1) {
        const bucket = limiter.bucketOf(source)
        if (bucket === undefined) throw new Error('It has no bucket.')
        if (limiter.admits(bucket, source, 0)) bucket.take()
        else refused += 1
      }
    }
    expect(refused).toBe(50_000)
    expect(limiter.refused.size).toBeLessThanOrEqual(100)
    expect(limiter.refused.totals().refused).toBe(50_000)
    // It is still remembered, so it has no token yet.
    const last = limiter.bucketOf('source-49999')
    expect(last !== undefined && limiter.admits(last, 'source-49999', 0)).toBe(false)
  })

  it('counts the buckets that it forgets, and none that is asked for again before', () => {
    const limiter = new RateLimiter(new VirtualEnvironment(), { '*': { ratePerSecond: 1, burst: 1 } })
    const ask = (from: number, to: number): void => {
      for (let name = from; name < to; name += 1) limiter.bucketOf(`source-${name}`)
    }
    const generation = 4_096
    ask(0, 2 * generation)
    expect(limiter.forgotten).toBe(0)
    // The first one is asked for again just as the generation that it belongs to gives way: it alone is kept.
    ask(0, 1)
    expect(limiter.forgotten).toBe(generation - 1)
    ask(2 * generation, 3 * generation)
    expect(limiter.forgotten).toBe(2 * generation - 1)
  })

  it('tells a host of them, of sources and strategies apart', () => {
    const engine = createEngine({
      rateLimits: { sources: { '*': { ratePerSecond: 1 } }, strategies: { '*': { ratePerSecond: 1 } } },
    })
    const { sourceLimits } = portOf(engine).plane
    for (let name = 0; name <= 2 * 4_096; name += 1) sourceLimits?.bucketOf(`source-${name}`)
    const { sources, strategies } = engine.stats.get().rateLimited
    expect([sources.forgotten, strategies.forgotten]).toEqual([4_096, 0])
  })

  it('cases: forgets the unnamed ones that were idle for the longest, so that what it keeps of sources that are gone is bounded', () => {
    const limiter = new RateLimiter(new VirtualEnvironment(), { '*': { ratePerSecond: 1, burst: 1 } })
    for (let name = 0; name < 20_000; name += 1) limiter.bucketOf(`source-${name}`)?.take()
    const tokensOf = (name: number): number | undefined => limiter.bucketOf(`source-${name}`)?.available(0)
    expect([tokensOf(19_999), tokensOf(0)]).toEqual([0, 1])
  })

  it.each([
    [{ ratePerSecond: 0 }, 'ratePerSecond', 0],
    [{ ratePerSecond: 1, burst: 0 }, 'burst', 0],
    [{ ratePerSecond: Number.NaN }, 'ratePerSecond', Number.NaN],
  ])('refuses %o', (limit, field, value) => {
    expect(() => createEngine({ rateLimits: { sources: { feed: limit } } })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: `rateLimits.sources.feed.${field}`, value }),
    )
  })
})
