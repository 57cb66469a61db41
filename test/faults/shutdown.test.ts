import { describe, expect, it } from 'vitest'
import { createEngine, type Feed, type Receipt, signal, trade } from '../../src/index.js'
import {
  deferred,
  engineOn,
  expectNothingLeft,
  never,
  numberOf,
  settledOn,
  trades,
  witness,
} from '../engine/support.js'

const one = () => trade({ symbol: 'AAPL', price: 1, size: 1 })

describe('events published while an engine shuts down', () => {
  it('cases: are either settled or refused with a reason, never half taken', async () => {
    const { seen, strategy } = witness()
    const receipts: Receipt[] = []
    let next = 0
    const test = engineOn({
      chunk: { maxEvents: 2 },
      strategies: [
        strategy,
        {
          name: 'slow',
          onEvents: () => new Promise<void>((resolve) => test.environment.watch(resolve, 5)),
        },
      ],
    })
    const { engine, environment } = test
    const publish = (): void => {
      for (const draft of trades(1, 'AAPL', next)) {
        next += 1
        void engine.publish(draft).then((receipt) => receipts.push(receipt))
        receipts.push(engine.offer(trades(1, 'AAPL', next)[0] as never))
        next += 1
      }
      if (next < 100) environment.watch(publish, 1)
    }
    await test.start()
    publish()
    await test.run(20)
    const stopping = engine.stop()
    publish()
    await test.run(200)
    const { ledger } = await test.during(stopping, 1_000)
    receipts.push(engine.offer(one()))
    next += 1
    const accepted = receipts.filter(({ status }) => status === 'accepted')
    const refused = receipts.filter((receipt) => receipt.status === 'refused')
    expect(accepted.length + refused.length).toBe(next)
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(refused.map((receipt) => receipt.status === 'refused' && receipt.reason))).toEqual(
      new Set(['stopping', 'not-running']),
    )
    expect(seen).toHaveLength(accepted.length)
    expect(ledger.events.settled).toBe(accepted.length)
    await expectNothingLeft(test)
  })
})

describe('promises that an engine gave out', () => {
  it('cases: have all settled once it has stopped, whatever they waited for', async () => {
    const failing = deferred()
    const test = engineOn({
      queue: { highWater: 2 },
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      strategies: [
        {
          name: 'fails-then-hangs',
          subscribe: { symbols: ['BAD'] },
          onEvents: async () => {
            await failing.promise
            throw new Error('no')
          },
        },
      ],
      deadLetters: { redrive: { ratePerSecond: 0.001, burst: 1 } },
    })
    const { engine } = test
    const starting = engine.start()
    await test.during(starting)
    for (const draft of trades(2, 'BAD')) engine.offer(draft)
    await test.run()
    failing.resolve()
    await test.run()
    engine.pause()
    for (const draft of trades(5)) engine.offer(draft)
    async function* endless() {
      for (;;) yield one()
    }
    const pending: Record<string, Promise<unknown>> = {
      start: starting,
      publish: engine.publish(one()),
      publishAll: engine.publishAll(endless()),
      publishArray: engine.publishAll([one(), one()]),
      drain: engine.drain(),
      finished: engine.finished(),
      redrive: engine.deadLetters.redrive(),
    }
    await test.run(10)
    pending.stop = engine.stop({ drain: false })
    pending.again = engine.stop()
    for (const [name, promise] of Object.entries(pending)) {
      await expect(settledOn(test.environment, promise, 1_000), name).resolves.not.toThrow()
    }
    await expectNothingLeft(test)
  })
})

