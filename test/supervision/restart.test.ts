import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, RestartWindow, restartPolicy } from '../../src/dispatch/restart.js'
import { trade } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, numberOf, trades, witness } from '../engine/support.js'

const boom = (): never => {
  throw new Error('boom')
}
const noBreaker = { disabled: true }
const policy = restartPolicy(undefined, {
  type: 'transient',
  maxRestarts: 3,
  withinMs: 60_000,
  backoffMs: 100,
  maxBackoffMs: 10_000,
  jitter: 0,
  afterFailures: 0,
  onHang: false,
})

describe('the wait before a restart', () => {
  it('cases: is never NaN, negative or above its cap, whatever was drawn (cockatiel#86)', () => {
    const chance = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -1, 1, 2, Number.POSITIVE_INFINITY))
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 86_400_000, noNaN: true }),
        fc.double({ min: 1, max: 86_400_000, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -5, max: 100_000 }),
        chance,
        (first, cap, jitter, streak, drawn) => {
          const wait = backoffMs({ ...policy, backoffMs: first, maxBackoffMs: cap, jitter }, streak, drawn)
          expect(wait).toBeGreaterThanOrEqual(1)
          expect(wait).toBeLessThanOrEqual(cap)
        },
      ),
    )
  })

  it('is spread by the jitter both ways and stays in order of size without it', () => {
    const jittery = { ...policy, jitter: 0.5 }
    expect([0, 0.5, 0.999_999].map((chance) => Math.round(backoffMs(jittery, 1, chance)))).toEqual([100, 200, 300])
    expect([0, 1, 2, 3, 20].map((streak) => backoffMs(policy, streak, 0.9))).toEqual([100, 200, 400, 800, 10_000])
  })

  it('begins anew after a quiet time, which does not include the wait itself', () => {
    const quick = { ...policy, maxRestarts: 100, quietMs: 1_000 }
    const window = new RestartWindow()
    expect(window.note(quick, 0, 0.5)).toBe(100)
    expect(window.note(quick, 1_099, 0.5)).toBe(200)
    expect(window.note(quick, 2_298, 0.5)).toBe(400)
    expect(window.note(quick, 3_698, 0.5)).toBe(100)
  })

  it('is followed by no more than R restarts in any T (fast-check)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }),
        (maxRestarts, steps) => {
          const tight = { ...policy, maxRestarts, withinMs: 100 }
          const window = new RestartWindow()
          const times: number[] = []
          let now = 0
          for (const step of steps) {
            now += step
            const allowed = window.allows(tight, now)
            const recent = times.filter((time) => time > now - 100).length
            expect(allowed).toBe(recent < maxRestarts)
            if (!allowed) continue
            window.note(tight, now, 0.5)
            times.push(now)
          }
        },
      ),
    )
  })
})

