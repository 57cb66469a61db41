import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StrategyDefinition } from '../../src/index.js'
import { engineOn, expectNothingLeft, trades } from '../engine/support.js'

const NAMES = ['s0', 's1', 's2', 's3'] as const

/** Hooks take up to so long; a failed strategy waits for as long at most before it is back. Milliseconds. */
const SLOW_MS = 300

const strategyArbitrary = fc.record({
  startMs: fc.constantFrom(0, 0, 40, SLOW_MS),
  stopMs: fc.constantFrom(0, 0, 40, SLOW_MS),
  /** Of three starts of it one fails: the first, the second or none. */
  failsAt: fc.constantFrom(0, 1, 2),
})

const operation = fc.record({
  kind: fc.constantFrom('crash', 'crash', 'crash', 'pause', 'resume', 'restart', 'replace', 'remove', 'add'),
  whom: fc.nat(NAMES.length - 1),
  afterMs: fc.constantFrom(0, 0, 5, 30, 100, 400),
})

const crashOf = (index: number) => ({ type: 'trade', symbol: 'AAPL', payload: { price: 1, size: index + 100 } })

describe('a group of strategies, whatever happens to its members and however long their hooks take,', () => {
  it.each(['one-for-one', 'rest-for-one', 'one-for-all'] as const)(
    'has all of them back once nothing fails any more (%s)',
    async (supervision) => {
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(...NAMES.map(() => strategyArbitrary)),
          fc.constantFrom(5, 50, SLOW_MS),
          fc.array(operation, { minLength: 1, maxLength: 12 }),
          async (plans, backoffMs, operations) => {
            let healed = false
            const make = (index: number): StrategyDefinition => {
              const { startMs, stopMs, failsAt } = plans[index] as (typeof plans)[number]
              const wait = (ms: number): Promise<void> | undefined =>
                ms === 0 ? undefined : new Promise((resolve) => void test.environment.setTimeout(() => resolve(), ms))
              let starts = 0
              return {
                name: NAMES[index] as string,
                breaker: { disabled: true },
                onStart: () => {
                  const begin = (): void => {
                    starts += 1
                    if (!healed && failsAt > 0 && starts % 3 === failsAt) throw new Error('not yet')
                  }
                  // Without a wait there is no promise either, so that what several say comes at the same time.
                  const waited = wait(startMs)
                  return waited === undefined ? begin() : waited.then(begin)
                },
                onStop: () => wait(stopMs),
                onEvent: ({ payload }) => {
                  if ((payload as { size: number }).size === index + 100) throw new Error('crash')
                },
              }
            }
            const test = engineOn({
              supervision,
              restart: { type: 'permanent', afterFailures: 1, maxRestarts: 1_000, backoffMs, maxBackoffMs: backoffMs },
              strategies: NAMES.map((_, index) => make(index)),
            })
            const { engine } = test
            await test.during(engine.start(), 10_000)
            const ignore = (promise: Promise<unknown>): void => void promise.catch(() => {})
            const there = (name: string): boolean => engine.strategies.list().some((each) => each.name === name)
            for (const { kind, whom, afterMs } of operations) {
              const name = NAMES[whom] as string
              if (kind === 'crash') engine.offer(crashOf(whom))
              else if (kind === 'add') {
                if (!there(name)) ignore(engine.strategies.add(make(whom)))
              } else if (there(name)) {
                if (kind === 'pause') engine.strategies.pause(name)
                else if (kind === 'resume') engine.strategies.resume(name)
                else if (kind === 'restart') ignore(engine.strategies.restart(name))
                else if (kind === 'replace') ignore(engine.strategies.replace(make(whom)))
                else ignore(engine.strategies.remove(name))
              }
              await test.run(afterMs)
            }
            healed = true
            await test.run(60_000)
            for (const { name } of engine.strategies.list()) engine.strategies.resume(name)
            for (const { name, state } of engine.strategies.list()) {
              if (state === 'faulted') ignore(engine.strategies.restart(name))
            }
            await test.run(60_000)
            expect(engine.strategies.list().filter(({ state }) => state !== 'ready')).toEqual([])
            engine.offer(trades(1)[0] as never)
            await test.during(engine.drain(), 10_000)
            expect(engine.ledger().deliveries.inFlight).toBe(0)
            await test.during(engine.stop(), 10_000)
            await expectNothingLeft(test)
          },
        ),
        { numRuns: 100, seed: 1 },
      )
    },
    120_000,
  )
})
