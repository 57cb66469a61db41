import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { breakerLogic } from '../../actors/breaker.js'
import { type BreakerSettings, CircuitBreaker } from '../../src/breaker/circuit-breaker.js'
import { isRejection, Permit } from '../../src/breaker/handle.js'
import type { BreakerOptions } from '../../src/breaker/policy.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

const FAILED = { ok: 0, failed: 1, slow: 0 }
const OK = { ok: 1, failed: 0, slow: 0 }

const quick: BreakerOptions = {
  window: { kind: 'count', size: 10 },
  minimumCalls: 4,
  halfOpen: { permits: 3, maxWaitMs: 500 },
  openTime: 1_000,
}

function start(options: BreakerOptions = quick, rest: Partial<BreakerSettings> = {}) {
  const environment = (rest.environment as VirtualEnvironment | undefined) ?? new VirtualEnvironment()
  const breaker = new CircuitBreaker({ name: 'broker', options, ...rest, environment })
  const actor = createActor(breakerLogic, { input: breaker }).start()
  return { environment, breaker, actor }
}

function permitOf(breaker: CircuitBreaker): Permit {
  const permit = breaker.acquire()
  if (isRejection(permit)) throw permit.toError()
  return permit
}

function opened(options: BreakerOptions = quick, rest: Partial<BreakerSettings> = {}) {
  const parts = start(options, rest)
  parts.breaker.report(permitOf(parts.breaker), { ok: 0, failed: 10, slow: 0 })
  expect(parts.breaker.state).toBe('open')
  return parts
}

function halfOpened(options: BreakerOptions = quick, rest: Partial<BreakerSettings> = {}) {
  const parts = opened(options, rest)
  parts.environment.advance(1_000)
  expect(parts.breaker.state).toBe('halfOpen')
  return parts
}

describe('closed', () => {
  it('decides nothing on a call that was ignored, also where older successes have just left the window', () => {
    const { breaker, environment } = start({
      window: { kind: 'time', spanMs: 1_000, buckets: 10 },
      failureRate: 0.5,
      minimumCalls: 2,
    })
    breaker.report(permitOf(breaker), { ok: 8, failed: 0, slow: 0 })
    environment.advance(500)
    breaker.report(permitOf(breaker), { ok: 0, failed: 3, slow: 0 })
    environment.advance(600)
    breaker.report(permitOf(breaker), { ok: 0, failed: 0, slow: 0 })
    expect(breaker.state).toBe('closed')
    // The next call that counts is judged with what is left.
    breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('open')
  })

  it('row 3456: asking a closed breaker gives one shared permit and moves no machine', () => {
    const { breaker, actor } = start()
    let transitions = 0
    actor.subscribe(() => {
      transitions += 1
    })
    const first = breaker.acquire()
    for (let i = 0; i < 100; i += 1) {
      const permit = permitOf(breaker)
      expect(permit).toBe(first)
      breaker.report(permit, { ok: 256, failed: 0, slow: 0 })
    }
    expect(transitions).toBe(0)
    expect(breaker.counts).toMatchObject({ permitted: 101, ok: 25_600, rejected: 0 })
  })

  it('opens at the failure rate and not below it, once the minimum of calls is there', () => {
    const { breaker, actor } = start()
    breaker.report(permitOf(breaker), { ok: 0, failed: 3, slow: 0 })
    expect(breaker.state).toBe('closed')
    breaker.report(permitOf(breaker), { ok: 4, failed: 0, slow: 0 })
    expect(breaker.state).toBe('closed')
    breaker.report(permitOf(breaker), { ok: 0, failed: 1, slow: 0 })
    expect(breaker.state).toBe('open')
    expect(actor.getSnapshot().value).toBe('open')
    expect(actor.getSnapshot().context).toMatchObject({ cause: 'failure-rate', openings: 1, waitMs: 1_000 })
  })

  it('a success that completes the minimum opens it too, if the rate is there', () => {
    const { breaker } = start()
    breaker.report(permitOf(breaker), { ok: 0, failed: 3, slow: 0 })
    breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('open')
  })

  it('takes a rate literally: 3 failures of 30 are a rate of 0.1', () => {
    const { breaker } = start({ window: { kind: 'count', size: 30 }, minimumCalls: 30, failureRate: 0.1 })
    breaker.report(permitOf(breaker), { ok: 27, failed: 3, slow: 0 })
    expect(breaker.state).toBe('open')
  })

  it('opens at the slow-call rate although every call succeeded', () => {
    const { breaker, actor } = start({ ...quick, slowCallRate: 0.5 })
    breaker.report(permitOf(breaker), { ok: 10, failed: 0, slow: 4 })
    expect(breaker.state).toBe('closed')
    breaker.report(permitOf(breaker), { ok: 1, failed: 0, slow: 1 })
    expect(breaker.state).toBe('open')
    expect(actor.getSnapshot().context.cause).toBe('slow-call-rate')
  })

  it('judges a time window by what is left of it', () => {
    const { breaker, environment } = start({
      ...quick,
      window: { kind: 'time', spanMs: 1_000, buckets: 10 },
    })
    breaker.report(permitOf(breaker), { ok: 0, failed: 3, slow: 0 })
    environment.advance(1_000)
    breaker.report(permitOf(breaker), FAILED)
    expect(breaker.state).toBe('closed')
    expect(breaker.reading()).toMatchObject({ calls: 1, failureRate: 1 })
    environment.advance(950)
    breaker.report(permitOf(breaker), { ok: 0, failed: 3, slow: 0 })
    expect(breaker.state).toBe('open')
  })

  it('refuses counts that would poison its window, and stays as it was', () => {
    const { breaker } = start()
    for (const results of [
      { ok: -1, failed: 0, slow: 0 },
      { ok: Number.NaN, failed: 0, slow: 0 },
      { ok: 0.5, failed: 0, slow: 0 },
      { ok: 1, failed: 1, slow: 3 },
    ]) {
      expect(() => breaker.report(permitOf(breaker), results)).toThrow(/breakers\.broker\.report/)
    }
    expect(breaker.reading().calls).toBe(0)
  })
})