describe('a strategy that crashes on start', () => {
  it('follows the backoff, ends at the intensity limit and lets its peers work meanwhile', async () => {
    const at: number[] = []
    const peer = witness('peer')
    const test = engineOn({
      restart: { maxRestarts: 4, backoffMs: 100, maxBackoffMs: 500 },
      strategies: [peer.strategy],
    })
    const { engine, environment } = test
    await test.start()
    const added = engine.strategies.add({
      name: 'crashes',
      state: () => {
        at.push(environment.monotonic())
        return boom()
      },
      onEvent: () => {},
    })
    const failure = added.then(
      () => undefined,
      (error: unknown) => error,
    )
    await test.run(50)
    expect(engine.strategies.list().find(({ name }) => name === 'crashes')).toMatchObject({
      state: 'backingOff',
      restarts: 1,
    })
    for (const draft of trades(5)) engine.offer(draft)
    await test.run()
    expect(peer.seen).toEqual([0, 1, 2, 3, 4])
    await test.run(60_000)
    expect(at.map((time) => time - (at[0] ?? 0))).toEqual([0, 100, 300, 700, 1_200])
    expect(await failure).toEqual(new Error('boom'))
    expect(engine.strategies.list().find(({ name }) => name === 'crashes')).toMatchObject({ state: 'faulted' })
    expect(engine.state).toBe('running.flowing')
    expect(test.faults).toEqual([{ where: 'strategy crashes', error: new Error('boom') }])
    // What came meanwhile was skipped by it, and counted.
    expect(engine.ledger().deliveries).toMatchObject({ due: 10, succeeded: 5, skipped: 5 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('takes the engine with it where failures escalate: everything is cleaned up and the engine has failed', async () => {
    const stopped: string[] = []
    const test = engineOn({
      escalate: 'engine',
      restart: { maxRestarts: 1 },
      strategies: [{ name: 'peer', onStop: () => void stopped.push('peer'), onEvent: () => {} }],
    })
    await test.start()
    void test.engine.strategies.add({ name: 'crashes', state: boom, onEvent: () => {} })
    await test.run(10_000)
    expect(test.engine.state).toBe('failed')
    expect(stopped).toEqual(['peer'])
    const report = await test.during(test.engine.stop())
    expect(report).toMatchObject({ clean: false, state: 'failed', error: new Error('boom') })
    await expectNothingLeft(test)
  })

  it('but is temporary is given up at once, which escalates to nobody', async () => {
    const test = engineOn({ escalate: 'engine' })
    await test.start()
    const added = test.engine.strategies.add({ name: 't', restart: 'temporary', state: boom, onEvent: () => {} })
    await expect(test.during(added)).rejects.toThrow('boom')
    expect(test.engine.strategies.list()).toMatchObject([{ name: 't', state: 'faulted', restarts: 0 }])
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('and was given up may be restarted by hand, with its restarts forgotten', async () => {
    let broken = true
    const test = engineOn({ restart: { maxRestarts: 1 } })
    await test.start()
    const add = test.engine.strategies.add({ name: 's', state: () => (broken ? boom() : {}), onEvent: () => {} })
    await expect(test.during(add, 10_000)).rejects.toThrow('boom')
    broken = false
    await test.during(test.engine.strategies.restart('s'))
    expect(test.engine.strategies.list()).toMatchObject([{ name: 's', state: 'ready' }])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })
})

describe('a strategy whose handler', () => {
  it('fails so many times in a row is restarted with fresh state, onStop first, and no sooner', async () => {
    const seen: number[] = []
    const hooks: string[] = []
    const test = engineOn({
      restart: { afterFailures: 3, backoffMs: 100 },
      strategies: [
        {
          name: 's',
          breaker: noBreaker,
          state: () => ({ count: 0 }),
          onStart: () => void hooks.push('start'),
          onStop: () => void hooks.push('stop'),
          onEvent: (event, { state }) => {
            const own = state as { count: number }
            if ([1, 2, 4, 5, 6].includes(numberOf(event))) boom()
            own.count += 1
            seen.push(own.count)
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(7)) engine.offer(draft)
    await test.run()
    expect(seen).toEqual([1, 2])
    expect(engine.strategies.list()).toMatchObject([{ state: 'backingOff', restarts: 1, generation: 1 }])
    expect(hooks).toEqual(['start', 'stop'])
    for (const draft of trades(1, 'AAPL', 7)) engine.offer(draft)
    await test.run(100)
    expect(hooks).toEqual(['start', 'stop', 'start'])
    for (const draft of trades(1, 'AAPL', 8)) engine.offer(draft)
    await test.during(engine.drain())
    expect(seen).toEqual([1, 2, 1])
    expect(engine.ledger().deliveries).toMatchObject({ due: 9, succeeded: 3, deadLettered: 5, skipped: 1 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('hangs is restarted where that is asked for: the hung call meets nothing of its successor', async () => {
    const totals: number[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const test = engineOn({
      lateAfterMs: 50,
      timeoutMs: 200,
      restart: { onHang: true, backoffMs: 10 },
      strategies: [
        {
          name: 's',
          breaker: noBreaker,
          state: () => ({ total: 0 }),
          onEvents: async (events, context) => {
            const first = events.some((event) => numberOf(event) === 0)
            if (first) await gate
            // A call that was given up still holds its context: it must be the old one's.
            const own = context.state as { total: number }
            own.total += first ? 1_000 : events.length
            totals.push(own.total)
            if (first) {
              context.clock.setInterval(() => void totals.push(-1), 10)
              expect(context.publish({ type: 'custom', payload: {} }).status).not.toBe('accepted')
              context.finish()
            }
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.run(210)
    expect(engine.strategies.list()).toMatchObject([{ state: 'ready', restarts: 1 }])
    for (const draft of trades(3, 'AAPL', 1)) engine.offer(draft)
    await test.during(engine.drain())
    release()
    await test.run(1_000)
    for (const draft of trades(2, 'AAPL', 4)) engine.offer(draft)
    await test.during(engine.drain())
    expect(totals).toEqual([3, 1_000, 5])
    expect(engine.strategies.list()).toMatchObject([{ state: 'ready', counts: { lateAnswers: 1 } }])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it.each([
    ['waits to be started again', 'transient'],
    ['was given up', 'temporary'],
  ] as const)(
    'and %s is over: its hung call sets no timer and publishes nothing, its last hook may',
    async (_, type) => {
      const said: string[] = []
      let release = (): void => {}
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const test = engineOn({
        lateAfterMs: 50,
        timeoutMs: 200,
        restart: { type, onHang: true, backoffMs: 10_000, maxBackoffMs: 10_000 },
        strategies: [
          {
            name: 's',
            breaker: noBreaker,
            onEvents: async (_events, { clock, publish }) => {
              await gate
              clock.setInterval(() => void said.push('timer of the call'), 10)
              said.push(publish(trade({ symbol: 'AAPL', price: 1, size: 1 })).status)
            },
            onStop: ({ clock }) =>
              new Promise<void>((resolve) => {
                clock.setInterval(() => void said.push('timer of the hook'), 40)
                clock.setTimeout(() => resolve(), 60)
              }),
          },
        ],
      })
      await test.start()
      test.engine.offer(trades(1)[0] as never)
      await test.run(1_000)
      expect(said).toEqual(['timer of the hook'])
      release()
      await test.run(1_000)
      expect(said).toEqual(['timer of the hook', 'refused'])
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('hangs again and again is given up at the intensity limit; a temporary one at once', async () => {
    const hangs = (name: string, restart?: 'temporary') => ({
      name,
      breaker: noBreaker,
      ...(restart === undefined ? {} : { restart: { type: restart, onHang: true } }),
      onEvents: () => new Promise<void>(() => {}),
    })
    const test = engineOn({
      timeoutMs: 100,
      lateAfterMs: 50,
      restart: { onHang: true, maxRestarts: 2, backoffMs: 10 },
      strategies: [hangs('again'), hangs('once', 'temporary')],
    })
    const { engine } = test
    await test.start()
    for (let round = 0; round < 4; round += 1) {
      engine.offer(trades(1, 'AAPL', round)[0] as never)
      await test.run(1_000)
    }
    expect(engine.strategies.list().map(({ name, state, restarts }) => [name, state, restarts])).toEqual([
      ['again', 'faulted', 2],
      ['once', 'faulted', 0],
    ])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('says that it has finished leaves for good, but a permanent one begins anew', async () => {
    const seen: string[] = []
    const once = (name: string, restart: 'permanent' | 'transient') => ({
      name,
      restart,
      onEvent: (event: { payload: unknown }, context: { finish(): void }) => {
        seen.push(`${name} ${numberOf(event)}`)
        context.finish()
      },
    })
    const test = engineOn({
      chunk: { maxEvents: 1 },
      restart: { backoffMs: 10, maxRestarts: 1 },
      strategies: [once('goes', 'transient'), once('stays', 'permanent')],
    })
    const { engine } = test
    await test.start()
    for (let round = 0; round < 3; round += 1) {
      engine.offer(trades(1, 'AAPL', round)[0] as never)
      await test.run(100)
    }
    expect(seen).toEqual(['goes 0', 'stays 0', 'stays 1'])
    expect(engine.strategies.list()).toMatchObject([{ name: 'stays', state: 'faulted' }])
    // Its own actor is gone, and its breaker's.
    expect(engine.actors().filter((name) => name.includes('goes'))).toEqual([])
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })
})
