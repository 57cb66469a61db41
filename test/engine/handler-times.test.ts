import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import type { EngineOptions } from '../../actors/options.js'
import { createEngine, createSystemEnvironment, memoryFeed, type StrategyDefinition, trade } from '../../src/index.js'
import { engineOn, expectQuiet, numberOf, type TestEngine, trades } from './support.js'

const engineWith = (make: (test: () => TestEngine) => Partial<StrategyDefinition>, options: EngineOptions = {}) => {
  const test: TestEngine = engineOn({
    dedupe: { window: 0 },
    strategies: [{ name: 's', subscribe: { types: ['trade'] }, ...make(() => test) }],
    ...options,
  })
  return test
}

const later = (test: TestEngine, ms: number): Promise<void> =>
  new Promise((resolve) => test.environment.setTimeout(() => resolve(), ms))

/** As one chunk. */
const publish = async (test: TestEngine, count: number): Promise<void> => {
  for (const draft of trades(count)) test.engine.offer(draft)
  await test.during(test.engine.drain(), 1_000)
}

/** Calls that were timed, and their milliseconds together. */
const timesOf = ({ engine }: Pick<TestEngine, 'engine'>) => {
  const { count, sum } = portOf(engine).plane.handlerTimes
  return [count, Math.round(sum * 1_000) / 1_000]
}

describe('the times of handlers (row monitoring)', () => {
  it.each<[string, (own: () => TestEngine) => Partial<StrategyDefinition>, number, number]>([
    ['onEvents with its chunk', (own) => ({ onEvents: () => own().environment.advance(20) }), 1, 20],
    ['onEvent with all of its chunk', (own) => ({ onEvent: () => own().environment.advance(2) }), 1, 8],
    [
      'onEvent whose events its breaker times',
      (own) => ({ onEvent: () => own().environment.advance(2), breaker: { slowCallMs: 100 } }),
      1,
      8,
    ],
    ['a promise of onEvents, until it settles', (own) => ({ onEvents: () => later(own(), 30) }), 1, 30],
    ['a promise of onEvent, one by one', (own) => ({ onEvent: () => later(own(), 30) }), 4, 120],
    [
      'what fails, each attempt of it',
      (own) => ({
        retry: { attempts: 2 },
        onEvents: (events) => {
          own().environment.advance(10)
          if (events.some((event) => numberOf(event) === 0)) throw new Error('poison')
        },
      }),
      // All four, the first two, the first three times; then the second, and the other two.
      7,
      70,
    ],
  ])('are those of %s', async (_, make, count, sum) => {
    const test = engineWith(make)
    await test.start()
    await publish(test, 4)
    expect(timesOf(test)).toEqual([count, sum])
    expect(test.engine.strategies.list()[0]?.counts.handlerMs).toBeCloseTo(sum)
    expectQuiet(test)
    await test.during(test.engine.stop(), 100)
  })

  it('leave out what a handler waits for its slot', async () => {
    const strategy = (name: string): StrategyDefinition => ({ name, onEvents: async () => later(test, 30) })
    const test: TestEngine = engineWith(() => ({}), { concurrency: 1, strategies: ['a', 'b', 'c'].map(strategy) })
    await test.start()
    await publish(test, 1)
    expect(timesOf(test)).toEqual([3, 90])
    await test.during(test.engine.stop(), 100)
  })

  it('are the timeout where there is no answer, and nothing more when that comes after all', async () => {
    const test = engineWith((own) => ({ timeoutMs: 50, onEvents: () => later(own(), 80) }))
    await test.start()
    await publish(test, 1)
    await test.run(100)
    expect(test.engine.strategies.list()[0]?.counts).toMatchObject({ timedOut: 1, lateAnswers: 1 })
    expect(timesOf(test)).toEqual([1, 50])
    await test.during(test.engine.stop(), 100)
  })

  it('are of the machine’s clock over recordings, where the data’s stands still', async () => {
    const { monotonic } = createSystemEnvironment()
    const block = (ms: number): void => {
      const until = monotonic() + ms
      while (monotonic() < until);
    }
    const engine = createEngine({
      strategies: [{ name: 's', onEvents: () => block(3) }],
      feeds: [memoryFeed('tape', [trade({ symbol: 'AAPL', price: 1, size: 1, timestamp: 1_000 })])],
    })
    await engine.start()
    await engine.finished()
    const [count, sum = 0] = timesOf({ engine })
    expect(count).toBe(1)
    expect(sum).toBeGreaterThanOrEqual(3)
    await engine.stop()
  })

  // As many as where only breakers and what is late are timed, or fewer.
  it.each<[string, Partial<StrategyDefinition>, number]>([
    ['onEvents', { onEvents: () => {} }, 8],
    ['onEvent', { onEvent: () => {} }, 8],
    ['a promise', { onEvents: async () => {} }, 12],
  ])('cost a chunk that %s handles no more looks at the clock, however many events it has', async (_, form, most) => {
    const test = engineWith(() => form)
    const { engine, environment } = test
    await test.start()
    const monotonic = environment.monotonic.bind(environment)
    const readsOf = async (count: number): Promise<number> => {
      engine.pause()
      for (const draft of trades(count)) engine.offer(draft)
      let reads = 0
      environment.monotonic = () => {
        reads += 1
        return monotonic()
      }
      engine.resume()
      await test.during(engine.drain(), 10)
      environment.monotonic = monotonic
      return reads
    }
    // The first call of a strategy tells whether it awaits.
    await readsOf(1)
    expect(await readsOf(8)).toBeLessThanOrEqual(most)
    expect(await readsOf(200)).toBeLessThanOrEqual(most)
    await test.during(engine.stop(), 100)
  })
})
