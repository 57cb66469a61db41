import { describe, expect, it, vi } from 'vitest'
import type { AnyActorRef, InspectionEvent } from 'xstate'
import { portOf } from '../../actors/engine.js'
import { engineOn, expectNothingLeft, expectQuiet, numberOf, trades, witness } from '../engine/support.js'

describe('an event that an actor has no answer to', () => {
  it('is counted and logged at debug level, and changes nothing', async () => {
    const lines: unknown[] = []
    const nothing = (): void => {}
    const logger = {
      debug: (details: object, message: string) => void lines.push({ ...details, message }),
      info: nothing,
      warn: nothing,
      error: nothing,
    }
    const test = engineOn({ logger })
    await test.start()
    expect(test.engine.stats.get().unexpected).toBe(0)
    // It is not paused.
    test.engine.resume()
    expect(test.engine.stats.get().unexpected).toBe(1)
    expect(lines).toContainEqual(expect.objectContaining({ actor: 'engine', event: 'engine.resume' }))
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('does not occur in a run with nothing wrong: start, load, scaling, pause, drain and stop', async () => {
    const { strategy } = witness()
    const test = engineOn({
      queue: { highWater: 16 },
      workers: { min: 1, max: 4, scaleUpDepth: 8, intervalMs: 10, cooldownMs: 10 },
      strategies: [strategy, { name: 'later', onEvents: () => Promise.resolve() }],
      sinks: [{ name: 'sink', write: () => Promise.resolve() }],
    })
    const { engine } = test
    await test.start()
    for (let round = 0; round < 5; round += 1) {
      for (const draft of trades(100, 'AAPL', round * 100)) engine.offer(draft)
      await test.run(25)
    }
    engine.pause()
    for (const draft of trades(30, 'AAPL', 500)) engine.offer(draft)
    await test.run(25)
    engine.resume()
    await test.during(engine.drain(), 1_000)
    await test.during(engine.stop(), 1_000)
    expect(engine.stats.get().unexpected).toBe(0)
  })
})

/** Every actor of a machine under one, itself included. */
function machinesUnder(actor: AnyActorRef): readonly AnyActorRef[] {
  const snapshot = actor.getSnapshot() as {
    readonly machine?: unknown
    readonly children?: Record<string, AnyActorRef>
  }
  if (snapshot.machine === undefined) return []
  return [actor, ...Object.values(snapshot.children ?? {}).flatMap(machinesUnder)]
}

describe('an actor of any kind', () => {
  it('has an event that it does not know counted under its name', async () => {
    const test = engineOn({
      strategies: [witness().strategy],
      sinks: [{ name: 'sink', write: () => Promise.resolve() }],
      feeds: [{ name: 'feed', recorded: false, read: ({ signal }) => untilAborted(signal) }],
    })
    await test.start()
    const { plane } = portOf(test.engine)
    const actors = machinesUnder(plane.actor as AnyActorRef)
    const names = [
      'engine deadLetters tray-1 dead-letters breakers tray-1 breaker:sink:sink breaker:witness strategies group-1 witness',
      'sinks sink-1 supervisor worker-1 worker-2 health feeds feed-1',
    ].flatMap((line) => line.split(' '))
    expect(actors.map(({ id }) => id)).toEqual(names)
    for (const actor of actors) actor.send({ type: 'no.such.event' } as never)
    expect(plane.unexpected.byName()).toEqual({
      ...Object.fromEntries(names.map((name) => [`${name}: no.such.event`, 1])),
      // Of the dead letters, and of the breakers.
      'tray-1: no.such.event': 2,
    })
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop(), 1_000)
    await expectNothingLeft(test)
  })

  it('makes its built-in actions at load, so that XState has nothing to warn of in the midst of an effect', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const test = engineOn({
      supervision: 'one-for-all',
      restart: { afterFailures: 1, backoffMs: 10 },
      strategies: [
        witness().strategy,
        {
          name: 'crashing',
          onEvent: () => {
            throw new Error('crash')
          },
        },
      ],
    })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.run(1_000)
    await test.during(test.engine.stop(), 1_000)
    const said = warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('directly'))
    warn.mockRestore()
    expect(said).toEqual([])
  })
})

async function* untilAborted(signal: AbortSignal) {
  yield []
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

describe('a tree of many strategies', () => {
  it('has nowhere more than 100 children, whose table XState copies with each that comes or goes (row 3487)', async () => {
    const strategies = Array.from({ length: 500 }, (_, index) => ({ ...witness().strategy, name: `s${index}` }))
    const test = engineOn({ strategies })
    await test.start()
    const most = (): number =>
      Math.max(
        ...machinesUnder(portOf(test.engine).plane.actor as AnyActorRef).map(
          (actor) => Object.keys(actor.getSnapshot().children).length,
        ),
      )
    expect(most()).toBeLessThanOrEqual(100)
    // Some come and go, so that trays and groups empty and fill.
    for (let index = 0; index < 120; index += 1) await test.during(test.engine.strategies.remove(`s${index}`))
    for (let index = 0; index < 60; index += 1) {
      await test.during(test.engine.strategies.add({ ...witness().strategy, name: `t${index}` }))
    }
    expect(most()).toBeLessThanOrEqual(100)
    expect(test.engine.breakers.total).toBe(440)
    expect(test.engine.strategies.list().every(({ breaker }) => breaker === 'closed')).toBe(true)
    await test.during(test.engine.stop(), 1_000)
    await expectNothingLeft(test)
  })
})

describe('an inspector', () => {
  it('sees the transitions of all actors', async () => {
    const seen = new Set<string>()
    const test = engineOn({
      strategies: [witness().strategy],
      inspect: (event: InspectionEvent) => {
        if (event.type === '@xstate.microstep') seen.add((event.actorRef as unknown as { readonly id: string }).id)
      },
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.during(test.engine.drain())
    await test.during(test.engine.stop())
    expect([...seen]).toEqual(expect.arrayContaining(['engine', 'strategies', 'group-1', 'witness', 'worker-1']))
  })

  it('that throws changes nothing, and is told of', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({
      strategies: [strategy],
      inspect: () => {
        throw new Error('inspector')
      },
    })
    await test.start()
    for (const draft of trades(5)) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(seen).toEqual(trades(5).map(numberOf))
    expectQuiet(test)
    const report = await test.during(test.engine.stop())
    expect(report.clean).toBe(true)
    expect(test.faults.length).toBeGreaterThan(0)
    expect(new Set(test.faults.map(({ where }) => where))).toEqual(new Set(['inspector']))
    await expectNothingLeft(test)
  })
})
