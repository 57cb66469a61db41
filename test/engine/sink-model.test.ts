import fc from 'fast-check'
import { expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import { type SignalEvent, type Sink, type StrategyDefinition, signal } from '../../src/index.js'
import { engineOn, expectNothingLeft, numberOf, trades } from './support.js'

const answering: StrategyDefinition = {
  name: 'answers',
  subscribe: { types: ['trade'] },
  onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, reason: String(numberOf(cause)), cause }),
}

const planArbitrary = fc.record({
  writeMs: fc.constantFrom(0, 0, 3, 40),
  /** Whether a failed write tells at once, or after its time. */
  throws: fc.boolean(),
  breaker: fc.constantFrom<Sink['breaker']>(
    undefined,
    false,
    { minimumCalls: 1, openTime: 50 },
    { minimumCalls: 3, openTime: 1_000 },
  ),
})

const operation = fc.record({
  kind: fc.constantFrom(
    'offer',
    'offer',
    'offer',
    'down',
    'up',
    'isolate',
    'reset',
    'pause',
    'resume',
    'halt',
    'unhalt',
  ),
  whom: fc.nat(1),
  count: fc.integer({ min: 1, max: 5 }),
  afterMs: fc.constantFrom(0, 0, 1, 20, 300, 3_000),
})

it('sinks write every signal once and in order, or count what became of it, whatever happens to them', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(planArbitrary, planArbitrary),
      fc.array(operation, { minLength: 1, maxLength: 15 }),
      async (plans, operations) => {
        const made = plans.map(({ writeMs, throws, breaker }, index) => {
          const state = { down: false, written: [] as number[], busy: false }
          const sink: Sink = {
            name: `sink${index}`,
            ...(breaker === undefined ? {} : { breaker }),
            async write(signals: readonly SignalEvent[]) {
              expect(state.busy).toBe(false)
              if (state.down && throws) throw new Error('down')
              state.busy = true
              if (writeMs > 0)
                await new Promise<void>((resolve) => void test.environment.setTimeout(() => resolve(), writeMs))
              state.busy = false
              if (state.down) throw new Error('down')
              state.written.push(...signals.map(({ payload }) => Number(payload.reason)))
            },
          }
          return { state, sink }
        })
        const test = engineOn({ strategies: [answering], sinks: made.map(({ sink }) => sink) })
        const { engine } = test
        await test.start()
        const breakerOf = (whom: number) =>
          plans[whom]?.breaker === false ? undefined : engine.breaker(`sink:sink${whom}`)
        let offered = 0
        for (const { kind, whom, count, afterMs } of operations) {
          const { state } = made[whom] as (typeof made)[number]
          if (kind === 'offer') {
            for (const draft of trades(count, 'AAPL', offered)) engine.offer(draft)
            offered += count
          } else if (kind === 'down' || kind === 'up') state.down = kind === 'down'
          else if (kind === 'isolate') breakerOf(whom)?.isolate()
          else if (kind === 'reset') breakerOf(whom)?.reset()
          else if (kind === 'pause') engine.pause()
          else if (kind === 'resume') engine.resume()
          else if (kind === 'halt') engine.halt({ symbol: 'AAPL', reason: 'model' })
          else engine.reset({ symbol: 'AAPL' })
          await test.run(afterMs)
        }
        engine.resume()
        engine.reset({ symbol: 'AAPL' })
        for (const { state } of made) state.down = false
        for (const whom of [0, 1]) if (breakerOf(whom)?.state === 'isolated') breakerOf(whom)?.reset()
        await test.run(200_000)
        for (const [whom, { state }] of made.entries()) {
          const outbox = portOf(engine).plane.outboxes[whom]
          const counts = outbox?.counts
          expect(outbox?.unsettled).toBe(0)
          expect(
            (counts?.written ?? 0) + (counts?.failed ?? 0) + (counts?.dropped ?? 0) + (counts?.withheld ?? 0),
          ).toBe(counts?.offered)
          expect(state.written).toHaveLength(counts?.written ?? -1)
          expect(state.written).toEqual([...new Set(state.written)].toSorted((a, b) => a - b))
        }
        await test.during(engine.stop(), 10_000)
        await expectNothingLeft(test)
      },
    ),
    { numRuns: 100, seed: 1 },
  )
})