describe('open', () => {
  it('refuses with the time to wait, and tries again when it is over', () => {
    const { breaker, environment } = opened()
    environment.advance(400)
    const rejection = breaker.acquire()
    expect(rejection).toMatchObject({ breaker: 'broker', state: 'open', retryAfterMs: 600 })
    environment.advance(600)
    expect(breaker.state).toBe('halfOpen')
    expect(environment.pending()).toBe(0)
  })

  it('waits longer with every opening up to the cap, and the first time again after a recovery', () => {
    const { breaker, environment } = opened({
      ...quick,
      halfOpen: { permits: 1 },
      openTime: { initialMs: 1_000, factor: 2, maxMs: 3_000 },
    })
    const waits: number[] = []
    for (let i = 0; i < 4; i += 1) {
      waits.push(breaker.stand.waitMs)
      environment.advance(breaker.stand.waitMs)
      breaker.report(permitOf(breaker), FAILED)
    }
    expect(waits).toEqual([1_000, 2_000, 3_000, 3_000])
    environment.advance(3_000)
    breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('closed')
    breaker.report(permitOf(breaker), { ok: 0, failed: 4, slow: 0 })
    expect(breaker.stand.waitMs).toBe(1_000)
  })

  it('cases: opening twice does not cancel the reset timer', () => {
    const { breaker, environment } = opened()
    environment.advance(900)
    breaker.trip()
    breaker.trip()
    expect(breaker.counts.opened).toBe(1)
    environment.advance(100)
    expect(breaker.state).toBe('halfOpen')
  })

  it('cases: a loop that only awaits resolved promises does not starve the reset timer', async () => {
    // No timer of this environment ever fires: all that moves is the clock, as in such a loop.
    class Starved extends VirtualEnvironment {
      override watch(): { deadline: number } {
        return { deadline: Number.POSITIVE_INFINITY }
      }
      override unwatch(): void {}
    }
    const { breaker, environment } = opened(quick, { environment: new Starved() })
    let turns = 0
    while (isRejection(breaker.acquire()) && turns < 10_000) {
      await Promise.resolve()
      environment.advance(1)
      turns += 1
    }
    expect(turns).toBe(1_000)
    expect(breaker.state).toBe('halfOpen')
    // The wait for the probe just given is held in the same way.
    environment.advance(500)
    expect(breaker.acquire()).toMatchObject({ state: 'open', retryAfterMs: 1_000 })
  })

  it('clamps the time to wait when the wall clock jumps', () => {
    const { breaker, environment } = opened(quick, { clock: 'run' })
    environment.jump(-3_600_000)
    expect(breaker.acquire()).toMatchObject({ retryAfterMs: 1_000 })
    environment.advance(1_000)
    expect(breaker.state).toBe('halfOpen')
  })
})

