import { describe, expect, it } from 'vitest'
import { news, orderCancelled, signal, trade, tradingStatus } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, numberOf } from '../engine/support.js'
import { answering, buy, collector, offerAll } from './halt-support.js'

describe('a halt of one symbol', () => {
  it('skips the deliveries of its events alone, counted, until it is reset', async () => {
    const seen: string[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'all',
          subscribe: { types: ['trade'] },
          onEvent: (event) => void seen.push(`${event.symbol} ${numberOf(event)}`),
        },
        { name: 'aapl', subscribe: { types: ['trade'], symbols: ['AAPL'] }, onEvents: () => {} },
      ],
    })
    const { engine } = test
    await test.start()
    engine.halt({ symbol: 'AAPL', reason: 'news pending' })
    expect(engine.state).toBe('running.flowing')
    offerAll(test, 2, 'AAPL')
    offerAll(test, 2, 'MSFT')
    await test.during(engine.drain())
    expect(seen).toEqual(['MSFT 0', 'MSFT 1'])
    expect(engine.ledger()).toMatchObject({
      events: { accepted: 4, settled: 4 },
      deliveries: { due: 6, succeeded: 2, skipped: 4 },
    })
    engine.reset({ symbol: 'AAPL' })
    offerAll(test, 1, 'AAPL', 9)
    await test.during(engine.drain())
    expect(seen).toEqual(['MSFT 0', 'MSFT 1', 'AAPL 9'])
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('lets through news that concern another symbol as well, orders, risk and the trading status', async () => {
    const seen: string[] = []
    const test = engineOn({
      strategies: [{ name: 'all', onEvent: ({ type, symbols }) => void seen.push(`${type} ${symbols.join()}`) }],
    })
    const { engine } = test
    await test.start()
    engine.halt({ symbol: 'AAPL', reason: 'x' })
    const receipts = [
      engine.offer(news({ symbols: ['AAPL'], headline: 'only it' })),
      engine.offer(news({ symbols: ['AAPL', 'MSFT'], headline: 'both' })),
      engine.offer(news({ headline: 'neither' })),
      engine.offer(orderCancelled({ symbol: 'AAPL', orderId: 'o-1' } as never)),
      engine.offer(tradingStatus({ symbol: 'AAPL', status: 'halted' } as never)),
    ]
    expect(receipts.map(({ status }) => status)).toEqual(Array(5).fill('accepted'))
    await test.during(engine.drain())
    expect(seen.sort()).toEqual(['news ', 'news AAPL,MSFT', 'order.cancelled AAPL', 'trading.status AAPL'])
    expect(engine.ledger().deliveries).toMatchObject({ due: 5, succeeded: 4, skipped: 1 })
    await test.during(engine.stop())
  })

  it('is heeded in the middle of a chunk and in the backlog of a slow strategy', async () => {
    const answer = deferred()
    const calls: string[] = []
    const test = engineOn({
      chunk: { maxEvents: 3 },
      lateAfterMs: 10,
      strategies: [
        {
          name: 'slow',
          onEvent: (event) => {
            calls.push(`${event.symbol} ${numberOf(event)}`)
            return calls.length === 1 ? answer.promise : undefined
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    for (let index = 0; index < 3; index += 1) {
      offerAll(test, 1, 'AAPL', index)
      offerAll(test, 1, 'MSFT', index)
    }
    await test.run(50)
    engine.halt({ symbol: 'AAPL', reason: 'x' })
    answer.resolve()
    await test.during(engine.drain(), 1_000)
    expect(calls).toEqual(['AAPL 0', 'MSFT 0', 'MSFT 1', 'MSFT 2'])
    expect(engine.ledger().deliveries).toMatchObject({ due: 6, succeeded: 4, skipped: 2 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('withholds signals about it, whatever they answer, and no others', async () => {
    const { got, sink } = collector()
    const test = engineOn({
      sinks: [sink],
      strategies: [
        {
          name: 'pairs',
          subscribe: { types: ['trade'] },
          onEvent: (event) => [
            buy(event, 'AAPL'),
            buy(event, 'MSFT'),
            signal({ symbols: ['IBM', 'AAPL'], side: 'buy', strength: 1, cause: event }),
          ],
        },
      ],
    })
    await test.start()
    test.engine.halt({ symbol: 'AAPL', reason: 'x' })
    offerAll(test, 1, 'MSFT')
    await test.during(test.engine.drain())
    expect(got.map(({ symbol }) => symbol)).toEqual(['MSFT'])
    expect(test.engine.stats.get().signalsWithheld).toBe(2)
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('does not take a withheld signal for seen: after the reset the same answer goes out', async () => {
    const { got, sink } = collector()
    let fail = true
    const test = engineOn({
      sinks: [sink],
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvent: (event, { publish }) => {
            publish(signal({ id: 'the-signal', symbol: 'AAPL', side: 'buy', strength: 1, cause: event }))
            if (fail) throw new Error('after it had published')
          },
        },
      ],
    })
    await test.start()
    // The halted one is an instrument that the trade does not name.
    test.engine.halt({ symbol: 'AAPL', reason: 'x' })
    offerAll(test, 1, 'MSFT')
    await test.during(test.engine.drain())
    expect(got).toEqual([])
    test.engine.reset({ symbol: 'AAPL' })
    fail = false
    await test.during(test.engine.deadLetters.redrive())
    await test.during(test.engine.drain())
    expect(got.map(({ id }) => id)).toEqual(['the-signal'])
    await test.during(test.engine.stop())
  })

  it('does not let 100,000 symbols in: what is held is bounded', () => {
    const { engine } = engineOn()
    for (let index = 0; index < 65_536; index += 1) engine.halt({ symbol: `S${index}`, reason: 'x' })
    expect(() => engine.halt({ symbol: 'ONE-MORE', reason: 'x' })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_ENGINE_STATE' }),
    )
    engine.halt({ symbol: 'S1', reason: 'halted already' })
    engine.halt('the whole engine can be halted in any case')
    expect(engine.halts()).toHaveLength(65_537)
  })
})

describe('a sink and a halt', () => {
  it('withheld signals go to a sink that asks for them, marked', async () => {
    const plain = collector('plain')
    const curious = collector('curious', { halted: true })
    const test = engineOn({ sinks: [plain.sink, curious.sink], strategies: [answering()] })
    await test.start()
    // The trade is let through, as it concerns two; the signal is about one of them.
    test.engine.halt({ symbol: 'AAPL', reason: 'x' })
    test.engine.offer(trade({ symbol: 'AAPL', symbols: ['AAPL', 'MSFT'], price: 1, size: 1 }))
    test.engine.offer(trade({ symbol: 'MSFT', price: 1, size: 1 }))
    await test.during(test.engine.drain())
    expect(plain.got.map(({ symbol, halted }) => [symbol, halted])).toEqual([['MSFT', false]])
    expect(curious.got.map(({ symbol, halted }) => [symbol, halted])).toEqual([
      ['AAPL', true],
      ['MSFT', false],
    ])
    const report = await test.during(test.engine.stop())
    expect(report.sinks).toMatchObject({
      plain: { offered: 2, written: 1, withheld: 1 },
      curious: { offered: 2, written: 2, withheld: 0 },
    })
  })

  it('signals that wait to be written, or to be tried again, are taken back', async () => {
    const first = deferred()
    const writes: string[][] = []
    const test = engineOn({
      strategies: [answering()],
      sinks: [
        {
          name: 'slow',
          write: (signals) => {
            writes.push(signals.map(({ symbol }) => String(symbol)))
            return writes.length === 1 ? first.promise : undefined
          },
        },
      ],
    })
    await test.start()
    offerAll(test, 1, 'AAPL')
    await test.run()
    offerAll(test, 1, 'MSFT')
    offerAll(test, 2, 'AAPL', 5)
    await test.run()
    expect(writes).toEqual([['AAPL']])
    test.engine.halt({ symbol: 'AAPL', reason: 'x' })
    // The write under way fails, and what it carried is not written again.
    first.reject(new Error('not now'))
    await test.run(60_000)
    expect(writes).toEqual([['AAPL'], ['MSFT']])
    const report = await test.during(test.engine.stop())
    expect(report.sinks.slow).toMatchObject({ offered: 4, written: 1, withheld: 3, failed: 0, dropped: 0 })
    await expectNothingLeft(test)
  })
})
