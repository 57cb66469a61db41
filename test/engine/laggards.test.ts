import { describe, expect, it } from 'vitest'
import { deferred, engineOn, expectNothingLeft, expectQuiet, never, numberOf, trades, witness } from './support.js'

const noBreaker = { disabled: true }

describe('a strategy whose promise does not settle', () => {
  const hanging = (gate: Promise<void>, seen: number[] = []) => ({
    name: 'hangs',
    breaker: noBreaker,
    onEvents: (events: readonly { payload: unknown }[]) => {
      seen.push(...events.map(numberOf))
      return gate
    },
  })

  it('is late: its group and the lease go on, and its peers get every event', async () => {
    const gate = deferred()
    const before = witness('before')
    const after = witness('after')
    const test = engineOn({
      workers: { min: 1, max: 1 },
      lateAfterMs: 100,
      timeoutMs: 10_000,
      groupSize: 2,
      strategies: [before.strategy, hanging(gate.promise), after.strategy],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(10)) engine.offer(draft)
    await test.run()
    expect(before.seen).toHaveLength(10)
    expect(after.seen).toEqual([])
    await test.run(100)
    expect(after.seen).toHaveLength(10)
    // The only worker is free again, so the next chunk reaches all the others at once.
    for (const draft of trades(10, 'AAPL', 10)) engine.offer(draft)
    await test.run()
    expect(before.seen).toHaveLength(20)
    expect(after.seen).toHaveLength(20)
    expect(engine.ledger().deliveries).toMatchObject({ due: 60, succeeded: 40, inFlight: 20 })
    expect(engine.ledger().events).toMatchObject({ settled: 0, inFlight: 20 })
    gate.resolve()
    await test.during(engine.drain())
    expect(engine.ledger().deliveries).toMatchObject({ due: 60, succeeded: 60 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('is hung after its timeout: what it holds is dead-lettered, and what comes later too', async () => {
    const gate = deferred()
    const seen: number[] = []
    const peer = witness()
    const test = engineOn({
      lateAfterMs: 100,
      timeoutMs: 1_000,
      strategies: [hanging(gate.promise, seen), peer.strategy],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(5)) engine.offer(draft)
    await test.run(200)
    for (const draft of trades(5, 'AAPL', 5)) engine.offer(draft)
    await test.run(700)
    expect(engine.ledger().deliveries.deadLettered).toBe(0)
    await test.run(100)
    expect(engine.deadLetters.list().map(({ reason, event }) => [reason, event && numberOf(event)])).toEqual(
      Array.from({ length: 10 }, (_, index) => ['timeout', index]),
    )
    for (const draft of trades(5, 'AAPL', 10)) engine.offer(draft)
    await test.during(engine.drain())
    expect(seen).toEqual([0, 1, 2, 3, 4])
    expect(peer.seen).toHaveLength(15)
    expect(engine.ledger().deliveries).toMatchObject({ due: 30, succeeded: 15, deadLettered: 15 })
    expectQuiet(test)
    await test.during(engine.stop())
    await expectNothingLeft(test)
  })

  it('is ready again once the promise settles: the late answer changes nothing', async () => {
    const gate = deferred()
    const seen: number[] = []
    const aborts: boolean[] = []
    const test = engineOn({
      lateAfterMs: 100,
      timeoutMs: 1_000,
      strategies: [
        {
          name: 'hangs',
          breaker: noBreaker,
          onEvent: async (event, { abort }) => {
            const number = numberOf(event)
            if (number === 0) await gate.promise
            aborts.push(abort.aborted)
            seen.push(number)
          },
        },
      ],
    })
    const { engine } = test
    await test.start()
    for (const draft of trades(3)) engine.offer(draft)
    await test.run(1_000)
    expect(engine.ledger().deliveries).toMatchObject({ deadLettered: 3, succeeded: 0 })
    gate.resolve()
    await test.run()
    for (const draft of trades(2, 'AAPL', 3)) engine.offer(draft)
    await test.during(engine.drain())
    expect(seen).toEqual([0, 3, 4])
    // The context of the hung call was taken before the timeout, so its signal says so.
    expect(aborts).toEqual([true, false, false])
    expect(engine.ledger().deliveries).toMatchObject({ due: 5, deadLettered: 3, succeeded: 2 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('keeps a bounded backlog while late: beyond it events are refused, counted and dead-lettered', async () => {
    const gate = deferred()
    const test = engineOn({
      lateAfterMs: 100,
      timeoutMs: 60_000,
      maxBacklog: 10,
      chunk: { maxEvents: 4 },
      strategies: [hanging(gate.promise)],
    })
    const { engine } = test
    await test.start()
    engine.offer(trades(1)[0] as never)
    await test.run(200)
    for (const draft of trades(20, 'AAPL', 1)) engine.offer(draft)
    await test.run()
    const letters = engine.deadLetters.list()
    expect(letters).toHaveLength(12)
    expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['refused']))
    expect(engine.ledger().deliveries).toMatchObject({ due: 21, deadLettered: 12, inFlight: 9 })
    gate.resolve()
    await test.during(engine.drain())
    expect(engine.ledger().deliveries).toMatchObject({ due: 21, deadLettered: 12, succeeded: 9 })
    expectQuiet(test)
    await test.during(engine.stop())
  })

  it('lets a draining stop end by its timeout, with what it held abandoned', async () => {
    const test = engineOn({ timeoutMs: 86_400_000, strategies: [{ name: 'hangs', onEvents: never }] })
    const { engine, environment } = test
    await test.start()
    for (const draft of trades(5)) engine.offer(draft)
    await test.run(10)
    const beganAt = environment.monotonic()
    const report = await test.during(engine.stop({ timeoutMs: 2_000 }), 2_000)
    expect(environment.monotonic() - beganAt).toBeLessThanOrEqual(2_000)
    expect(report.clean).toBe(false)
    expect(report.ledger.events).toMatchObject({ accepted: 5, abandoned: 5, inFlight: 0 })
    expect(report.ledger.deliveries).toMatchObject({ due: 5, abandoned: 5, inFlight: 0 })
    await expectNothingLeft(test)
  })

  it('20 workers held by hung handlers: stop returns within its timeout, and nothing lives on (row 3465)', async () => {
    const strategies = Array.from({ length: 20 }, (_, index) => ({
      name: `hangs-${index}`,
      subscribe: { types: ['trade'], symbols: [`S${index}`] },
      onEvents: never,
    }))
    const test = engineOn({
      workers: { min: 20, max: 20 },
      chunk: { maxEvents: 1 },
      concurrency: 100,
      lateAfterMs: 86_400_000,
      timeoutMs: 86_400_000,
      strategies,
    })
    const { engine, environment } = test
    await test.start()
    for (let index = 0; index < 20; index += 1) engine.offer(trades(1, `S${index}`)[0] as never)
    for (let index = 0; index < 20; index += 1) engine.offer(trades(1, `S${index}`)[0] as never)
    await test.run()
    expect(engine.ledger().events).toMatchObject({ inFlight: expect.any(Number) as number })
    const beganAt = environment.monotonic()
    const report = await test.during(engine.stop({ timeoutMs: 1_000 }), 1_000)
    expect(environment.monotonic() - beganAt).toBeLessThanOrEqual(1_000)
    expect(report.abandoned).toEqual([])
    expect(report.ledger.events).toMatchObject({ accepted: 40, abandoned: 40, queued: 0, inFlight: 0 })
    await expectNothingLeft(test)
  })

  it('is not watched while it waits for its slot: only a call that runs can time out', async () => {
    const gate = deferred()
    const calls: string[] = []
    const strategy = (name: string) => ({
      name,
      breaker: noBreaker,
      onEvents: async () => {
        calls.push(name)
        await gate.promise
      },
    })
    const test = engineOn({
      concurrency: 1,
      lateAfterMs: 100,
      timeoutMs: 1_000,
      strategies: [strategy('first'), strategy('second')],
    })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run(999)
    expect(calls).toEqual(['first'])
    // The first is given up, which frees its slot for the second, whose own time begins now.
    await test.run(1)
    expect(calls).toEqual(['first', 'second'])
    await test.run(999)
    expect(test.engine.ledger().deliveries).toMatchObject({ deadLettered: 1, inFlight: 1 })
    gate.resolve()
    await test.during(test.engine.drain())
    expect(test.engine.ledger().deliveries).toMatchObject({ deadLettered: 1, succeeded: 1 })
    expectQuiet(test)
    await test.during(test.engine.stop())
  })
})