describe('half-open', () => {
  it('cases: lets at most its permits through, however many call at once', async () => {
    const { breaker } = halfOpened()
    const all = await Promise.all(Array.from({ length: 100 }, async () => breaker.acquire()))
    expect(all.filter((given) => given instanceof Permit)).toHaveLength(3)
    expect(all[50]).toMatchObject({ state: 'halfOpen', retryAfterMs: 500 })
  })

  it('closes with an empty window when its probes pass together', () => {
    const { breaker } = halfOpened()
    const probes = [permitOf(breaker), permitOf(breaker), permitOf(breaker)]
    for (const [i, probe] of probes.entries()) {
      expect(breaker.state).toBe('halfOpen')
      breaker.report(probe, i === 0 ? FAILED : { ok: 2, failed: 0, slow: 0 })
    }
    expect(breaker.state).toBe('closed')
    expect(breaker.reading().calls).toBe(0)
  })

  it('opens again at its own threshold', () => {
    const { breaker, actor } = halfOpened({ ...quick, halfOpen: { permits: 2, failureRate: 0.25 } })
    const [a, b] = [permitOf(breaker), permitOf(breaker)]
    breaker.report(a, { ok: 3, failed: 0, slow: 0 })
    breaker.report(b, FAILED)
    expect(breaker.state).toBe('open')
    expect(actor.getSnapshot().context.cause).toBe('probe-failure-rate')
  })

  it('opens again when its probes were slow', () => {
    const { breaker, actor } = halfOpened({ ...quick, halfOpen: { permits: 1, slowCallRate: 0.5 } })
    breaker.report(permitOf(breaker), { ok: 2, failed: 0, slow: 1 })
    expect(actor.getSnapshot().context.cause).toBe('probe-slow-call-rate')
  })

  it('cases: a probe that hangs holds half-open no longer than its wait, and no other caller at all', () => {
    const { breaker, environment, actor } = halfOpened()
    const hung = permitOf(breaker)
    breaker.report(permitOf(breaker), OK)
    permitOf(breaker)
    // Whoever calls meanwhile is refused at once and told when to come back.
    expect(breaker.acquire()).toMatchObject({ state: 'halfOpen', retryAfterMs: 500 })
    environment.advance(500)
    expect(breaker.state).toBe('open')
    expect(actor.getSnapshot().context.cause).toBe('probe-lost')
    expect(breaker.counts.lost).toBe(2)
    environment.advance(1_000)
    breaker.report(hung, { ok: 100, failed: 0, slow: 0 })
    expect(breaker.state).toBe('halfOpen')
    expect(breaker.counts.stale).toBe(1)
    for (let i = 0; i < 3; i += 1) breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('closed')
  })

  it('a probe that was given late has a wait of its own', () => {
    const { breaker, environment, actor } = halfOpened()
    breaker.report(permitOf(breaker), OK)
    environment.advance(490)
    // As rare as the wait is long, and quick all the same.
    const late = permitOf(breaker)
    environment.advance(10)
    expect(actor.getSnapshot().value).toEqual({ halfOpen: 'awaiting' })
    // A third one has to wait for the verdict.
    expect(breaker.acquire()).toMatchObject({ state: 'halfOpen', retryAfterMs: 490 })
    environment.advance(10)
    breaker.report(late, OK)
    expect(breaker.state).toBe('closed')
    expect(breaker.counts.lost).toBe(0)
  })

  it('a probe that was given late and hangs opens it when its own wait is over', () => {
    const { breaker, environment, actor } = halfOpened()
    breaker.report(permitOf(breaker), OK)
    environment.advance(200)
    const second = permitOf(breaker)
    environment.advance(200)
    permitOf(breaker)
    environment.advance(250)
    breaker.report(second, OK)
    environment.advance(249)
    expect(breaker.state).toBe('halfOpen')
    environment.advance(1)
    expect(breaker.state).toBe('open')
    expect(actor.getSnapshot().context.cause).toBe('probe-lost')
    expect(breaker.counts.lost).toBe(1)
  })

  it('a late probe that comes back undecided ends the wait', () => {
    const { breaker, environment, actor } = halfOpened()
    breaker.report(permitOf(breaker), { ok: 0, failed: 0, slow: 0 })
    environment.advance(400)
    const late = permitOf(breaker)
    environment.advance(200)
    breaker.report(late, { ok: 0, failed: 0, slow: 0 })
    expect(actor.getSnapshot().value).toEqual({ halfOpen: 'waiting' })
    expect(environment.pending()).toBe(0)
    for (let i = 0; i < 3; i += 1) breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('closed')
  })

  it('cases: a probe that fails with an ignored error gives its permit back and decides nothing', () => {
    const { breaker, environment } = halfOpened({
      ...quick,
      halfOpen: { permits: 1, maxWaitMs: 500 },
      ignore: (error) => error instanceof RangeError,
    })
    const ignored = permitOf(breaker)
    expect(breaker.classify(new RangeError('not its fault'))).toBe('ignored')
    breaker.report(ignored, { ok: 0, failed: 0, slow: 0 })
    expect(breaker.state).toBe('halfOpen')
    // Nothing came of the wait, so the next probe begins a wait of its own.
    environment.advance(500)
    expect(breaker.state).toBe('halfOpen')
    expect(environment.pending()).toBe(0)
    const probe = permitOf(breaker)
    environment.advance(499)
    expect(breaker.state).toBe('halfOpen')
    breaker.report(probe, OK)
    expect(breaker.state).toBe('closed')
  })

  it('cases: a probe that fails with an ignored error gives its permit back at once, however many did before it', () => {
    const { breaker } = halfOpened({
      ...quick,
      halfOpen: { permits: 2, maxWaitMs: 500 },
      ignore: (error) => error instanceof RangeError,
    })
    for (let call = 0; call < 5; call += 1) {
      expect(breaker.classify(new RangeError('not its fault'))).toBe('ignored')
      breaker.report(permitOf(breaker), { ok: 0, failed: 0, slow: 0 })
    }
    expect(breaker.state).toBe('halfOpen')
    // No time has passed, and no permit is missing.
    const probes = [permitOf(breaker), permitOf(breaker)]
    expect(breaker.acquire()).toMatchObject({ state: 'halfOpen' })
    for (const probe of probes) breaker.report(probe, OK)
    expect(breaker.state).toBe('closed')
  })

  it('cases: a result of an earlier generation neither closes nor opens it', () => {
    const { breaker, environment } = start()
    const early = permitOf(breaker)
    breaker.report(permitOf(breaker), { ok: 0, failed: 10, slow: 0 })
    breaker.report(early, { ok: 1_000, failed: 0, slow: 0 })
    expect(breaker.state).toBe('open')
    environment.advance(1_000)
    breaker.report(early, { ok: 0, failed: 1_000, slow: 0 })
    breaker.report(early, { ok: 1_000, failed: 0, slow: 0 })
    expect(breaker.state).toBe('halfOpen')
    for (let i = 0; i < 3; i += 1) breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('closed')
    breaker.report(early, { ok: 0, failed: 1_000, slow: 0 })
    expect(breaker.state).toBe('closed')
    expect(breaker.reading().calls).toBe(0)
    expect(breaker.counts.stale).toBe(4)
  })

  it('counts one probe once, however often it is reported', () => {
    const { breaker } = halfOpened()
    const probe = permitOf(breaker)
    for (let i = 0; i < 5; i += 1) breaker.report(probe, OK)
    expect(breaker.state).toBe('halfOpen')
    expect(breaker.counts.stale).toBe(4)
  })

  it('cases: a minimum of calls does not strand half-open', () => {
    const { breaker, environment } = halfOpened({
      ...quick,
      minimumCalls: 10,
      halfOpen: { permits: 10, maxWaitMs: 500 },
    })
    // Fewer calls than permits and than the minimum: judged on what there is when the wait is over.
    breaker.report(permitOf(breaker), OK)
    environment.advance(500)
    expect(breaker.state).toBe('closed')
  })

  it('waits without a timer while nobody calls', () => {
    const { breaker, environment } = halfOpened()
    environment.advance(86_400_000)
    expect(breaker.state).toBe('halfOpen')
    expect(environment.pending()).toBe(0)
    expect(permitOf(breaker).probe).toBe(true)
  })
})

