import { nextTick } from 'node:process'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../actors/api.js'
import { createEngine } from '../../actors/engine.js'
import type { EngineOptions } from '../../actors/options.js'
import { type EventDraft, trade } from '../../src/index.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'
import { engineOn, settledOn } from './support.js'

const one = (id: string) => trade({ id, symbol: 'AAPL', price: 1, size: 1 })

/** How often an engine whose queue stands still looks at the wall clock while one thing is published. */
async function readsOf(options: EngineOptions): Promise<number> {
  const test = engineOn(options)
  const { engine, environment } = test
  await test.start()
  engine.pause()
  // The first one schedules what later ones find there.
  void engine.publish(one('first'))
  const now = environment.now.bind(environment)
  let reads = 0
  environment.now = () => {
    reads += 1
    return now()
  }
  void engine.publish(one('second'))
  environment.now = now
  expect(engine.ledger().events.accepted).toBe(2)
  await test.during(engine.stop(), 60_000)
  return reads
}

describe('a publish looks at the wall clock once', () => {
  it.each<[string, EngineOptions]>([
    ['by default', {}],
    ['where sources have lanes of their own', { lanesBySource: { wire: 'high' } }],
    ['where sources have limits', { rateLimits: { sources: { '*': { ratePerSecond: 1_000, burst: 10 } } } }],
  ])('%s', async (_, options) => {
    expect(await readsOf(options)).toBe(1)
  })
})

describe('a reading of the machine’s clock that is shared', () => {
  /** An engine on virtual time that passes for the machine's, so that readings may be shared. It can be moved within a turn. */
  async function engineOnMachineTime(onEvents: (engine: Engine) => void) {
    const environment = new VirtualEnvironment()
    Object.assign(environment, { kind: 'system', afterTask: nextTick })
    const time = environment.now.bind(environment)
    const shift = { ms: 0 }
    environment.now = () => time() + shift.ms
    const received: number[] = []
    const engine: Engine = createEngine({
      environment,
      strategies: [
        {
          name: 'witness',
          onEvents: (events) => {
            for (const { receivedAt } of events) received.push(receivedAt)
            onEvents(engine)
          },
        },
      ],
    })
    await settledOn(environment, engine.start(), 0)
    return { environment, engine, received, shift }
  }

  it.each<[string, (engine: Engine, event: EventDraft) => void]>([
    ['publish', (engine, event) => void engine.publish(event)],
    ['offer', (engine, event) => void engine.offer(event)],
    ['publishAll', (engine, event) => void engine.publishAll([event])],
  ])('is of no use to a later %s once the task is over in which a handler had it', async (_, give) => {
    const repeated = one('first')
    const { environment, engine, received } = await engineOnMachineTime((inHandler) => {
      for (let publish = 0; publish < 3; publish += 1) give(inHandler, repeated)
    })
    give(engine, repeated)
    await environment.run(5_000)
    const before = environment.now()
    give(engine, one('later'))
    await environment.run(0)
    expect(received).toHaveLength(2)
    expect(received[1]).toBe(before)
    await settledOn(environment, engine.stop(), 60_000)
  })

  it('does not let one way in go by an earlier time than the other before it', async () => {
    const { environment, engine, received, shift } = await engineOnMachineTime(() => {})
    for (let event = 0; event < 24; event += 1) {
      const draft = one(`draft:${event}`)
      if (event % 3 === 0) engine.offer(draft)
      else if (event % 3 === 1) void engine.publish(draft)
      else void engine.publishAll([draft])
      shift.ms += 0.1
    }
    await environment.run(0)
    expect(received).toHaveLength(24)
    expect(received).toEqual(received.toSorted((a, b) => a - b))
    await settledOn(environment, engine.stop(), 60_000)
  })

  it.each<[string, (engine: Engine, events: readonly EventDraft[]) => void]>([
    ['publish', (engine, events) => events.forEach((event) => void engine.publish(event))],
    ['publishAll', (engine, events) => void engine.publishAll(events)],
  ])('does not let what a listener publishes be later than what %s takes after it', async (_, give) => {
    const { environment, engine, received, shift } = await engineOnMachineTime(() => {})
    let told = 0
    engine.audit({
      accepted: () => {
        shift.ms += 1
        if (++told % 5 === 1) engine.offer(one(`listener:${told}`))
      },
    })
    give(
      engine,
      Array.from({ length: 40 }, (__, index) => one(`draft:${index}`)),
    )
    await environment.run(0)
    expect(received.length).toBeGreaterThan(45)
    expect(received).toEqual(received.toSorted((a, b) => a - b))
    await settledOn(environment, engine.stop(), 60_000)
  })

  it('does not let what is published as an input is read be later than that input', async () => {
    const { environment, engine, received, shift } = await engineOnMachineTime(() => {})
    const input = (index: number) => ({
      ...{ type: 'trade', symbol: 'AAPL' },
      get payload() {
        shift.ms += 1
        engine.offer(one(`getter:${index}:${shift.ms}`))
        return { price: 1, size: 1 }
      },
    })
    const inputs = Array.from({ length: 40 }, (_, index) => input(index))
    void engine.publishAll(inputs as never)
    for (const each of inputs) engine.offer(each as never)
    await environment.run(0)
    expect(received.length).toBeGreaterThan(100)
    expect(received).toEqual(received.toSorted((a, b) => a - b))
    await settledOn(environment, engine.stop(), 60_000)
  })
})
