import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import { createEngine, type OutcryEvent, type StrategyDefinition, signal, trade } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, numberOf, trades } from './support.js'

/** Remembers the numbers it was given, and whether they were of the past; answers each with a signal. */
function learner(over: Partial<StrategyDefinition> = {}) {
  const seen: string[] = []
  const strategy: StrategyDefinition = {
    name: 'learner',
    subscribe: { types: ['trade'] },
    warmUp: {},
    onEvents: (events) => {
      for (const event of events) seen.push(`${event.replayed ? 'past ' : ''}${numberOf(event)}`)
      return events.map((cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause }))
    },
    ...over,
  }
  return { seen, strategy }
}

const past = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `past ${from + index}`)

describe('a strategy that asks to be warmed up', () => {
  it('is handed what came before it, its signals withheld and counted, and then what comes', async () => {
    const e = engineOn({ history: true })
    await e.start()
    for (const draft of trades(600)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const { seen, strategy } = learner()
    await e.during(e.engine.strategies.add(strategy), 10)
    expect(seen).toEqual(past(600))
    for (const draft of trades(2, 'AAPL', 600)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    expect(seen.slice(600)).toEqual(['600', '601'])
    expect(e.engine.ledger().derived).toMatchObject({ accepted: 2 })
    expectQuiet(e)
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('gets each event once, in the past or live, however much comes while it warms up', async () => {
    const e = engineOn({ history: true })
    await e.start()
    for (const draft of trades(3_000)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const { seen, strategy } = learner({
      onEvents: async (events) => {
        for (const event of events) seen.push(`${event.replayed ? 'past ' : ''}${numberOf(event)}`)
        await undefined
      },
    })
    for (const draft of trades(500, 'AAPL', 3_000)) e.engine.offer(draft)
    const added = e.engine.strategies.add(strategy)
    for (const draft of trades(500, 'AAPL', 3_500)) e.engine.offer(draft)
    await e.during(added, 100)
    await e.during(e.engine.drain(), 10)
    const numbers = seen.map((one) => Number(one.replace('past ', '')))
    expect(numbers).toEqual(Array.from({ length: 4_000 }, (_, index) => index))
    // None of what could still be delivered was taken for the past.
    expect(seen.filter((one) => one.startsWith('past')).length).toBeLessThanOrEqual(3_500)
    await e.during(e.engine.stop())
  })

  it('gets the last so many, or so old, of the types and symbols it asks for', async () => {
    const e = engineOn({ history: true })
    await e.start()
    for (let index = 0; index < 20; index += 1) {
      e.engine.offer(trade({ symbol: index % 2 === 0 ? 'A' : 'B', price: index + 1, size: 1 }))
      await e.run(1_000)
    }
    const few = learner({ name: 'few', warmUp: { events: 3 } })
    const young = learner({ name: 'young', warmUp: { ageMs: 4_500, symbols: ['B'] } })
    await e.during(Promise.all([few, young].map(({ strategy }) => e.engine.strategies.add(strategy))), 10)
    expect(few.seen).toEqual(past(3, 17))
    expect(young.seen).toEqual(['past 17', 'past 19'])
    await e.during(e.engine.stop())
  })

  it('is warmed up again by a restart, with fresh state, unless a snapshot restores it', async () => {
    const e = engineOn({ history: true })
    const fresh = learner({ name: 'fresh' })
    const kept = learner({ name: 'kept', state: () => ({}), snapshot: () => ({}), restore: () => ({}) })
    await e.start()
    for (const { strategy } of [fresh, kept]) await e.during(e.engine.strategies.add(strategy), 10)
    for (const draft of trades(4)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    for (const one of [fresh, kept]) {
      one.seen.length = 0
      await e.during(e.engine.strategies.replace({ ...one.strategy }), 10)
    }
    expect(fresh.seen).toEqual(past(4))
    expect(kept.seen).toEqual([])
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('shows itself while it warms up, and what it publishes then goes nowhere', async () => {
    const gate = deferred()
    const receipts: string[] = []
    const e = engineOn({ history: true })
    await e.start()
    for (const draft of trades(1)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const added = e.engine.strategies.add({
      name: 'slow',
      subscribe: { types: ['trade'] },
      warmUp: {},
      onEvent: async (_event: OutcryEvent, { publish }) => {
        receipts.push(publish(trade({ symbol: 'X', price: 1, size: 1 })).status)
        await gate.promise
      },
    })
    await e.run(10)
    expect(portOf(e.engine).plane.stage.seat('slow')?.actor?.getSnapshot().value).toEqual({ initializing: 'warmingUp' })
    gate.resolve()
    await e.during(added, 10)
    expect(receipts).toEqual(['refused'])
    expect(e.engine.ledger().derived).toMatchObject({ accepted: 0, refused: 1 })
    await e.during(e.engine.stop())
  })

  it('that fails, or takes too long, is tried again like any start, and then given up', async () => {
    const e = engineOn({ history: true, restart: { maxRestarts: 1, backoffMs: 10, maxBackoffMs: 10 } })
    await e.start()
    for (const draft of trades(1)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const { strategy } = learner({
      warmUp: { timeoutMs: 50 },
      onEvents: () => new Promise<undefined>(() => {}),
    })
    const added = e.engine.strategies.add(strategy)
    await expect(e.during(added, 60_000)).rejects.toThrow(/warmUp of strategy "learner" did not settle within 50 ms/)
    await e.during(e.engine.stop(), 20_000)
    await expectNothingLeft(e)
  })

  it('needs a history', () => {
    expect(() => createEngine({ strategies: [learner().strategy] })).toThrow(/option history/)
    expect(() => createEngine({ history: true, strategies: [learner({ warmUp: { events: 0 } }).strategy] })).toThrow(
      /warmUp/,
    )
  })
})

describe('a strategy with a past to learn', () => {
  it('learns it after its start hook has ended', async () => {
    const e = engineOn({ history: true })
    await e.start()
    for (const draft of trades(5)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const { seen, strategy } = learner({ onStart: () => void seen.push('started') })
    await e.during(e.engine.strategies.add(strategy), 10)
    expect(seen).toEqual(['started', ...past(5)])
    await e.during(e.engine.stop())
  })

  it('is paused once it has learnt it, where it was told to pause meanwhile', async () => {
    const e = engineOn({ history: true })
    await e.start()
    for (const draft of trades(5)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    const { seen, strategy } = learner()
    const added = e.engine.strategies.add(strategy)
    e.engine.strategies.pause('learner')
    await e.during(added, 10)
    expect(seen).toEqual(past(5))
    for (const draft of trades(1, 'AAPL', 5)) e.engine.offer(draft)
    await e.during(e.engine.drain())
    expect(seen).toEqual(past(5))
    await e.during(e.engine.stop())
  })
})