describe('by hand', () => {
  it('isolated refuses everything until it is reset, without a time to come back', () => {
    const { breaker, environment } = start()
    breaker.isolate()
    environment.advance(86_400_000)
    expect(breaker.acquire()).toMatchObject({ state: 'isolated', retryAfterMs: undefined })
    breaker.isolate()
    breaker.trip()
    expect(breaker.state).toBe('isolated')
    breaker.reset()
    expect(breaker.state).toBe('closed')
  })

  it('is moved once by a command given twice', () => {
    const moves: string[] = []
    const { breaker } = start(quick, { onMove: ({ state }) => moves.push(state) })
    breaker.isolate()
    breaker.isolate()
    breaker.disable()
    breaker.disable()
    breaker.reset()
    breaker.trip()
    breaker.trip()
    expect(moves).toEqual(['closed', 'isolated', 'disabled', 'closed', 'open'])
  })

  it('disabled lets everything through and only measures', () => {
    const { breaker } = start({ ...quick, disabled: true })
    breaker.report(permitOf(breaker), { ok: 0, failed: 10, slow: 0 })
    breaker.disable()
    breaker.trip()
    expect(breaker.state).toBe('disabled')
    expect(breaker.reading()).toMatchObject({ failureRate: 1, calls: 10 })
    breaker.reset()
    expect(breaker.reading()).toMatchObject({ state: 'closed', calls: 0 })
  })

  it('each command works from every state', () => {
    const states = [start, opened, halfOpened]
    for (const make of states) {
      const isolated = make()
      isolated.breaker.isolate()
      expect(isolated.breaker.state).toBe('isolated')
      isolated.breaker.disable()
      expect(isolated.breaker.state).toBe('disabled')
      isolated.breaker.isolate()
      isolated.breaker.reset()
      expect(isolated.breaker.state).toBe('closed')
      expect(isolated.environment.pending()).toBe(0)
    }
    const tripped = halfOpened().breaker
    tripped.trip()
    expect(tripped.stand).toMatchObject({ state: 'open', openings: 2 })
  })

  it('leaves no timer when its actor stops, and then refuses', () => {
    const { breaker, actor, environment } = opened()
    expect(environment.pending()).toBe(1)
    actor.stop()
    expect(environment.pending()).toBe(0)
    expect(breaker.acquire()).toMatchObject({ state: 'stopped', retryAfterMs: undefined })
    breaker.reset()
    expect(breaker.state).toBe('stopped')
    // A new actor goes on where the last one was.
    createActor(breakerLogic, { input: breaker }).start()
    expect(breaker.state).toBe('open')
    environment.advance(1_000)
    expect(breaker.state).toBe('halfOpen')
  })
})

