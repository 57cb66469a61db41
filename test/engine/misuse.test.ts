import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineEvent, defineStrategy, signal, trade } from '../../src/index.js'
import { engineOn, expectNothingLeft, numberOf, trades } from './support.js'

const answering = () =>
  defineStrategy({
    name: 'answering',
    subscribe: { types: ['trade'] },
    onEvent: (event) => signal({ symbol: event.symbol, side: 'buy', strength: 1, cause: event }),
  })

describe('an engine that is misused', () => {
  it('refuses to start again once it has stopped', async () => {
    const engine = createEngine()
    await engine.start()
    await engine.stop()
    await expect(engine.start()).rejects.toMatchObject({ code: 'OUTCRY_ENGINE_STATE' })
  })

  it('says which facts there are to one who listens to another', () => {
    const engine = createEngine()
    expect(() => engine.on('nope' as 'signal', () => {})).toThrow(/"nope".*signal, deadLetter/)
    expect(() => engine.on('signal', 5 as never)).toThrow(/listener of signal is number/)
  })

  it.each([5, null, 'no', []])('is told that its options are %j, and not at an empty path', (options) => {
    expect(() => createEngine(options as never)).toThrow(/^the options are (5|null|"no"|an array): /)
  })

  it('takes a listener that rejects for a fault, and goes on', async () => {
    await using engine = createEngine({ strategies: [answering()] })
    const faults: string[] = []
    engine.on('fault', ({ where }) => faults.push(where))
    engine.on('signal', (() => Promise.reject(new Error('not today'))) as () => void)
    await engine.start()
    await engine.publish(trade({ symbol: 'A', price: 1, size: 1 }))
    await engine.drain()
    await new Promise((resolve) => setImmediate(resolve))
    expect(faults).toEqual(['listener of signal'])
    expect(engine.ledger().events.settled).toBe(1)
  })

  it.each([5, null, {}, Symbol('s'), Object.create(null)])('has nothing named %o, and says so', async (name) => {
    await using engine = createEngine({ strategies: [answering()] })
    await engine.start()
    const unknown = expect.objectContaining({ code: 'OUTCRY_STRATEGY_UNKNOWN' })
    const { strategies } = engine
    for (const ask of [strategies.pause, strategies.resume, strategies.restart, strategies.remove, engine.breaker])
      expect(() => ask(name as never)).toThrow(unknown)
  })

  it('takes no null for a strategy or an audit listener, and one for the options of a stop', async () => {
    const engine = createEngine()
    await engine.start()
    expect(() => engine.strategies.add(null as never)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_STRATEGY_INVALID' }),
    )
    expect(() => engine.audit(null as never)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'audit' }),
    )
    expect(await engine.stop(null as never)).toMatchObject({ clean: true })
  })

  it('refuses what cannot be published from, by name', async () => {
    const engine = createEngine()
    await expect(engine.publishAll(5 as never)).rejects.toMatchObject({ code: 'OUTCRY_OPTION_INVALID', path: 'events' })
  })
})