describe('a stop', () => {
  it('says all that there is to say in its report', async () => {
    const test = engineOn({
      queue: { highWater: 3 },
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      workers: { min: 1, max: 1 },
      chunk: { maxEvents: 1 },
      strategies: [
        { name: 'hangs', subscribe: { types: ['trade'], symbols: ['HANG'] }, onEvents: never },
        {
          name: 'answers',
          subscribe: { types: ['trade'], symbols: ['AAPL'] },
          onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause }),
        },
      ],
      sinks: [{ name: 'broker', write: () => {} }],
    })
    const { engine } = test
    await test.start()
    engine.offer(one())
    await test.run()
    for (const draft of trades(4, 'HANG')) engine.offer(draft)
    await test.run()
    const waiting = [engine.publish(one()), engine.publish(one())]
    const report = await test.during(engine.stop({ timeoutMs: 1_000 }), 1_100)
    expect(report).toMatchObject({
      clean: false,
      state: 'stopped',
      error: undefined,
      abandoned: [],
      hung: ['hangs'],
      publishersReleased: 2,
      sinks: { broker: { offered: 1, written: 1, failed: 0, dropped: 0, withheld: 0 } },
    })
    expect(report.elapsedMs).toBeGreaterThan(0)
    expect(report.elapsedMs).toBeLessThanOrEqual(1_100)
    expect(report.ledger).toEqual(engine.ledger())
    expect(report.ledger.events).toMatchObject({ accepted: 5, settled: 1, abandoned: 4, refused: 2 })
    expect((await Promise.all(waiting)).map((receipt) => receipt.status === 'refused' && receipt.reason)).toEqual([
      'stopping',
      'stopping',
    ])
    await expectNothingLeft(test)
  })

  it('cases: that had to leave a sink behind says what became of each of its signals, the hung write included', async () => {
    const test = engineOn({
      strategies: [
        {
          name: 'answers',
          subscribe: { types: ['trade'] },
          onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause }),
        },
      ],
      sinks: [
        { name: 'hangs', write: never },
        { name: 'fails', write: () => Promise.reject(new Error('no')) },
      ],
    })
    await test.start()
    for (const draft of trades(3)) {
      test.engine.offer(draft)
      await test.run(10)
    }
    const { sinks, abandoned } = await test.during(test.engine.stop({ timeoutMs: 100 }), 200)
    expect(abandoned).toEqual(['sinks'])
    expect(sinks.hangs).toEqual({ offered: 3, written: 0, failed: 3, dropped: 0, withheld: 0 })
    expect(sinks.fails).toEqual({ offered: 3, written: 0, failed: 3, dropped: 0, withheld: 0 })
    await expectNothingLeft(test)
  })

  it('of an engine that failed says so, with the error', async () => {
    const cause = new Error('no disk')
    const test = engineOn({ sinks: [{ name: 'sink', open: () => Promise.reject(cause), write: () => {} }] })
    await expect(test.during(test.engine.start(), 1_000)).rejects.toMatchObject({ code: 'OUTCRY_START_FAILED' })
    const report = await test.during(test.engine.stop())
    expect(report).toMatchObject({ clean: false, state: 'failed', error: cause })
    await expectNothingLeft(test)
  })

  it('cases: that ran out of time leaves a legal state, from which only legal moves are possible', async () => {
    const { seen, strategy } = witness()
    const test = engineOn({
      strategies: [{ name: 'hangs', onEvents: never }, strategy],
      sinks: [{ name: 'deaf', write: () => {}, close: never }],
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
    })
    const { engine } = test
    await test.start()
    engine.offer(one())
    await test.run()
    const report = await test.during(engine.stop({ timeoutMs: 100 }), 200)
    expect(report.abandoned).toEqual(['sinks'])
    expect(engine.state).toBe('stopped')
    const handled = seen.length
    // Nothing of this starts it again, delivers anything or throws.
    engine.pause()
    engine.resume()
    engine.halt('late')
    engine.reset()
    expect(engine.offer(one())).toMatchObject({ status: 'refused', reason: 'not-running' })
    expect(await engine.publish(one())).toMatchObject({ status: 'refused', reason: 'not-running' })
    expect(await engine.stop()).toBe(report)
    await test.run(100_000)
    expect(engine.state).toBe('stopped')
    expect(seen).toHaveLength(handled)
    await expectNothingLeft(test)
  })

  it('cases: is followed by nothing: no late answer, timer or feed emits a signal, a letter or an event any more', async () => {
    const late = deferred()
    const facts: string[] = []
    const feed: Feed = {
      name: 'reconnects',
      recorded: false,
      async *read() {
        yield [one()]
        // Deaf to the stop, it comes back long after it.
        await new Promise<void>((resolve) => test.environment.watch(resolve, 5_000))
        yield [one(), one()]
      },
    }
    const test = engineOn({
      feeds: [feed],
      lateAfterMs: 60_000,
      timeoutMs: 60_000,
      strategies: [
        {
          name: 'late',
          onEvents: async (events, { clock, publish }) => {
            clock.setTimeout(() => signal({ symbol: 'AAPL', side: 'buy', strength: 1 }), 3_000)
            await late.promise
            facts.push(`published late: ${publish(one()).status}`)
            return events.map((cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause }))
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    await test.run(10)
    await test.during(engine.stop({ timeoutMs: 500 }), 1_000)
    const ledger = engine.ledger()
    for (const name of ['signal', 'deadLetter', 'state'] as const) engine.on(name, () => facts.push(name))
    late.resolve()
    await test.run(60_000)
    expect(facts).toEqual(['published late: refused'])
    const after = engine.ledger()
    expect(after).toMatchObject({ deliveries: ledger.deliveries, deadLetters: ledger.deadLetters })
    expect(after.events.accepted).toBe(ledger.events.accepted)
    expect(after.derived.accepted).toBe(0)
  })

  it('may be asked for by a signal handler of the process', async () => {
    const { seen, strategy } = witness()
    const engine = createEngine({ strategies: [strategy] })
    await engine.start()
    for (const draft of trades(500)) engine.offer(draft)
    const report = await new Promise<Awaited<ReturnType<typeof engine.stop>>>((resolve, reject) => {
      process.once('SIGUSR2', () => void engine.stop().then(resolve, reject))
      process.kill(process.pid, 'SIGUSR2')
    })
    expect(report.clean).toBe(true)
    expect(seen).toHaveLength(500)
    expect(engine.actors()).toEqual([])
  })

  it("cases: is measured on the machine's clock: a wall clock that is set yields no absurd time", async () => {
    const test = engineOn({ strategies: [{ name: 'slow', onEvents: never }], lateAfterMs: 60_000, timeoutMs: 60_000 })
    await test.start()
    test.engine.offer(one())
    await test.run()
    const stopping = test.engine.stop({ timeoutMs: 100 })
    test.environment.jump(-86_400_000)
    const report = await test.during(stopping, 200)
    expect(report.elapsedMs).toBeGreaterThanOrEqual(0)
    expect(report.elapsedMs).toBeLessThanOrEqual(200)
  })
})

describe('a pause', () => {
  it('cases: that meets a lease strands nothing of the chunk', async () => {
    for (const chunk of [1, 3, 256]) {
      const seen: number[] = []
      const test = engineOn({
        chunk: { maxEvents: chunk },
        workers: { min: 3, max: 3 },
        strategies: [
          {
            name: 'pauses',
            onEvent: (event) => {
              seen.push(numberOf(event))
              if (numberOf(event) % 5 === 2) test.engine.pause()
            },
          },
          { name: 'slow', onEvents: () => new Promise<void>((resolve) => test.environment.watch(resolve, 2)) },
        ],
      })
      const { engine } = test
      await test.start()
      for (const [index, draft] of trades(30).entries()) {
        engine.offer(draft)
        if (index % 7 === 0) {
          // Between the wake and the turn in which the chunk would be leased.
          engine.pause()
          engine.resume()
        }
      }
      for (let turn = 0; turn < 60; turn += 1) {
        await test.run(1)
        engine.resume()
      }
      await test.during(engine.drain(), 1_000)
      expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index))
      expect(engine.ledger().events).toMatchObject({ accepted: 30, settled: 30 })
      await test.during(engine.stop())
      await expectNothingLeft(test)
    }
  })
})