describe('listeners and predicates', () => {
  it('cases: a throwing listener changes no call’s outcome', () => {
    const faults: unknown[] = []
    const { breaker, environment } = halfOpened(quick, {
      onMove: () => {
        throw new Error('listener')
      },
      onFault: (error) => {
        faults.push(error)
        throw new Error('fault handler')
      },
    })
    for (let i = 0; i < 3; i += 1) breaker.report(permitOf(breaker), OK)
    expect(breaker.state).toBe('closed')
    expect(faults).toHaveLength(4)
    expect(breaker.counts.faults).toBe(8)
    expect(environment.pending()).toBe(0)
  })

  it('a listener that calls the breaker meets the state it was told of', () => {
    const seen: string[] = []
    const { breaker } = start(quick, {
      onMove: ({ from, state }) => {
        const given = breakerOf()?.acquire()
        seen.push(`${from}>${state}:${given === undefined ? 'none' : isRejection(given) ? 'refused' : 'given'}`)
      },
    })
    const breakerOf = (): CircuitBreaker | undefined => breaker
    breaker.isolate()
    breaker.reset()
    expect(seen.slice(-2)).toEqual(['closed>isolated:refused', 'isolated>closed:given'])
  })

  it('an error outside `record` is a success, one in `ignore` nothing, and a throwing predicate a failure', () => {
    const { breaker } = start({
      ...quick,
      record: (error) => {
        if (error === 'odd') throw new Error('predicate')
        return error instanceof TypeError
      },
      ignore: (error) => error instanceof RangeError,
    })
    expect(breaker.classify(new TypeError())).toBe('failed')
    expect(breaker.classify(new RangeError())).toBe('ignored')
    expect(breaker.classify(new Error())).toBe('ok')
    expect(breaker.classify('odd')).toBe('failed')
    expect(breaker.counts.faults).toBe(1)
  })
})

