import { describe, expect, it } from 'vitest'
import { type Receipt, signal, trade } from '../../src/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { engineOn, expectNothingLeft, expectQuiet, trades, witness } from './support.js'

const status = (receipt: Receipt): string =>
  receipt.status === 'refused' ? `${receipt.status} ${receipt.reason}` : receipt.status

const one = (id?: string) => trade({ symbol: 'AAPL', price: 1, size: 1, ...(id === undefined ? {} : { id }) })

describe('a receipt', () => {
  it('says accepted with the sequence, duplicate, or invalid with path and value', async () => {
    const test = engineOn()
    const { engine } = test
    await test.start()
    expect(await engine.publish(one('a'))).toEqual({ status: 'accepted', id: 'a', sequence: 1 })
    expect(engine.offer(one('a'))).toEqual({ status: 'duplicate', id: 'a' })
    expect(
      await engine.publish({ type: 'trade', id: 'b', symbol: 'AAPL', payload: { price: 'x', size: 1 } }),
    ).toMatchObject({ status: 'invalid', id: 'b', path: expect.stringContaining('price') as string })
    expect(engine.offer({ type: 'no.such.type' }).status).toBe('invalid')
    // An id is taken by what is accepted, never by what was invalid.
    expect(engine.offer(one('b'))).toMatchObject({ status: 'accepted', sequence: 2 })
    expect(engine.ledger().events).toMatchObject({ published: 5, accepted: 2, duplicate: 1, invalid: 2, refused: 0 })
    await test.during(engine.drain())
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('says that the engine does not run, before the start and after the stop', async () => {
    const test = engineOn()
    const { engine } = test
    expect(status(await engine.publish(one()))).toBe('refused not-running')
    expect(status(engine.offer(one()))).toBe('refused not-running')
    await test.start()
    await test.during(engine.stop())
    expect(status(await engine.publish(one()))).toBe('refused not-running')
    expect(engine.ledger().events).toMatchObject({ published: 3, refused: 3 })
    await expectNothingLeft(test)
  })

  it('of a publisher that waited in vain says timeout, and every count is right', async () => {
    const test = engineOn({ queue: { highWater: 2, publishTimeoutMs: 1_000 } })
    const { engine } = test
    await test.start()
    engine.pause()
    const receipts = trades(5).map((draft) => engine.publish(draft))
    await test.run(999)
    expect(engine.ledger().events).toMatchObject({ published: 2, accepted: 2 })
    await test.run(1)
    expect((await Promise.all(receipts)).map(status)).toEqual([
      'accepted',
      'accepted',
      'refused timeout',
      'refused timeout',
      'refused timeout',
    ])
    engine.resume()
    await test.during(engine.drain())
    expect(engine.ledger().events).toMatchObject({ published: 5, accepted: 2, refused: 3, settled: 2 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('cases: of waiting publishers says stopping when the engine stops', async () => {
    const test = engineOn({ queue: { highWater: 1 } })
    const { engine } = test
    await test.start()
    engine.pause()
    const receipts = trades(4).map((draft) => engine.publish(draft))
    await test.run()
    const report = await test.during(engine.stop())
    expect((await Promise.all(receipts)).map(status)).toEqual([
      'accepted',
      'refused stopping',
      'refused stopping',
      'refused stopping',
    ])
    expect(report.ledger.events).toMatchObject({ published: 4, accepted: 1, settled: 1, refused: 3 })
    expect(report.clean).toBe(true)
    await expectNothingLeft(test)
  })

  it('says stopping while the engine drains', async () => {
    const test = engineOn({
      strategies: [
        {
          name: 'publisher',
          onEvent: (_event, { publish }) => {
            // Its engine is draining by then.
            late.push(engine.offer(one()), publish(one()))
          },
        },
      ],
    })
    const late: Receipt[] = []
    const { engine } = test
    await test.start()
    engine.offer(one())
    await test.during(engine.stop())
    expect(late.map(status)).toEqual(['refused stopping', 'refused stopping'])
    expect(engine.ledger().events).toMatchObject({ published: 2, accepted: 1, refused: 1 })
    expect(engine.ledger().derived).toMatchObject({ published: 1, refused: 1 })
    await expectNothingLeft(test)
  })

  it('of a signal of a draining engine is accepted, as it answers what was accepted', async () => {
    const seen: string[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvent: (event) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause: event }),
        },
        { name: 'hears', subscribe: { types: ['signal'] }, onEvent: (event) => void seen.push(event.source) },
      ],
    })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    const report = await test.during(test.engine.stop())
    expect(seen).toEqual(['answers', 'answers', 'answers'])
    expect(report.ledger.derived).toMatchObject({ accepted: 3, settled: 3 })
    expect(report.clean).toBe(true)
    await expectNothingLeft(test)
  })
})

describe('publishAll', () => {
  it('counts every fate, of arrays and of asynchronous sources', async () => {
    const test = engineOn()
    const { engine } = test
    await test.start()
    const mixed = [one('a'), one('a'), { type: 'trade', payload: {} }, one('b')]
    expect(await test.during(engine.publishAll(mixed))).toMatchObject({
      published: 4,
      accepted: 2,
      duplicate: 1,
      invalid: 1,
      refused: 0,
    })
    async function* source() {
      yield* mixed
      yield one('c')
    }
    const summary = await test.during(engine.publishAll(source()))
    expect(summary).toMatchObject({ published: 5, accepted: 1, duplicate: 3, invalid: 1 })
    expect(summary.problems).toHaveLength(4)
    await test.during(engine.drain())
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('waits for room and loses nothing of a burst ten times the capacity (row 3454)', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ queue: { capacity: 100, highWater: 50 }, strategies: [strategy] })
    const { engine } = test
    await test.start()
    const summary = await test.during(engine.publishAll(trades(1_000)))
    expect(summary).toMatchObject({ published: 1_000, accepted: 1_000 })
    await test.during(engine.drain())
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('ends once the engine has stopped, even if its source never does', async () => {
    const test = engineOn({ queue: { highWater: 10 } })
    const { engine } = test
    await test.start()
    engine.pause()
    let made = 0
    function* endless() {
      for (; made < 1_000_000; made += 1) yield one()
    }
    const publishing = engine.publishAll(endless())
    await test.run()
    await test.during(engine.stop())
    const summary = await test.during(publishing)
    expect(made).toBeLessThan(20)
    expect(summary.published).toBe(summary.accepted + summary.refused)
    expect(imbalances(engine.ledger())).toEqual([])
  })

  it('tells every event of an array its fate, even when the engine does not run', async () => {
    const { engine, during } = engineOn()
    expect(await during(engine.publishAll(trades(5)))).toMatchObject({ published: 5, refused: 5 })
  })
})
