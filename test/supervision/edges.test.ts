import { describe, expect, it } from 'vitest'
import { type AnyActorRef, createActor, fromTransition } from 'xstate'
import { breakerLogic } from '../../actors/breaker.js'
import { deadLettersLogic } from '../../actors/dead-letters.js'
import { portOf, prepareEngine } from '../../actors/engine.js'
import { engineLogic } from '../../actors/engine-logic.js'
import { CircuitBreaker } from '../../src/breaker/circuit-breaker.js'
import { DeadLetters } from '../../src/dead-letters/dead-letters.js'
import type { DeadLetterEntry } from '../../src/dead-letters/letter.js'
import { OutcryEvent } from '../../src/events/event.js'
import { type Sink, type StrategyDefinition, signal } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, never, numberOf, trades } from '../engine/support.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

// Ways through the statecharts that are seldom gone: `npm run edges` says which no test goes.

describe('a strategy', () => {
  const ENDS = [
    ['transient', 5, 'backingOff'],
    ['temporary', 5, 'faulted'],
    ['transient', 0, 'faulted'],
  ] as const

  it.each(ENDS)('that crashes while ready, %s with %d restarts, is %s', async (type, maxRestarts, state) => {
    const test = engineOn({
      restart: { afterFailures: 1, maxRestarts },
      strategies: [
        {
          name: 's',
          restart: type,
          onEvent: () => {
            throw new Error('crash')
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    expect(test.engine.strategies.list()).toMatchObject([{ state }])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each(ENDS)(
    'whose awaited call fails while it is paused, %s with %d restarts, is %s',
    async (type, maxRestarts, state) => {
      const gate = deferred()
      const test = engineOn({
        restart: { afterFailures: 1, maxRestarts },
        strategies: [{ name: 's', restart: type, onEvent: () => gate.promise }],
      })
      await test.start()
      test.engine.offer(trades(1)[0] as never)
      await test.run()
      test.engine.strategies.pause('s')
      gate.reject(new Error('crash'))
      await test.run()
      expect(test.engine.strategies.list()).toMatchObject([{ state }])
      await test.run(10_000)
      expect(test.engine.strategies.list()).toMatchObject([{ state: state === 'backingOff' ? 'paused' : 'faulted' }])
      expectQuiet(test)
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    },
  )

  it.each([
    ['permanent', 5, ['backingOff']],
    ['permanent', 0, ['faulted']],
    ['transient', 5, []],
  ] as const)('that finishes while it is paused, %s with %d restarts, is %j', async (type, maxRestarts, states) => {
    const gate = deferred()
    const test = engineOn({
      restart: { maxRestarts },
      strategies: [
        {
          name: 's',
          restart: type,
          onEvent: async (_event, { finish }) => {
            await gate.promise
            finish()
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    test.engine.strategies.pause('s')
    gate.resolve()
    await test.run()
    expect(test.engine.strategies.list().map(({ state }) => state)).toEqual(states)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each([
    ['restarted', 'restart', 'ready'],
    ['replaced', 'replace', 'ready'],
    ['removed', 'remove', undefined],
  ] as const)('that is %s while its onStop is awaited goes there once that has ended', async (_, then, state) => {
    const gate = deferred()
    const strategy: StrategyDefinition = { name: 's', onStop: () => gate.promise, onEvent: () => {} }
    const test = engineOn({ strategies: [strategy] })
    const { strategies } = test.engine
    await test.start()
    void strategies.restart('s').catch(() => {})
    await test.run()
    expect(strategies.list()).toMatchObject([{ state: 'stopping' }])
    if (then === 'replace') void strategies.replace(strategy)
    else void strategies[then]('s')
    gate.resolve()
    await test.run()
    expect(strategies.list().map((listing) => listing.state)).toEqual(state === undefined ? [] : [state])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['ready', 'paused'] as const)(
    'that is %s when its group lets it go on says that it is there',
    async (state) => {
      const test = engineOn({ supervision: 'one-for-all', strategies: [{ name: 's', onEvent: () => {} }] })
      await test.start()
      if (state === 'paused') test.engine.strategies.pause('s')
      const told: string[] = []
      const { plane } = portOf(test.engine)
      const group = plane.actor?.getSnapshot().children.strategies.getSnapshot().children['group-1'] as AnyActorRef
      const member = group.getSnapshot().children.s as AnyActorRef
      group.system.inspect((event) => {
        if (event.type === '@xstate.event' && event.actorRef === group) told.push(event.event.type)
      })
      member.send({ type: 'strategy.release' })
      expect(told).toEqual(['strategy.ready'])
      expect(test.engine.strategies.list()).toMatchObject([{ state }])
      await test.during(test.engine.stop())
      await expectNothingLeft(test)
    },
  )

  it('without an onStop whose snapshot fails at its end is told of and gone', async () => {
    const strategy: StrategyDefinition = {
      name: 's',
      snapshot: () => {
        throw new Error('no')
      },
      onEvent: () => {},
    }
    const test = engineOn({ strategies: [strategy] })
    await test.start()
    await test.during(test.engine.strategies.remove('s'))
    expect(test.faults.map(({ where }) => where)).toEqual(['snapshot of strategy s'])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })
})

describe('a breaker', () => {
  it.each(['open', 'halfOpen', 'isolated', 'disabled', 'closed'] as const)(
    'that was %s goes on so after a warm start',
    (state) => {
      const environment = new VirtualEnvironment()
      const now = environment.now()
      const restore = {
        format: 1,
        name: 'b',
        state,
        openings: 1,
        waitMs: state === 'open' ? 500 : 0,
        openUntil: state === 'open' ? now + 500 : 0,
        savedAt: now,
        window: { ok: 0, failed: 0, slow: 0 },
      }
      const breaker = new CircuitBreaker({ name: 'b', environment, restore })
      const actor = createActor(breakerLogic, { input: breaker }).start()
      expect(breaker.state).toBe(state)
      environment.advance(500)
      expect(breaker.state).toBe(state === 'open' ? 'halfOpen' : state)
      actor.stop()
      expect(environment.pending()).toBe(0)
    },
  )
})

describe('the dead letters', () => {
  let sequence = 0
  const entries = (count: number): DeadLetterEntry[] =>
    Array.from({ length: count }, () => {
      sequence += 1
      const event = new OutcryEvent(`e${sequence}`, 'trade', 1, 0, 0, 't', 'A', ['A'], {}, undefined, undefined, 1, 0)
      return { reason: 'poison', event, strategy: 's', error: 'boom' }
    })
  const make = (redeliver: () => void = () => {}) =>
    new DeadLetters({
      environment: new VirtualEnvironment(),
      options: { maxCount: 3, redrive: { ratePerSecond: 1_000, burst: 1_000 } },
      redeliver,
    })

  it.each([
    [2, 'holding'],
    [3, 'full'],
  ] as const)('that hold %d as their actor begins are %s, and holding again once there is room', (count, state) => {
    const letters = make()
    letters.enter(entries(count))
    const actor = createActor(deadLettersLogic, { input: letters }).start()
    expect(actor.getSnapshot().value).toBe(state)
    letters.discard(letters.list()[0]?.id ?? '')
    expect(actor.getSnapshot().value).toBe('holding')
    actor.stop()
  })

  it('that are full are redriven from there, and full again where all of it fails anew', async () => {
    const letters = make(() => void letters.enter(entries(2)))
    letters.enter(entries(3))
    const actor = createActor(deadLettersLogic, { input: letters }).start()
    const redriven = letters.redrive()
    expect(actor.getSnapshot().value).toBe('redriving')
    await redriven
    expect(actor.getSnapshot().value).toBe('full')
    actor.stop()
  })
})

describe('the engine', () => {
  it('throttled may be paused, and is throttled again when resumed', async () => {
    const test = engineOn({ queue: { highWater: 4 }, strategies: [{ name: 's', onEvent: () => {} }] })
    await test.start()
    for (const draft of trades(10)) test.engine.offer(draft)
    expect(test.engine.state).toBe('running.throttled')
    test.engine.pause()
    expect(test.engine.state).toBe('running.paused')
    test.engine.resume()
    expect(test.engine.state).toBe('running.throttled')
    await test.during(test.engine.drain())
    expect(test.engine.state).toBe('running.flowing')
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('that drains and is asked to drain again goes on with what time the second leaves it', async () => {
    const test = engineOn({ strategies: [{ name: 's', onEvent: never }] })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    const stopping = test.engine.stop({ timeoutMs: 5_000 })
    expect(test.engine.state).toBe('draining')
    void test.engine.stop({ timeoutMs: 1_000 })
    expect(test.engine.state).toBe('draining')
    const report = await test.during(stopping, 1_000)
    expect(report).toMatchObject({ clean: false, hung: ['s'] })
    await expectNothingLeft(test)
  })

  /** An engine of which one part does what it is told. */
  const withPart = (whenBroken: 'throws' | 'stays', name: 'feeds' | 'health' = 'feeds') => {
    const environment = new VirtualEnvironment()
    const input = prepareEngine({
      environment,
      strategies: [{ name: 's', onEvent: never }],
      stopTimeoutMs: 1_000,
    })
    let asked = (): void => {}
    const part = fromTransition((state: undefined, event: { readonly type: string }) => {
      if (event.type === 'break' && whenBroken === 'throws') throw new Error('broken')
      if (event.type === 'part.stop') asked()
      return state
    }, undefined)
    const logic = engineLogic.provide({ actors: { feeds: part as never, [name]: part as never } })
    const clock = {
      setTimeout: (call: () => void, ms: number) => environment.setTimeout(call, ms) as never,
      clearTimeout: (id: never) => environment.clearTimeout(id),
    }
    const actor = createActor(logic, { id: 'engine', input, clock })
    actor.subscribe({ error: () => {} })
    actor.start()
    const say = (type: string): void => actor.send({ type, part: name, error: new Error('broken') } as never)
    const breakPart = (): void => actor.getSnapshot().children[name]?.send({ type: 'break' } as never)
    const drain = (): void => {
      input.plane.intake.offer(trades(1)[0] as never)
      input.stop(true, 1_000)
    }
    const whenAsked = (act: () => void): void => {
      asked = act
    }
    return { environment, input, actor, say, breakPart, drain, whenAsked }
  }

  it.each(['starting', 'draining'] as const)(
    'cleans up and has failed when a part throws while it is %s',
    async (when) => {
      const { environment, input, actor, say, breakPart, drain } = withPart('throws')
      input.start()
      await environment.run(0)
      expect(actor.getSnapshot().value).toBe('starting')
      if (when === 'draining') {
        say('part.started')
        drain()
        expect(actor.getSnapshot().value).toBe('draining')
      }
      breakPart()
      await environment.run(2_000)
      expect(actor.getSnapshot()).toMatchObject({ value: 'failed', output: { error: new Error('broken') } })
      expect(environment.pending()).toBe(0)
    },
  )

  it('goes on cleaning up without the part that throws when it is asked to stop', async () => {
    const { environment, input, actor, say, whenAsked } = withPart('throws')
    input.start()
    await environment.run(0)
    say('part.started')
    whenAsked(() => {
      throw new Error('broken')
    })
    input.stop(false, 1_000)
    await environment.run(100)
    expect(actor.getSnapshot()).toMatchObject({
      value: 'failed',
      output: { error: new Error('broken'), abandoned: [] },
    })
    expect(environment.pending()).toBe(0)
  })

  it('goes on cleaning up when a part throws before its turn to stop', async () => {
    const { environment, input, actor, say, breakPart } = withPart('throws', 'health')
    input.start()
    await environment.run(0)
    say('part.started')
    actor.send({ type: 'part.started', part: 'feeds' })
    // The feeds, which come before it, do not answer.
    input.stop(false, 1_000)
    breakPart()
    expect(actor.getSnapshot().value).toBe('cleaning')
    await environment.run(2_000)
    expect(actor.getSnapshot()).toMatchObject({
      value: 'failed',
      output: { error: new Error('broken'), abandoned: ['feeds'] },
    })
    expect(environment.pending()).toBe(0)
  })

  it('cleans up and has failed when a part fails while it is draining', async () => {
    const { environment, input, actor, say, drain } = withPart('stays')
    input.start()
    await environment.run(0)
    say('part.started')
    drain()
    say('part.failed')
    await environment.run(2_000)
    // A part that does not answer is left behind, and named.
    expect(actor.getSnapshot()).toMatchObject({ value: 'failed', output: { abandoned: ['feeds'] } })
    expect(environment.pending()).toBe(0)
  })
})

describe('a feed', () => {
  async function* nothing(): AsyncGenerator<never> {}

  it('that is prepared while another is not yet ends with a stop', async () => {
    const test = engineOn({
      feeds: [
        { name: 'quick', recorded: false, read: nothing },
        { name: 'slow', recorded: false, prepare: never, read: nothing },
      ],
    })
    const started = test.engine.start().catch(() => {})
    await test.run(10)
    expect(test.engine.state).toBe('starting')
    await test.during(test.engine.stop(), 1_000)
    await started
    await expectNothingLeft(test)
  })

  it('that throws when it is told to end is told of, and has ended', async () => {
    const test = engineOn({
      feeds: [
        {
          name: 'rude',
          recorded: false,
          async *read({ signal: told }) {
            await new Promise<void>((resolve) => told.addEventListener('abort', () => resolve()))
            throw new Error('rude')
          },
        },
      ],
    })
    await test.start()
    await test.during(test.engine.stop(), 1_000)
    expect(test.faultMessages()).toEqual(['rude'])
    await expectNothingLeft(test)
  })
})

describe('a sink that is written to as the engine stops', () => {
  const answering: StrategyDefinition = {
    name: 'answers',
    subscribe: { types: ['trade'] },
    onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, reason: String(numberOf(cause)), cause }),
  }

  it.each([
    ['succeeds with nothing left', 1, true, [1]],
    ['succeeds with more left than one write takes', 3_000, true, [1, 1_024, 1_024, 951]],
    ['fails: the batch gets one more attempt', 1, false, [1, 1]],
  ] as const)('%s', async (_, count, well, sizes) => {
    const gate = deferred()
    const written: number[] = []
    const sink: Sink = {
      name: 'slow',
      write: (signals) => {
        written.push(signals.length)
        return written.length === 1 ? gate.promise : undefined
      },
    }
    const test = engineOn({ strategies: [answering], sinks: [sink] })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    for (let at = 1; at < count; at += 500) {
      for (const draft of trades(Math.min(500, count - at), 'AAPL', at)) test.engine.offer(draft)
      await test.run()
    }
    const stopping = test.engine.stop()
    await test.run(10)
    if (well) gate.resolve()
    else gate.reject(new Error('first'))
    await test.during(stopping, 1_000)
    expect(written).toEqual(sizes)
    await expectNothingLeft(test)
  })
})