describe('warm start', () => {
  const restart = (saved: unknown, sleptMs: number, options = quick) => {
    const environment = new VirtualEnvironment({ startMs: 1_704_067_200_000 + sleptMs })
    return start(options, { environment, restore: saved })
  }
  const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

  it('keeps the deadline: what is left of the open time is served in the next process', () => {
    const { breaker } = opened()
    const saved = json(breaker.save())
    const next = restart(saved, 300)
    expect(next.breaker.acquire()).toMatchObject({ state: 'open', retryAfterMs: 700 })
    next.environment.advance(699)
    expect(next.breaker.state).toBe('open')
    next.environment.advance(1)
    expect(next.breaker.state).toBe('halfOpen')
    const late = restart(saved, 5_000)
    expect(permitOf(late.breaker).probe).toBe(true)
  })

  it('never waits longer than the whole open time, whatever the wall clock did between', () => {
    const next = restart(json(opened().breaker.save()), -3_600_000)
    expect(next.breaker.acquire()).toMatchObject({ retryAfterMs: 1_000 })
  })

  it('keeps the openings, the window and every other state', () => {
    const closed = start()
    closed.breaker.report(permitOf(closed.breaker), { ok: 0, failed: 3, slow: 0 })
    const warm = restart(json(closed.breaker.save()), 0)
    warm.breaker.report(permitOf(warm.breaker), FAILED)
    expect(warm.breaker.state).toBe('open')
    const growing = { ...quick, openTime: { initialMs: 1_000, factor: 3 }, halfOpen: { permits: 1 } }
    const half = halfOpened(growing)
    const again = restart(json(half.breaker.save()), 0, growing)
    expect(again.breaker.state).toBe('halfOpen')
    again.breaker.report(permitOf(again.breaker), FAILED)
    expect(again.breaker.stand).toMatchObject({ openings: 2, waitMs: 3_000 })
    const held = start()
    held.breaker.isolate()
    expect(restart(json(held.breaker.save()), 0).breaker.state).toBe('isolated')
    held.breaker.disable()
    expect(restart(json(held.breaker.save()), 0).breaker.state).toBe('disabled')
  })

  it('a time window that would have passed meanwhile is not taken up', () => {
    const options: BreakerOptions = { ...quick, window: { kind: 'time', spanMs: 1_000 } }
    const { breaker } = start(options)
    breaker.report(permitOf(breaker), { ok: 0, failed: 3, slow: 0 })
    const saved = json(breaker.save())
    expect(restart(saved, 500, options).breaker.reading().calls).toBe(3)
    expect(restart(saved, 1_000, options).breaker.reading().calls).toBe(0)
  })

  it('refuses a saved state that is none, naming the path', () => {
    const good = start().breaker.save()
    for (const [saved, path] of [
      [null, 'breakers.broker.restore'],
      [{ ...good, state: 'ajar' }, 'breakers.broker.restore.state'],
      [{ ...good, waitMs: -1 }, 'breakers.broker.restore.waitMs'],
      [{ ...good, window: { ok: 1, failed: 0, slow: 2 } }, 'breakers.broker.restore.window.slow'],
    ] as const) {
      expect(() => restart(saved, 0)).toThrow(expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path }))
    }
  })
})
