import { describe, expect, it } from 'vitest'
import { MemoryJournal, news, type Receipt, trade } from '../../src/index.js'
import { deferred, engineOn, expectQuiet, type TestEngine } from './support.js'

const one = (id: string, symbol = 'AAPL', source = 'tape') => trade({ id, symbol, source, price: 1, size: 1 })
const queue = { capacity: 100, highWater: 10, publishTimeoutMs: 60_000 }
const strategies = [{ name: 'witness', onEvents() {} }]

/** How many of each receipt have come. */
function tallied(receipts: readonly Promise<Receipt>[]): Record<string, number> {
  const tally: Record<string, number> = {}
  for (const receipt of receipts) {
    void receipt.then(({ status }) => {
      tally[status] = (tally[status] ?? 0) + 1
    })
  }
  return tally
}

async function ends(test: TestEngine): Promise<void> {
  expectQuiet(test)
  expect((await test.during(test.engine.stop(), 60_000)).publishersReleased).toBe(0)
}

describe('publishers that wait are let in, without a new publish, where those before them', () => {
  it('are duplicates', async () => {
    const test = engineOn({ strategies, queue })
    await test.start()
    await test.during(test.engine.publish(one('repeated')))
    await test.during(test.engine.drain(), 1_000)
    const publish = (id: string) => test.engine.publish(one(id))
    const filling = Array.from({ length: 10 }, (_, index) => publish(`filling:${index}`))
    const repeated = Array.from({ length: 50 }, () => publish('repeated'))
    const fresh = Array.from({ length: 20 }, (_, index) => publish(`fresh:${index}`))
    const tally = tallied([...filling, ...repeated, ...fresh])
    await test.run(100)
    expect(tally).toEqual({ accepted: 30, duplicate: 50 })
    await ends(test)
  })

  it('are over the rate of their source', async () => {
    const rateLimits = { sources: { fast: { ratePerSecond: 1, burst: 15 } } }
    const test = engineOn({ strategies, queue, rateLimits })
    await test.start()
    const publish = (id: string, source: string) => test.engine.publish(one(id, 'AAPL', source))
    const fast = Array.from({ length: 60 }, (_, index) => publish(`fast:${index}`, 'fast'))
    const slow = Array.from({ length: 5 }, (_, index) => publish(`slow:${index}`, 'slow'))
    const tally = tallied([...fast, ...slow])
    await test.run(100)
    expect(tally).toEqual({ accepted: 20, refused: 45 })
    await ends(test)
  })

  it('are refused by a journal that is well again since', async () => {
    class Failing extends MemoryJournal {
      failures = 1
      override async append(...args: Parameters<MemoryJournal['append']>): Promise<void> {
        if ((args[0].events?.length ?? 0) > 0 && this.failures-- > 0) throw new Error('no room on the disk')
        return super.append(...args)
      }
    }
    const test = engineOn({ strategies, queue, journal: new Failing(), journalling: { onFailure: 'refuse' } })
    await test.start()
    const burst = Array.from({ length: 60 }, (_, index) => test.engine.publish(one(`burst:${index}`)))
    const tally = tallied(burst)
    await test.run(30_000)
    expect((tally.accepted ?? 0) + (tally.refused ?? 0)).toBe(60)
    const later = tallied([test.engine.publish(one('later'))])
    await test.run(100)
    expect(later).toEqual({ accepted: 1 })
    await ends(test)
  })

  it('come from many sources with the same news', async () => {
    const items = () => Array.from({ length: 200 }, (_, index) => news({ id: `news:${index}`, headline: `${index}` }))
    const test = engineOn({ strategies, queue })
    await test.start()
    const all = Array.from({ length: 24 }, () => test.engine.publishAll(items()))
    await test.during(Promise.all(all), 5_000)
    const totals = await Promise.all(all)
    expect(totals.reduce((sum, { refused }) => sum + refused, 0)).toBe(0)
    expect(totals.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(200)
    await ends(test)
  })
})

describe('what is queued behind a chunk', () => {
  it('is handed out although the worker of that chunk retires with it', async () => {
    const gates: Record<string, ReturnType<typeof deferred<void>>> = { 'a-1': deferred(), 'b-1': deferred() }
    const handled: string[] = []
    const test = engineOn({
      strategies: ['A', 'B'].map((symbol) => ({
        name: symbol,
        subscribe: { symbols: [symbol] },
        async onEvents(events) {
          await gates[events[0]?.id ?? '']?.promise
          for (const { id } of events) handled.push(id)
        },
      })),
      chunk: { maxEvents: 1 },
      workers: { min: 1, max: 2, scaleUpDepth: 2, scaleDownDepth: 1, intervalMs: 20, cooldownMs: 0 },
      lateAfterMs: 10_000,
    })
    await test.start()
    const publish = (id: string) => void test.engine.publish(one(id, id[0]?.toUpperCase()))
    publish('a-1')
    await test.run(1)
    // Deep enough for a second worker, which takes the first of B.
    for (let index = 2; index <= 9; index += 1) publish(`a-${index}`)
    await test.run(30)
    publish('b-1')
    publish('b-2')
    await test.run(10)
    gates['a-1']?.resolve(undefined)
    await test.run(100)
    expect(test.engine.stats.get().workers).toMatchObject({ spawned: 2 })
    expect(handled).not.toContain('b-1')
    gates['b-1']?.resolve(undefined)
    await test.run(10)
    expect(handled.slice(-2)).toEqual(['b-1', 'b-2'])
    expect(test.engine.stats.get().workers).toMatchObject({ live: 1, retired: 1 })
    await ends(test)
  })
})
