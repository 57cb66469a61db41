import { describe, expect, it } from 'vitest'
import { createEngine, defineStrategy, news, OutcryError, type OutcryEvent, signal, trade } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, trades } from './support.js'

const read = async (events: AsyncIterable<OutcryEvent>): Promise<OutcryEvent[]> => {
  const all: OutcryEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('engine.history', () => {
  it('is off unless it is asked for, and says so', async () => {
    const engine = createEngine()
    expect(engine.history.stats()).toBeUndefined()
    expect(() => engine.history.query()).toThrow(/option history/)
    expect(() => createEngine({ history: { maxCount: 0 } })).toThrow(OutcryError)
    expect(() => createEngine({ history: { maxAge: 5 } as object })).toThrow(/history/)
  })

  it('has every accepted event, signals too, as handlers saw it', async () => {
    const seen: OutcryEvent[] = []
    const buyer = defineStrategy({
      name: 'buyer',
      subscribe: { types: ['trade', 'news'] },
      onEvent(event) {
        seen.push(event)
        if (event.type === 'trade') return signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause: event })
      },
    })
    const e = engineOn({ strategies: [buyer], history: true })
    await e.start()
    for (const draft of trades(3)) e.engine.offer(draft)
    e.engine.offer(news({ symbols: ['AAPL', 'MSFT'], headline: 'both' }))
    e.engine.offer({ type: 'trade', payload: 'nonsense' })
    await e.during(e.engine.drain())
    const all = await e.during(read(e.engine.history.query()))
    expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(all.filter(({ type }) => type !== 'signal')).toEqual(seen)
    expect((await e.during(read(e.engine.history.query({ types: ['signal'], last: 1 })))).map(({ id }) => id)).toEqual([
      `buyer/0@${seen[2]?.id}`,
    ])
    expect(await e.during(read(e.engine.history.query({ symbols: ['MSFT'] })))).toEqual([seen[3]])
    await e.during(e.engine.stop())
    // It can still be asked when the engine has stopped.
    expect(e.engine.history.stats()).toMatchObject({ events: 7 })
    await expectNothingLeft(e)
  })

  it('keeps to its bounds while it runs, and never holds up an event', async () => {
    const e = engineOn({ history: { maxCount: 1_000 } })
    await e.start()
    for (const draft of trades(5_000)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const stats = e.engine.history.stats()
    expect(stats?.events).toBeLessThanOrEqual(1_000)
    expect(stats?.events).toBeGreaterThanOrEqual(875)
    expect(stats?.forgotten.count).toBe(5_000 - (stats?.events ?? 0))
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('can be read by a handler, which is then one more asynchronous handler', async () => {
    const done = deferred<readonly number[]>()
    const e = engineOn({
      history: true,
      strategies: [
        {
          name: 'reader',
          async onEvent(event) {
            if (event.sequence < 20) return
            const before = await read(e.engine.history.query({ toSequence: 5 }))
            done.resolve(before.map(({ sequence }) => sequence))
          },
        },
      ],
    })
    await e.start()
    for (let price = 1; price <= 20; price += 1) e.engine.offer(trade({ symbol: 'A', price, size: 1 }))
    expect(await e.during(done.promise, 10)).toEqual([1, 2, 3, 4, 5])
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })
})
