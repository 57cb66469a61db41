import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { EngineOptions, StrategyDefinition } from '../../src/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { engineOn, expectNothingLeft, numberOf, trades } from '../engine/support.js'

const NAMES = ['s0', 's1', 's2'] as const

const planArbitrary = fc.record({
  handleMs: fc.constantFrom(0, 0, 3, 60),
  attempts: fc.constantFrom(0, 0, 2),
  transactional: fc.boolean(),
})

const operation = fc.record({
  kind: fc.constantFrom(
    'offer',
    'offer',
    'offer',
    'break',
    'mend',
    'redrive',
    'redrive',
    'redriveSome',
    'discard',
    'discardOne',
    'remove',
    'add',
    'restart',
    'pause',
    'resume',
    'pauseEngine',
    'halt',
  ),
  whom: fc.nat(NAMES.length - 1),
  count: fc.integer({ min: 1, max: 8 }),
  afterMs: fc.constantFrom(0, 0, 1, 20, 200),
})

const optionsArbitrary = fc.record({
  deadLetters: fc.constantFrom<NonNullable<EngineOptions['deadLetters']>>(
    {},
    { maxCount: 3 },
    { redrive: { ratePerSecond: 20 } },
    { maxCount: 5, redrive: { ratePerSecond: 1_000, timeoutMs: 30 } },
  ),
  groupSize: fc.constantFrom(1, 10),
  timeoutMs: fc.constantFrom(50, 5_000),
})

it('dead letters have one fate each, whatever is asked of them meanwhile, and all can be delivered in the end', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(...NAMES.map(() => planArbitrary)),
      optionsArbitrary,
      fc.array(operation, { minLength: 1, maxLength: 20 }),
      async (plans, options, operations) => {
        const broken = new Set<string>()
        const make = (index: number): StrategyDefinition => {
          const name = NAMES[index] as string
          const { handleMs, attempts, transactional } = plans[index] as (typeof plans)[number]
          const handle = (size: number): void => {
            if (broken.has(name) && size % 2 === 1) throw new Error(`${name} fails on ${size}`)
          }
          return {
            name,
            breaker: { disabled: true },
            retry: { attempts },
            ...(transactional ? { transactional, state: () => ({ seen: 0 }) } : {}),
            onEvent:
              handleMs === 0
                ? (event) => handle(numberOf(event))
                : async (event) => {
                    await new Promise<void>((resolve) => void test.environment.setTimeout(() => resolve(), handleMs))
                    handle(numberOf(event))
                  },
          } as StrategyDefinition
        }
        const test = engineOn({ ...options, strategies: NAMES.map((_, index) => make(index)) })
        const { engine } = test
        await test.start()
        const ignore = (promise: Promise<unknown>): void => void promise.catch(() => {})
        const there = (name: string): boolean => engine.strategies.list().some((each) => each.name === name)
        const balanced = (): void => {
          expect(imbalances(engine.ledger())).toEqual([])
          expect(engine.ledger().deadLetters.held).toBe(engine.deadLetters.count())
        }
        let offered = 0
        for (const { kind, whom, count, afterMs } of operations) {
          const name = NAMES[whom] as string
          if (kind === 'offer') {
            for (const draft of trades(count, 'AAPL', offered)) engine.offer(draft)
            offered += count
          } else if (kind === 'break') broken.add(name)
          else if (kind === 'mend') broken.delete(name)
          else if (kind === 'redrive') ignore(engine.deadLetters.redrive())
          else if (kind === 'redriveSome') ignore(engine.deadLetters.redrive({ strategy: name }, { limit: count }))
          else if (kind === 'discard') engine.deadLetters.discard({ strategy: name })
          else if (kind === 'discardOne') engine.deadLetters.discard(engine.deadLetters.list()[0]?.id ?? 'none')
          else if (kind === 'pauseEngine') {
            engine.pause()
            void test.environment.setTimeout(() => engine.resume(), 100)
          } else if (kind === 'halt') {
            engine.halt('model')
            void test.environment.setTimeout(() => engine.reset(), 100)
          } else if (kind === 'add') {
            if (!there(name)) ignore(engine.strategies.add(make(whom)))
          } else if (there(name)) {
            if (kind === 'remove') ignore(engine.strategies.remove(name))
            else if (kind === 'restart') ignore(engine.strategies.restart(name))
            else if (kind === 'pause') engine.strategies.pause(name)
            else engine.strategies.resume(name)
          }
          balanced()
          await test.run(afterMs)
          balanced()
        }
        broken.clear()
        await test.run(1_000)
        for (const [index, name] of NAMES.entries()) {
          if (!there(name)) ignore(engine.strategies.add(make(index)))
          else engine.strategies.resume(name)
        }
        await test.run(60_000)
        const before = engine.ledger().deadLetters
        const again = engine.deadLetters.redrive()
        await test.run(60_000)
        const { redriven } = await test.during(again, 60_000)
        balanced()
        // Slow handlers may still time out: what fails again is a new letter.
        const after = engine.ledger().deadLetters
        expect(redriven).toBe(before.held)
        expect(after.held).toBe(after.entered - before.entered)
        await test.during(engine.stop(), 60_000)
        balanced()
        await expectNothingLeft(test)
      },
    ),
    { numRuns: 100, seed: 1 },
  )
})
