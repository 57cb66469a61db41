import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent, signal, trade } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, trades, witness } from '../engine/support.js'

const tick = defineEvent({ type: 'desk.tick', ttlMs: 100, payload: z.object({ n: z.number() }) })
const memo = defineEvent({ type: 'desk.memo', payload: z.object({ n: z.number() }) })

/** A strategy that remembers types and numbers. */
function listener() {
  const seen: string[] = []
  return {
    seen,
    strategy: {
      name: 'desk',
      subscribe: { types: ['desk.*'] },
      onEvent: (event: { readonly type: string; readonly payload: unknown }) => {
        seen.push(`${event.type} ${(event.payload as { n: number }).n}`)
      },
    },
  }
}

describe('an event with a time to live', () => {
  it('expires if it has waited for longer when it is leased, counted, and is never delivered', async () => {
    const { seen, strategy } = listener()
    const test = engineOn({ strategies: [strategy] })
    const { engine } = test
    await test.start()
    engine.pause()
    for (let n = 0; n < 5; n += 1) engine.offer(tick({ n }))
    for (let n = 0; n < 5; n += 1) engine.offer(memo({ n }))
    await test.run(101)
    engine.offer(tick({ n: 5 }))
    engine.resume()
    await test.during(engine.drain())
    expect(seen).toEqual(['desk.memo 0', 'desk.memo 1', 'desk.memo 2', 'desk.memo 3', 'desk.memo 4', 'desk.tick 5'])
    expect(engine.ledger().events).toMatchObject({ accepted: 11, settled: 6, expired: 5 })
    // By default an expired event is counted and no dead letter.
    expect(engine.deadLetters.count()).toBe(0)
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('lives for its whole time: at the limit it is still delivered', async () => {
    const { seen, strategy } = listener()
    const test = engineOn({ strategies: [strategy] })
    await test.start()
    test.engine.pause()
    test.engine.offer(tick({ n: 1 }))
    await test.run(100)
    test.engine.resume()
    await test.during(test.engine.drain())
    expect(seen).toEqual(['desk.tick 1'])
    await test.during(test.engine.stop())
  })

  it("takes no chunk's place: the lease goes on behind it", async () => {
    const chunks: number[] = []
    const test = engineOn({
      chunk: { maxEvents: 4 },
      strategies: [
        { name: 'desk', subscribe: { types: ['desk.*'] }, onEvents: (events) => void chunks.push(events.length) },
      ],
    })
    const { engine } = test
    await test.start()
    engine.pause()
    for (let n = 0; n < 8; n += 1) {
      engine.offer(tick({ n }))
      engine.offer(memo({ n }))
    }
    await test.run(500)
    engine.resume()
    await test.during(engine.drain())
    expect(chunks).toEqual([4, 4])
    expect(engine.ledger().events).toMatchObject({ accepted: 16, settled: 8, expired: 8 })
    await test.during(engine.stop())
  })

  it('lets the less urgent lanes have their turn in the same lease when a whole lane has expired', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ ttlMs: { 'desk.tick': 10 }, lanes: { 'desk.tick': 'high' }, strategies: [strategy] })
    const { engine } = test
    await test.start()
    engine.pause()
    for (let n = 0; n < 20; n += 1) engine.offer(tick({ n }))
    for (const draft of trades(3)) engine.offer(draft)
    await test.run(50)
    engine.resume()
    await test.during(engine.drain())
    expect(seen).toEqual([0, 1, 2])
    expect(engine.ledger().events).toMatchObject({ settled: 3, expired: 20 })
    await test.during(engine.stop())
  })

  it('ends a drain when nothing but expired events is left, however many, and wakes who waits for room', async () => {
    const test = engineOn({ queue: { capacity: 20_000, highWater: 10_000 } })
    const { engine } = test
    await test.start()
    engine.pause()
    for (let n = 0; n < 10_000; n += 1) engine.offer(tick({ n }))
    const waiting = engine.publish(memo({ n: 1 }))
    await test.run(200)
    engine.resume()
    await test.during(engine.drain())
    expect((await waiting).status).toBe('accepted')
    await test.during(engine.drain())
    expect(engine.ledger().events).toMatchObject({ accepted: 10_001, settled: 1, expired: 10_000 })
    expectQuiet(test)
    const report = await test.during(engine.stop())
    expect(report.clean).toBe(true)
    await expectNothingLeft(test)
  })

  it('is given one by the option, by type before pattern and pattern before definition; Infinity takes it away', async () => {
    const { seen, strategy } = listener()
    const quotes = witness()
    const test = engineOn({
      ttlMs: { 'desk.*': 1_000, 'desk.memo': 50, trade: Number.POSITIVE_INFINITY },
      strategies: [strategy, quotes.strategy],
    })
    const { engine } = test
    await test.start()
    engine.pause()
    engine.offer(tick({ n: 1 }))
    engine.offer(memo({ n: 1 }))
    for (const draft of trades(2)) engine.offer(draft)
    await test.run(500)
    engine.resume()
    await test.during(engine.drain())
    expect(seen).toEqual(['desk.tick 1'])
    expect(quotes.seen).toEqual([0, 1])
    await test.during(engine.stop())
  })

  it('becomes a dead letter of reason expired where the option says so', async () => {
    const test = engineOn({ deadLetters: { keep: ['expired'] } })
    const { engine } = test
    const told: string[] = []
    engine.on('deadLetter', ({ reason }) => told.push(reason))
    await test.start()
    engine.pause()
    engine.offer(tick({ n: 7 }))
    await test.run(101)
    engine.resume()
    await test.during(engine.drain())
    expect(engine.deadLetters.list({ reason: 'expired' })).toMatchObject([{ strategy: undefined, attempts: 0 }])
    expect(told).toEqual(['expired'])
    expect(engine.ledger()).toMatchObject({ events: { expired: 1 }, deadLetters: { entered: 1, held: 1 } })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('is counted among what strategies published where one did', async () => {
    const test = engineOn({
      ttlMs: { signal: 10 },
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvent: (cause) => {
            // Paused, so that the signal has to wait.
            test.engine.pause()
            return signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause })
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.run(100)
    test.engine.resume()
    await test.during(test.engine.drain())
    expect(test.engine.ledger()).toMatchObject({
      events: { expired: 0, settled: 1 },
      derived: { expired: 1, settled: 0 },
    })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })

  it('is not expired by a wall clock that goes back', async () => {
    const { seen, strategy } = listener()
    const test = engineOn({ strategies: [strategy] })
    await test.start()
    test.engine.pause()
    test.engine.offer(tick({ n: 1 }))
    test.environment.jump(-3_600_000)
    await test.run(50)
    test.engine.resume()
    await test.during(test.engine.drain())
    expect(seen).toEqual(['desk.tick 1'])
    await test.during(test.engine.stop())
  })
})

describe('a time to live that cannot be', () => {
  it.each([0, -1, Number.NaN, '1s'])('such as %s is refused by the definition and by the option', (ttlMs) => {
    const refusal = expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: expect.stringContaining('ttlMs') })
    expect(() => defineEvent({ type: 'x', ttlMs: ttlMs as number, payload: z.object({}) })).toThrow(refusal)
    expect(() => engineOn({ ttlMs: { trade: ttlMs as number } })).toThrow(refusal)
  })

  it('for a pattern that is none is refused', () => {
    expect(() => engineOn({ ttlMs: { 'Not A Type': 5 } })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'ttlMs.Not A Type' }),
    )
  })
})
