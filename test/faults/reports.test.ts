import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import { MARK_DERIVED } from '../../src/events/event.js'
import { orderCancelled, orderFill, orderSubmitted, type StrategyDefinition, signal, trade } from '../../src/index.js'
import { engineOn, expectQuiet, never, numberOf, settledOn, trades, witness } from '../engine/support.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

/** Faults that users of comparable systems reported, each as a whole kind: see the titles. */
describe('queue, memory and loss', () => {
  it('cases: a surge makes no unhandled rejection and no unbounded backlog of waiting publishers', async () => {
    const test = engineOn({ queue: { capacity: 10, highWater: 10, maxWaiters: 50 } })
    const { engine } = test
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    await test.start()
    engine.pause()
    for (const draft of trades(10_000)) void engine.publish(draft)
    await test.run()
    expect(engine.ledger().events).toMatchObject({ accepted: 10, refused: 9_940, published: 9_950 })
    await test.run(60_000)
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
    expect(engine.ledger().events).toMatchObject({ accepted: 10, refused: 9_990 })
    await test.during(engine.stop({ drain: false }))
  })

  it('cases: nothing is kept of an event whose fate is sealed', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const alive: WeakRef<object>[] = []
    const test = engineOn({
      dedupe: { window: 1_000 },
      strategies: [
        {
          name: 'looks',
          subscribe: { types: ['trade'] },
          onEvents: (events) => {
            for (const event of events) alive.push(new WeakRef(event))
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    for (let round = 0; round < 20; round += 1) {
      for (const draft of trades(50, `S${round}`)) engine.offer(draft)
      await test.during(engine.drain())
    }
    // What the last chunk went through may still be on the stack of what tells of it.
    for (let turn = 0; turn < 5; turn += 1) {
      await test.run(1_000)
      collect()
    }
    expect(alive).toHaveLength(1_000)
    expect(alive.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(50)
    await test.during(engine.stop())
  })

  it('cases: a strategy that comes after types and symbols were first seen still gets them, and a pattern every match', async () => {
    const test = engineOn({ strategies: [witness('first').strategy] })
    const { engine } = test
    await test.start()
    const order = { symbol: 'AAPL', orderId: 'o-1' }
    const orders = () => [
      orderSubmitted({ ...order, side: 'buy', quantity: 1, orderType: 'market' } as never),
      orderFill({ ...order, side: 'buy', quantity: 1, price: 1 } as never),
      orderCancelled(order as never),
    ]
    for (const draft of orders()) engine.offer(draft)
    for (const draft of trades(2)) engine.offer(draft)
    await test.during(engine.drain())
    const types: string[] = []
    engine.subscribe(['order.*'], ({ type }) => void types.push(type))
    const late: number[] = []
    engine.subscribe(['trade'], (event) => void late.push(numberOf(event)))
    await test.run()
    for (const draft of orders()) engine.offer(draft)
    for (const draft of trades(2, 'AAPL', 5)) engine.offer(draft)
    await test.during(engine.drain())
    expect(types).toEqual(['order.submitted', 'order.fill', 'order.cancelled'])
    expect(late).toEqual([5, 6])
    await test.during(engine.stop())
  })

  it('cases: a strategy that names symbols, and comes after they were first seen, gets them from then on', async () => {
    const test = engineOn({ strategies: [{ name: 'other', subscribe: { symbols: ['MSFT'] }, onEvent: () => {} }] })
    const { engine } = test
    await test.start()
    for (const draft of [...trades(2, 'AAPL'), ...trades(2, 'MSFT')]) engine.offer(draft)
    await test.during(engine.drain())
    const seen: string[] = []
    const late = (name: string, symbols: readonly string[]): StrategyDefinition => ({
      name,
      subscribe: { types: ['trade'], symbols },
      onEvent: (event) => void seen.push(`${name} ${event.symbol} ${numberOf(event)}`),
    })
    await test.during(engine.strategies.add(late('one', ['AAPL'])))
    await test.during(engine.strategies.add(late('both', ['AAPL', 'MSFT'])))
    for (const draft of [...trades(1, 'AAPL', 5), ...trades(1, 'MSFT', 6), ...trades(1, 'IBM', 7)]) engine.offer(draft)
    await test.during(engine.drain())
    expect(seen.toSorted()).toEqual(['both AAPL 5', 'both MSFT 6', 'one AAPL 5'])
    await test.during(engine.stop())
  })

  it('cases: a dead strategy starves no peer, and its full backlog is counted and told', async () => {
    const { seen, strategy } = witness('peer')
    const test = engineOn({
      maxBacklog: 20,
      lateAfterMs: 10,
      timeoutMs: 60_000,
      strategies: [{ name: 'dead', onEvents: never }, strategy],
    })
    const { engine } = test
    await test.start()
    for (let round = 0; round < 10; round += 1) {
      for (const draft of trades(10, 'AAPL', round * 10)) engine.offer(draft)
      await test.run(20)
    }
    expect(seen).toHaveLength(100)
    expect(engine.stats.get().queue.depth).toBe(0)
    expect(engine.deadLetters.count({ strategy: 'dead', reason: 'refused' })).toBe(70)
    expect(engine.ledger().deliveries).toMatchObject({ due: 200, succeeded: 100, deadLettered: 70, inFlight: 30 })
    await test.during(engine.stop({ drain: false }), 60_000)
  })

  it('cases: an error of a handler that its breaker ignores decides nothing, not even as a probe', async () => {
    const breaker = { minimumCalls: 1, halfOpen: { permits: 1 }, openTime: 1_000, ignore: () => true }
    const onEvent = (): never => {
      throw new Error('not its fault')
    }
    const test = engineOn({ strategies: [{ name: 'ignored', breaker, onEvent }] })
    const { engine } = test
    await test.start()
    engine.breaker('ignored').trip()
    await test.run(1_000)
    for (const draft of trades(1)) engine.offer(draft)
    await test.run(10)
    expect(engine.deadLetters.count({ strategy: 'ignored', reason: 'poison' })).toBe(1)
    expect(engine.breaker('ignored').reading()).toMatchObject({
      state: 'halfOpen',
      counts: { ok: 0, failed: 0, undecided: 1, probes: 1 },
    })
    await test.during(engine.stop())
  })

  it('cases: the low lane is not starved by a stream of urgent events that never ends', async () => {
    const seen: string[] = []
    const urgent = () => trade({ source: 'urgent', symbol: 'AAPL', price: 1, size: 1 })
    const test = engineOn({
      lanesBySource: { urgent: 'critical', idle: 'low' },
      queue: { ageingChunks: 4 },
      chunk: { maxEvents: 1 },
      strategies: [
        {
          name: 'feeds-itself',
          onEvent: ({ source }) => {
            seen.push(source)
            // Each urgent event brings the next.
            if (seen.length < 100) test.engine.offer(urgent())
          },
        },
      ],
    })
    await test.start()
    for (let index = 0; index < 5; index += 1)
      test.engine.offer(trade({ source: 'idle', symbol: 'AAPL', price: 1, size: 1 }))
    for (let index = 0; index < 3; index += 1) test.engine.offer(urgent())
    await test.during(test.engine.drain(), 1_000)
    expect(seen.filter((source) => source === 'idle')).toHaveLength(5)
    expect(seen.lastIndexOf('idle')).toBeLessThan(40)
    await test.during(test.engine.stop())
  })

  it('cases: a chain of a hundred thousand events, each published by the handler of the last, needs no deep stack', async () => {
    const LENGTH = 100_000
    let handled = 0
    const test = engineOn({
      dedupe: { window: 0 },
      strategies: [
        {
          name: 'chain',
          subscribe: { types: ['trade'] },
          onEvents: (events, { publish }) => {
            handled += events.length
            if (handled < LENGTH) publish(trade({ symbol: 'AAPL', price: 1, size: 1 }))
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.during(test.engine.drain())
    expect(handled).toBe(LENGTH)
    expectQuiet(test)
    await test.during(test.engine.stop())
  }, 60_000)
})

describe('a listener that publishes', () => {
  const buy = { symbol: 'AAPL', side: 'buy', strength: 1 } as const

  it('cases: of signals, each answered by the next, needs no deep stack, and all who listen hear them in order', async () => {
    const LENGTH = 5_000
    const test = engineOn()
    const { engine } = test
    const heard: (string | undefined)[] = []
    let next = 0
    engine.on('signal', () => {
      next += 1
      if (next < LENGTH) engine.offer(signal({ ...buy, id: `s${next}` }))
    })
    engine.on('signal', ({ id }) => heard.push(id))
    await test.start()
    engine.offer(signal({ ...buy, id: 's0' }))
    await test.during(engine.drain())
    expect(heard).toEqual(Array.from({ length: LENGTH }, (_, index) => `s${index}`))
    expect(test.faults).toEqual([])
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('cases: of accepted events needs no deep stack either, and hears of its own in order', async () => {
    const LENGTH = 5_000
    const test = engineOn()
    const { engine } = test
    const heard: number[] = []
    engine.audit({
      accepted: (event) => {
        if (event.sequence < LENGTH) engine.offer(trades(1)[0] as never)
        heard.push(event.sequence)
      },
    })
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.during(engine.drain())
    expect(heard).toEqual(Array.from({ length: LENGTH }, (_, index) => index + 1))
    expect(test.faults).toEqual([])
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('whose doing never ends is told of as a fault, and ends', async () => {
    const test = engineOn()
    const { engine } = test
    let told = 0
    engine.on('invalid', () => {
      told += 1
      engine.offer({ type: 'nothing of that name', payload: {} })
    })
    await test.start()
    engine.offer({ type: 'nothing of that name', payload: {} })
    expect(told).toBe(100_001)
    expect(test.faultMessages()).toEqual(['their own doing sets off facts without end: 1 were dropped'])
    await test.during(engine.stop())
  })
})

describe('a listener of faults', () => {
  it('is told how many facts were dropped, even where it sets off more of them', async () => {
    const test = engineOn()
    const { engine } = test
    const offer = (times: number): void => {
      for (let time = 0; time < times; time += 1) engine.offer({ type: 'nothing of that name', payload: {} })
    }
    let told = 0
    engine.on('invalid', () => {
      told += 1
      if (told === 1) offer(150_000)
    })
    engine.on('fault', () => offer(10))
    await test.start()
    offer(1)
    expect(test.faultMessages()).toEqual(['their own doing sets off facts without end: 50000 were dropped'])
    expect(told).toBe(100_011)
    await test.during(engine.stop())
  })
})

describe('dedupe and order', () => {
  it('cases: an id whose event was not taken is not marked as seen', async () => {
    const test = engineOn({
      queue: { capacity: 1, publishTimeoutMs: 10 },
      rateLimits: { sources: { limited: { ratePerSecond: 1, burst: 1 } } },
    })
    const { engine } = test
    const of = (id: string, source = 'host') => trade({ id, source, symbol: 'AAPL', price: 1, size: 1 })
    expect(engine.offer(of('early'))).toMatchObject({ status: 'refused', reason: 'not-running' })
    await test.start()
    engine.offer(of('token', 'limited'))
    await test.during(engine.drain())
    expect(engine.offer(of('limit', 'limited'))).toMatchObject({ reason: 'rate-limited' })
    engine.pause()
    engine.offer(of('fills-it'))
    expect(engine.offer(of('full'))).toMatchObject({ reason: 'full' })
    const timedOut = engine.publish(of('waited'))
    await test.run(10)
    expect(await timedOut).toMatchObject({ reason: 'timeout' })
    engine.resume()
    await test.run(1_000)
    for (const id of ['early', 'full', 'waited']) {
      expect([id, engine.offer(of(id)).status]).toEqual([id, 'accepted'])
      await test.during(engine.drain())
    }
    expect(engine.offer(of('limit', 'limited')).status).toBe('accepted')
    await test.run(1_000)
    expect(engine.offer(of('limit', 'limited')).status).toBe('duplicate')
    await test.during(engine.stop())
  })

  it('cases: an id whose signal found no room in what is kept for signals is not marked as seen', async () => {
    const test = engineOn({ queue: { capacity: 1, highWater: 1, signalHeadroom: 1 } })
    const { engine } = test
    const { intake } = portOf(engine).plane
    const answer = (id: string) =>
      intake.offer(signal({ id, symbol: 'AAPL', side: 'buy', strength: 1 }), true, MARK_DERIVED)
    await test.start()
    engine.pause()
    engine.offer(trades(1)[0] as never)
    expect(answer('fits').status).toBe('accepted')
    expect(answer('full')).toMatchObject({ status: 'refused', reason: 'full' })
    engine.resume()
    await test.during(engine.drain())
    expect([answer('full').status, answer('fits').status]).toEqual(['accepted', 'duplicate'])
    await test.during(engine.drain())
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('cases: an event whose handler failed is not suppressed when it is redriven, and a repeat by its source still is', async () => {
    let broken = true
    const seen: string[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'broken',
          onEvent: ({ id }) => {
            if (broken) throw new Error('broken')
            seen.push(id)
          },
        },
      ],
    })
    await test.start()
    const draft = trade({ id: 'x', symbol: 'AAPL', price: 1, size: 1 })
    test.engine.offer(draft)
    await test.during(test.engine.drain())
    broken = false
    await test.during(test.engine.deadLetters.redrive(), 1_000)
    expect(test.engine.offer(draft).status).toBe('duplicate')
    expect(seen).toEqual(['x'])
    await test.during(test.engine.stop())
  })

  it('cases: events of equal timestamps keep the order of their arrival, whatever their symbols hash to', async () => {
    const seen: number[] = []
    const test = engineOn({
      workers: { min: 1, max: 1 },
      strategies: [{ name: 'all', onEvents: (events) => void seen.push(...events.map(numberOf)) }],
    })
    await test.start()
    const drafts = Array.from({ length: 500 }, (_, index) =>
      trade({ symbol: `S${(index * 7_919) % 97}`, price: index + 1, size: 1, timestamp: 1_700_000_000_000 }),
    )
    for (const draft of drafts) test.engine.offer(draft)
    await test.during(test.engine.drain())
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index))
    await test.during(test.engine.stop())
  })

  it('cases: one vendor id twice, in one batch or two, is a duplicate; equal content of two ids is not', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({ strategies: [strategy] })
    await test.start()
    const of = (id: string) => trade({ id, symbol: 'AAPL', price: 1, size: 1, timestamp: 1_700_000_000_000 })
    const first = await test.during(test.engine.publishAll([of('a'), of('a'), of('b'), of('c')]))
    const second = await test.during(test.engine.publishAll([of('c'), of('d')]))
    expect([first, second]).toMatchObject([
      { accepted: 3, duplicate: 1 },
      { accepted: 1, duplicate: 1 },
    ])
    await test.during(test.engine.drain())
    expect(seen).toHaveLength(4)
    await test.during(test.engine.stop())
  })
})

describe('clock', () => {
  it("cases: a strategy's timer set inside a timer fires at its own deadline, with the clock showing it", async () => {
    const fired: (readonly [string, number])[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'timers',
          onEvent: (_event, { clock }) => {
            const start = clock.now()
            clock.setTimeout(() => {
              fired.push(['outer', clock.now() - start])
              clock.setTimeout(() => void fired.push(['inner', clock.now() - start]), 7)
              clock.setTimeout(() => void fired.push(['at once', clock.now() - start]), 0)
            }, 10)
            clock.setTimeout(() => void fired.push(['other', clock.now() - start]), 15)
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run(100)
    expect(fired).toEqual([
      ['outer', 10],
      ['at once', 10],
      ['other', 15],
      ['inner', 17],
    ])
    await test.during(test.engine.stop())
  })

  it('cases: a timer that cannot be set leaves those that are as they were', async () => {
    const fired: string[] = []
    const test = engineOn({
      strategies: [
        {
          name: 'timers',
          onEvent: (_event, { clock }) => {
            clock.setTimeout(() => void fired.push('first'), 10)
            for (let index = 1; index < 10_000; index += 1) clock.setTimeout(() => {}, 1_000_000)
            try {
              clock.setTimeout(() => void fired.push('one too many'), 5)
            } catch {
              fired.push('refused')
            }
            // Neither does clearing what is not one of its own.
            clock.clearTimeout({ deadline: 1 })
            clock.clearTimeout(undefined)
          },
        },
      ],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run(100)
    expect(fired).toEqual(['refused', 'first'])
    await test.during(test.engine.stop())
    expect(test.environment.pending()).toBe(0)
  })

  it('cases: a timer that the environment fails to set takes none of the places that a strategy has for its timers', async () => {
    const fired: string[] = []
    const environment = new VirtualEnvironment()
    const set = environment.setTimeout.bind(environment)
    let refused = 0
    const test = engineOn({
      environment,
      strategies: [
        {
          name: 'timers',
          onEvent: (_event, { clock }) => {
            environment.setTimeout = () => {
              throw new Error('no timers left')
            }
            for (let index = 0; index < 10_000; index += 1) {
              try {
                clock.setTimeout(() => void fired.push('never'), 1)
              } catch {
                refused += 1
              }
            }
            environment.setTimeout = set
            clock.setTimeout(() => void fired.push('first'), 1)
          },
        },
      ],
    })
    const { engine } = test
    await settledOn(environment, engine.start(), 0)
    engine.offer(trades(1)[0] as never)
    await environment.run(100)
    expect([refused, fired]).toEqual([10_000, ['first']])
    await settledOn(environment, engine.stop(), 0)
    expect(environment.pending()).toBe(0)
  })

  it('cases: an interval that the environment failed to set again gives its place back', async () => {
    const fired: string[] = []
    const environment = new VirtualEnvironment()
    const set = environment.setTimeout.bind(environment)
    const test = engineOn({
      environment,
      strategies: [
        {
          name: 'timers',
          onEvent: (event, { clock }) => {
            if (numberOf(event) === 1) clock.setTimeout(() => void fired.push('after'), 1)
            else for (let index = 0; index < 10_000; index += 1) clock.setInterval(() => {}, 10)
          },
        },
      ],
    })
    const { engine } = test
    await settledOn(environment, engine.start(), 0)
    const [first, second] = trades(2)
    engine.offer(first as never)
    await environment.run(5)
    environment.setTimeout = () => {
      throw new Error('no timers left')
    }
    await environment.run(10)
    environment.setTimeout = set
    expect(test.faults).toHaveLength(10_000)
    engine.offer(second as never)
    await environment.run(10)
    expect(fired).toEqual(['after'])
    await settledOn(environment, engine.stop(), 0)
    expect(environment.pending()).toBe(0)
  })

  it('cases: a timer that the environment fails to set again ends as a fault, and leaves those that are as they were', async () => {
    const fired: string[] = []
    let fails = false
    const environment = new VirtualEnvironment()
    const set = environment.setTimeout.bind(environment)
    environment.setTimeout = (callback, delayMs) => {
      if (fails) throw new Error('no timers left')
      return set(callback, delayMs)
    }
    const test = engineOn({
      environment,
      strategies: [
        {
          name: 'timers',
          onEvent: (_event, { clock }) => {
            clock.setInterval(() => void fired.push('interval'), 10)
            clock.setTimeout(() => {
              fails = true
              try {
                clock.setTimeout(() => void fired.push('never'), 1)
              } catch {
                fired.push('refused')
              }
            }, 15)
            clock.setTimeout(() => void fired.push('other'), 25)
          },
        },
      ],
    })
    const { engine } = test
    await settledOn(environment, engine.start(), 0)
    engine.offer(trades(1)[0] as never)
    await environment.run(22)
    fails = false
    await environment.run(100)
    expect(fired).toEqual(['interval', 'refused', 'interval', 'other'])
    expect(test.faultMessages()).toEqual(['no timers left'])
    await settledOn(environment, engine.stop(), 0)
    expect(environment.pending()).toBe(0)
  })
})
