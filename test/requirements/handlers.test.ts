import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import type { OutcryEvent, StrategyDefinition } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, numberOf, type TestEngine, trades } from '../engine/support.js'

const plane = ({ engine }: TestEngine) => portOf(engine).plane

describe('a handler', () => {
  it('is called once a chunk by onEvents, and once an event by onEvent, with the same events in the same order (row 3482)', async () => {
    const calls: number[] = []
    const many: number[] = []
    const single: number[] = []
    const strategies: StrategyDefinition[] = [
      {
        name: 'many',
        onEvents(events: readonly OutcryEvent[]) {
          calls.push(events.length)
          many.push(...events.map(numberOf))
        },
      },
      { name: 'single', onEvent: (event) => void single.push(numberOf(event)) },
    ]
    const test = engineOn({ strategies })
    await test.start()
    for (const draft of trades(1_000)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(calls).toEqual([256, 256, 256, 232])
    expect(many).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expect(single).toEqual(many)
    expectQuiet(test)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('is timed for a sample of the events whose weights add up to all of them, to 1 % (rows 3462, 3478)', async () => {
    const test = engineOn({ strategies: [{ name: 's', onEvents() {} }] })
    await test.start()
    for (let round = 0; round < 20; round += 1) {
      for (const draft of trades(501)) test.engine.offer(draft)
      await test.during(test.engine.drain())
    }
    const { settled } = test.engine.ledger().events
    const { count } = plane(test).latency
    expect(settled).toBe(20 * 501)
    expect(Math.abs(count - settled) / settled).toBeLessThan(0.01)
    await test.during(test.engine.stop())
  })

  it('costs its breaker no look-up: a strategy has it from the start, and the name is asked of nobody (row 3456)', async () => {
    const test = engineOn({ strategies: [{ name: 's', onEvents() {} }] })
    const { stage } = plane(test)
    const { breaker } = plane(test).runtimeOf('s') ?? {}
    expect(breaker).toBeDefined()
    expect(breaker).toBe(stage.breaker('s'))
    await test.start()
    let asked = 0
    const inner = stage.breaker.bind(stage)
    stage.breaker = (name) => {
      asked += 1
      return inner(name)
    }
    for (const draft of trades(10_000)) {
      test.engine.offer(draft)
      if (numberOf({ payload: draft.payload }) % 1_000 === 999) await test.during(test.engine.drain())
    }
    await test.during(test.engine.drain())
    expect(test.engine.ledger().deliveries.succeeded).toBe(10_000)
    expect(asked).toBe(0)
    await test.during(test.engine.stop())
  })
})
