import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type StrategyDefinition, signal } from '../../src/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { engineOn, expectNothingLeft, numberOf, trades } from '../engine/support.js'

type Step =
  | { readonly kind: 'publish'; readonly symbol: string; readonly count: number }
  | { readonly kind: 'halt' | 'reset'; readonly symbol: string | undefined }
  | { readonly kind: 'pause' | 'resume' | 'redrive' }
  | { readonly kind: 'wait'; readonly ms: number }

const SYMBOLS = ['A', 'B', 'C'] as const
const symbol = fc.constantFrom(...SYMBOLS)
/** The whole engine as often as one of the symbols. */
const scope = fc.option(symbol, { nil: undefined, freq: 1 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), symbol, count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('halt' as const, 'reset' as const), symbol: scope }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const, 'redrive' as const) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 2, 5, 30) }) },
)

const settings = fc.record({
  groupSize: fc.integer({ min: 1, max: 3 }),
  maxEvents: fc.integer({ min: 1, max: 5 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  lateAfterMs: fc.constantFrom(1, 5, 60_000),
  /** A handler engages a halt at events whose number this divides. */
  haltsAt: fc.integer({ min: 3, max: 30 }),
  haltsWhat: scope,
  /** Of the asynchronous strategies, in virtual milliseconds. */
  slowness: fc.integer({ min: 1, max: 20 }),
})

describe('halts of the engine and of symbols, in any order among publishing, pausing and redriving', () => {
  it('call no handler while the engine is halted, hand no halted symbol out, keep the order and every count', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 60 }),
        settings,
        async (steps, { slowness, maxEvents, haltsAt, haltsWhat, ...options }) => {
          const wrong: string[] = []
          const halted = new Set<string | undefined>()
          const last = new Map<string, number>()
          /** Checks what a handler is given, at the time at which it is called. */
          const called = (name: string, of: string | undefined, n: number, again: boolean): void => {
            if (halted.has(undefined)) wrong.push(`${name} was called while all is halted`)
            if (halted.has(of)) wrong.push(`${name} was given ${of}, which is halted`)
            const key = `${name} ${of}`
            if (!again && n <= (last.get(key) ?? -1)) wrong.push(`${key}: ${n} came after ${last.get(key)}`)
            if (!again) last.set(key, n)
          }
          const halt = (what: string | undefined): void => {
            halted.add(what)
            test.engine.halt({ reason: 'model', ...(what === undefined ? {} : { symbol: what }) })
          }
          const names = ['sync', 'each', 'slow', 'slow-each', 'fails']
          const handlers: Readonly<Record<string, Partial<StrategyDefinition>>> = {
            sync: {
              onEvents: (events) => {
                for (const event of events) called('sync', event.symbol, numberOf(event), event.redelivered)
              },
            },
            each: {
              onEvent: (event) => {
                called('each', event.symbol, numberOf(event), event.redelivered)
                if (numberOf(event) % haltsAt === haltsAt - 1) halt(haltsWhat)
                return signal({ symbol: event.symbol ?? 'A', side: 'buy', strength: 1, cause: event })
              },
            },
            slow: {
              onEvents: async (events) => {
                for (const event of events) called('slow', event.symbol, numberOf(event), event.redelivered)
                await new Promise<void>((resolve) => test.environment.watch(resolve, slowness))
                return events.map((event) =>
                  signal({ symbol: event.symbol ?? 'A', side: 'sell', strength: 1, cause: event }),
                )
              },
            },
            'slow-each': {
              onEvent: async (event) => {
                called('slow-each', event.symbol, numberOf(event), event.redelivered)
                await new Promise<void>((resolve) => test.environment.watch(resolve, slowness))
              },
            },
            fails: {
              onEvent: (event) => {
                called('fails', event.symbol, numberOf(event), event.redelivered)
                if (numberOf(event) % 2 === 0) throw new Error('even')
              },
              breaker: { ignore: () => true },
            },
          }
          const test = engineOn({
            ...options,
            chunk: { maxEvents },
            strategies: names.map((name) => ({ name, subscribe: { types: ['trade'] }, ...handlers[name] })),
          })
          const { engine } = test
          engine.on('signal', ({ symbol: of }) => {
            if (halted.has(undefined) || halted.has(of)) wrong.push(`a signal about ${of} went out`)
          })
          await test.start()
          let published = 0
          for (const next of steps) {
            if (next.kind === 'publish') {
              for (const draft of trades(next.count, next.symbol, published)) engine.offer(draft)
              published += next.count
            } else if (next.kind === 'halt') halt(next.symbol)
            else if (next.kind === 'reset') {
              halted.delete(next.symbol)
              engine.reset(next.symbol === undefined ? {} : { symbol: next.symbol })
            } else if (next.kind === 'wait') await test.run(next.ms)
            else if (next.kind === 'redrive') void engine.deadLetters.redrive().catch(() => {})
            else engine[next.kind]()
            wrong.push(...imbalances(engine.ledger()))
            if (engine.state.startsWith('running') && halted.has(undefined) !== (engine.state === 'running.halted'))
              wrong.push(`it is ${engine.state}`)
          }
          // Once all is over, all goes on.
          engine.resume()
          let drained = false
          void engine.drain().then(() => {
            drained = true
          })
          // A handler may halt it again.
          for (let turn = 0; turn < 2_000 && !drained; turn += 1) {
            halted.clear()
            for (const of of [undefined, ...SYMBOLS]) engine.reset(of === undefined ? {} : { symbol: of })
            await test.run(50)
          }
          expect(drained).toBe(true)
          const { events, deliveries } = engine.ledger()
          expect(events).toMatchObject({ accepted: published, settled: published })
          expect(deliveries.abandoned).toBe(0)
          await test.during(engine.stop(), 60_000)
          expect(wrong).toEqual([])
          await expectNothingLeft(test)
        },
      ),
      { numRuns: 80 },
    )
  }, 120_000)
})
