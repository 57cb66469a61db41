import { describe, expect, it } from 'vitest'
import type { StrategyDefinition } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, numberOf, type TestEngine, trades } from './support.js'

const breaker = { slowCallMs: 10, slowCallRate: 0.5, minimumCalls: 4, window: { kind: 'count', size: 4 } } as const

const engineWith = (make: (test: () => TestEngine) => Partial<StrategyDefinition>) => {
  const test: TestEngine = engineOn({
    dedupe: { window: 0 },
    strategies: [{ name: 's', subscribe: { types: ['trade'] }, breaker, ...make(() => test) }],
  })
  return test
}

const later = (test: TestEngine, ms: number): Promise<void> =>
  new Promise((resolve) => test.environment.setTimeout(() => resolve(), ms))

const publish = async (test: TestEngine, count: number, from = 0): Promise<void> => {
  for (const draft of trades(count, 'AAPL', from)) test.engine.offer(draft)
  await test.during(test.engine.drain(), 1_000)
}

const readingOf = (test: TestEngine) => test.engine.breaker('s').reading()

describe('slow calls', () => {
  it('of an onEvent are told apart one by one: two of four open the breaker', async () => {
    const test = engineWith((own) => ({
      // Time that the handler itself takes.
      onEvent: (event) => own().environment.advance(numberOf(event) % 2 === 0 ? 11 : 10),
    }))
    await test.start()
    await publish(test, 3)
    expect(readingOf(test)).toMatchObject({ state: 'closed', counts: { ok: 3, failed: 0, slow: 2 } })
    await publish(test, 1, 3)
    expect(readingOf(test)).toMatchObject({ state: 'open', counts: { ok: 4, failed: 0, slow: 2 } })
    await publish(test, 5, 4)
    expect(test.engine.ledger().deliveries).toMatchObject({ succeeded: 4, skipped: 5 })
    expectQuiet(test)
    await test.during(test.engine.stop(), 100)
    await expectNothingLeft(test)
  })

  it('of an onEvents are all of the chunk that it was called with', async () => {
    const test = engineWith((own) => ({ onEvents: () => own().environment.advance(11) }))
    await test.start()
    await publish(test, 5)
    expect(readingOf(test)).toMatchObject({ state: 'open', counts: { ok: 5, slow: 5 } })
    await test.during(test.engine.stop(), 100)
  })

  it.each([
    ['onEvent', 10, 'closed', 0],
    ['onEvent', 11, 'open', 4],
    ['onEvents', 11, 'open', 4],
  ] as const)('that are awaited: %s with promises of %d ms leaves it %s', async (form, ms, state, slow) => {
    const test = engineWith((own) => ({ [form]: () => later(own(), ms) }))
    await test.start()
    await publish(test, 4)
    expect(readingOf(test)).toMatchObject({ state, counts: { ok: 4, slow } })
    await test.during(test.engine.stop(), 100)
    await expectNothingLeft(test)
  })

  it('that fail are failed and slow, each counted once however often it is bisected or tried', async () => {
    const test = engineWith((own) => ({
      breaker: { ...breaker, failureRate: 1, slowCallRate: 1, minimumCalls: 100, window: { kind: 'count', size: 100 } },
      retry: { attempts: 2 },
      onEvents: (events) => {
        own().environment.advance(20)
        if (events.some((event) => numberOf(event) === 2)) throw new Error('poison')
      },
    }))
    await test.start()
    await publish(test, 4)
    expect(readingOf(test).counts).toMatchObject({ ok: 3, failed: 1, slow: 4 })
    await test.during(test.engine.stop(), 100)
  })

  it('whose error the breaker ignores are in no count', async () => {
    const test = engineWith((own) => ({
      breaker: { ...breaker, ignore: () => true },
      onEvent: () => {
        own().environment.advance(20)
        throw new Error('expected')
      },
    }))
    await test.start()
    await publish(test, 4)
    expect(readingOf(test)).toMatchObject({ state: 'closed', counts: { ok: 0, failed: 0, slow: 0 } })
    await test.during(test.engine.stop(), 100)
  })

  it('that time out are slow as well', async () => {
    const test = engineWith(() => ({ timeoutMs: 50, lateAfterMs: 20, onEvent: () => new Promise<void>(() => {}) }))
    await test.start()
    for (const draft of trades(1)) test.engine.offer(draft)
    await test.run(60)
    expect(readingOf(test).counts).toMatchObject({ failed: 1, slow: 1 })
    await test.during(test.engine.stop({ timeoutMs: 100 }), 200)
  })

  it('among the probes of a half-open breaker open it again', async () => {
    let tookMs = 11
    const test = engineWith((own) => ({
      breaker: { ...breaker, openTime: 1_000, halfOpen: { permits: 1 } },
      onEvents: () => own().environment.advance(tookMs),
    }))
    await test.start()
    await publish(test, 4)
    await test.run(1_100)
    await publish(test, 1, 4)
    expect(readingOf(test)).toMatchObject({ state: 'open', openings: 2 })
    tookMs = 1
    await test.run(1_100)
    await publish(test, 1, 5)
    expect(readingOf(test)).toMatchObject({ state: 'closed' })
    await test.during(test.engine.stop(), 100)
    await expectNothingLeft(test)
  })
})