describe('a subscription', () => {
  const subscribing = (...types: string[]) => ({ name: 's', subscribe: { types }, onEvent: () => {} })

  it.each([
    ['trad', 'trade'],
    ['Trade', 'trade'],
    ['ordr.*', 'order.*'],
    ['order.filled', 'order.fill'],
  ])('to %s is refused, as it most likely means %s', (type, meant) => {
    const problem = {
      code: 'OUTCRY_STRATEGY_INVALID',
      path: 'strategies.0.subscribe.types.1',
      value: type,
      message: expect.stringContaining(`did you mean "${meant}"`),
    }
    expect(() => createEngine({ strategies: [subscribing('news', type)] })).toThrow(expect.objectContaining(problem))
    const engine = createEngine()
    expect(() => engine.subscribe([type], () => {})).toThrow(/did you mean/)
    // What was refused has left nothing behind.
    expect(engine.strategies.list()).toEqual([])
  })

  it.each(['tra*', 'order*', '*.fill', 'order.**', '**', 'my type'])(
    'cases: to %s is refused, as it would never get anything',
    (type) => {
      const problem = { code: 'OUTCRY_STRATEGY_INVALID', path: 'strategies.0.subscribe.types.1', value: type }
      expect(() => createEngine({ strategies: [subscribing('news', type)] })).toThrow(expect.objectContaining(problem))
      const engine = createEngine()
      expect(() => engine.subscribe([type], () => {})).toThrow(/neither an event type nor a pattern such as order\.\*/)
      expect(engine.strategies.list()).toEqual([])
    },
  )

  it('to a type of the host is taken by name, by pattern and by definition', async () => {
    const trad = defineEvent({ type: 'trad', payload: z.object({ n: z.number() }) })
    const tick = defineEvent({ type: 'tick.fast', payload: z.object({ n: z.number() }) })
    const seen: string[] = []
    const onEvent = ({ type }: { readonly type: string }): void => void seen.push(type)
    const test = engineOn({
      events: [trad],
      strategies: [
        { name: 'named', subscribe: { types: ['trad'] }, onEvent },
        { name: 'defined', subscribe: { types: [tick] }, onEvent },
      ],
    })
    await test.start()
    test.engine.offer(trad({ n: 1 }))
    test.engine.offer(tick({ n: 1 }))
    await test.during(test.engine.drain())
    expect(seen).toEqual(['trad', 'tick.fast'])
    await test.during(test.engine.stop())
  })

  it('to what is known by nothing near is warned of, once, as its definition may come with its first event', async () => {
    const warnings: unknown[] = []
    const nothing = (): void => {}
    const logger = { debug: nothing, info: nothing, error: nothing, warn: (about: object) => void warnings.push(about) }
    const test = engineOn({ logger, strategies: [subscribing('wholly.unheard-of')] })
    test.engine.subscribe(['wholly.unheard-of'], () => {})
    expect(warnings).toEqual([{ strategy: 's', type: 'wholly.unheard-of' }])
  })

  it.each([
    [{ type: ['trade'] }, 'subscribe.type'],
    [{ types: 'trade' }, 'subscribe.types'],
    [{ types: [5] }, 'subscribe.types.0'],
    [{ symbols: 'AAPL' }, 'subscribe.symbols'],
  ])('that is %j names the path of what is wrong', (subscribe, path) => {
    const strategy = { name: 's', subscribe: subscribe as never, onEvent: () => {} }
    expect(() => createEngine({ strategies: [strategy] })).toThrow(
      expect.objectContaining({ code: 'OUTCRY_STRATEGY_INVALID', path: `strategies.0.${path}` }),
    )
  })
})

describe('an asynchronous handler or hook', () => {
  it.each(['stop', 'drain', 'finished'] as const)(
    'that awaits engine.%s() is told that it waits for itself, at once',
    async (what) => {
      const seen: number[] = []
      const test = engineOn({
        strategies: [
          {
            name: 's',
            subscribe: { types: ['trade'] },
            async onEvent(event) {
              seen.push(numberOf(event))
              if (numberOf(event) === 1) await test.engine[what]()
            },
          },
        ],
      })
      await test.start()
      for (const draft of trades(3)) test.engine.offer(draft)
      await test.run(100)
      expect(seen).toEqual([0, 1, 2])
      const letters = test.engine.deadLetters.list()
      expect(letters).toMatchObject([
        { reason: 'poison', error: expect.stringContaining(`engine.${what}() waits for`) },
      ])
      expect(test.engine.deadLetters.get(letters[0]?.id ?? '')?.code).toBe('OUTCRY_WAITS_FOR_ITSELF')
      expect(test.engine.state).toBe(what === 'stop' ? 'stopped' : 'running.flowing')
      // Asked from outside it is answered as ever.
      const report = await test.during(test.engine.stop(), 10)
      expect(report).toMatchObject({ clean: true, hung: [] })
      await expectNothingLeft(test)
    },
  )

  it('that does not wait for the stop it asks for goes on to its end, and so does the stop', async () => {
    let asked: Promise<unknown> | undefined
    let ended = false
    const test = engineOn({
      strategies: [
        {
          name: 's',
          async onEvent() {
            asked = test.engine.stop()
            await Promise.resolve()
            ended = true
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run(10)
    expect([ended, test.engine.state]).toEqual([true, 'stopped'])
    await expect(asked).rejects.toMatchObject({ code: 'OUTCRY_WAITS_FOR_ITSELF' })
    await expectNothingLeft(test)
  })

  it('that is onStart and awaits the stop fails the start at once', async () => {
    const test = engineOn({
      strategies: [{ name: 's', onStart: async () => void (await test.engine.stop()), onEvent: () => {} }],
    })
    const started = test.engine.start()
    await expect(test.during(started, 100)).rejects.toMatchObject({
      code: expect.stringMatching(/STOPPED|START_FAILED/),
    })
    await expectNothingLeft(test)
  })
})
