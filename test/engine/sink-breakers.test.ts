import { describe, expect, it } from 'vitest'
import { createActor, fromTransition } from 'xstate'
import { portOf } from '../../actors/engine.js'
import { sinkLogic } from '../../actors/sinks.js'
import type { SinkEvent } from '../../machines/sink.js'
import { isOutcryError, type SignalEvent, type Sink, type StrategyDefinition, signal } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, numberOf, type TestEngine, trades } from './support.js'

const answering: StrategyDefinition = {
  name: 'answers',
  subscribe: { types: ['trade'] },
  onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, reason: String(numberOf(cause)), cause }),
}

/** A sink that fails while `down`, with every attempt on record. */
function broker(own: Partial<Sink> = {}) {
  const made = {
    down: false,
    error: new Error('down') as unknown,
    attempts: [] as number[],
    written: [] as string[],
    sink: {
      name: 'broker',
      write(signals: readonly SignalEvent[]) {
        made.attempts.push(signals.length)
        if (made.down) throw made.error
        made.written.push(...signals.map(({ payload }) => payload.reason ?? ''))
      },
      ...own,
    } satisfies Sink,
  }
  return made
}

const offer = async (test: TestEngine, count: number, from = 0): Promise<void> => {
  for (const draft of trades(count, 'AAPL', from)) test.engine.offer(draft)
  await test.run()
}

const countsOf = ({ engine }: TestEngine) => portOf(engine).plane.outboxes[0]?.counts

it('cases: an error of a sink that its breaker ignores decides nothing, not even as a probe', async () => {
  const made = broker({ breaker: { minimumCalls: 1, halfOpen: { permits: 1 }, openTime: 1_000, ignore: () => true } })
  const test = engineOn({ strategies: [answering], sinks: [made.sink] })
  await test.start()
  const breaker = test.engine.breaker('sink:broker')
  breaker.trip()
  await test.run(1_000)
  expect(breaker.state).toBe('halfOpen')
  made.down = true
  await offer(test, 1)
  expect(made.attempts).toEqual([1])
  expect(breaker.reading()).toMatchObject({ state: 'halfOpen', counts: { ok: 0, failed: 0, undecided: 1 } })
  made.down = false
  await test.run(100)
  expect(breaker.state).toBe('closed')
  await test.during(test.engine.stop())
  await expectNothingLeft(test)
})

describe('the circuit breaker of a sink', () => {
  it('is there from the start under the name sink:<name>, unless the sink wants none', async () => {
    const test = engineOn({
      strategies: [answering],
      sinks: [broker().sink, { name: 'free', breaker: false, write: () => {} }],
    })
    await test.start()
    expect([...test.engine.breakers.byName.keys()].sort()).toEqual(['answers', 'sink:broker'])
    expect(test.engine.breaker('sink:broker').state).toBe('closed')
    expect(test.engine.actors().join()).toContain('breaker:sink:broker')
    expect(() => test.engine.breaker('sink:free')).toThrow(/Nothing named "sink:free"/)
    await offer(test, 3)
    expect(test.engine.breaker('sink:broker').reading().counts).toMatchObject({ failed: 0, rejected: 0 })
    expect(test.engine.breaker('sink:broker').reading().counts.ok).toBeGreaterThan(0)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('opens when most writes fail; nothing is asked until it half-opens, and no attempt is counted meanwhile', async () => {
    const made = broker({ breaker: { minimumCalls: 3, openTime: 60_000 } })
    made.down = true
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    await offer(test, 2)
    await test.run(1_000)
    const breaker = test.engine.breaker('sink:broker')
    expect(breaker.state).toBe('open')
    expect(made.attempts).toHaveLength(3)
    await test.run(55_000)
    expect(made.attempts).toHaveLength(3)
    // The batch has two attempts left and is not given up, however often leave was asked for.
    expect(countsOf(test)).toMatchObject({ offered: 2, failed: 0, written: 0 })
    expect(test.engine.health().reasons.map(({ code }) => code)).toContain('breaker-open')
    made.down = false
    await test.run(5_000)
    expect(made.written).toEqual(['0', '1'])
    expect(breaker.state).toBe('closed')
    expect(test.faults).toEqual([])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('opens again when its probe fails, and stays out of the way of other sinks', async () => {
    const made = broker({ breaker: { minimumCalls: 3, openTime: 1_000 } })
    made.down = true
    const well: string[] = []
    const other: Sink = { name: 'well', write: (signals) => void well.push(...signals.map(({ id }) => id)) }
    const test = engineOn({ strategies: [answering], sinks: [made.sink, other] })
    await test.start()
    await offer(test, 4)
    await test.run(1_500)
    expect(made.attempts).toHaveLength(4)
    expect(test.engine.breaker('sink:broker').reading()).toMatchObject({
      state: 'open',
      counts: { opened: 2, probes: 1 },
    })
    expect(well).toHaveLength(4)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('gives nothing up while its probes fail, however long the sink is down', async () => {
    const made = broker({ breaker: { minimumCalls: 3, openTime: 1_000 } })
    made.down = true
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    await offer(test, 2)
    await test.run(60_000)
    expect(test.engine.breaker('sink:broker').reading().counts.probes).toBeGreaterThan(20)
    expect(countsOf(test)).toMatchObject({ offered: 2, failed: 0 })
    expect(test.engine.health().reasons.map(({ code }) => code)).toContain('sink-failing')
    made.down = false
    await offer(test, 1, 2)
    await test.run(2_000)
    expect(made.written).toEqual(['0', '1', '2'])
    expect(test.faults).toEqual([])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('takes an error that it ignores for the batch’s own, which is then given up by its probes too', async () => {
    const refused = new Error('no such symbol')
    const made = broker({ breaker: { minimumCalls: 1, openTime: 1_000, ignore: (error) => error === refused } })
    made.down = true
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    await offer(test, 1)
    expect(test.engine.breaker('sink:broker').state).toBe('open')
    made.error = refused
    await test.run(60_000)
    expect(test.faults).toEqual([{ where: 'sink broker', error: refused }])
    expect(countsOf(test)).toMatchObject({ offered: 1, failed: 1 })
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('is isolated by a person, and lets all through at once when it is reset', async () => {
    const made = broker()
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    test.engine.breaker('sink:broker').isolate()
    await offer(test, 3)
    await test.run(600_000)
    expect(made.attempts).toEqual([])
    test.engine.breaker('sink:broker').reset()
    await test.run(1)
    expect(made.written).toEqual(['0', '1', '2'])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['isolate', 'trip'] as const)('does not hold back what is left at a stop (%s)', async (how) => {
    const made = broker()
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    test.engine.breaker('sink:broker')[how]()
    await offer(test, 3)
    expect(made.written).toEqual([])
    const report = await test.during(test.engine.stop())
    expect(report.clean).toBe(true)
    expect(made.written).toEqual(['0', '1', '2'])
    await expectNothingLeft(test)
  })

  it('lets a halt take back the signals that it holds up', async () => {
    const made = broker()
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    test.engine.breaker('sink:broker').isolate()
    await offer(test, 3)
    test.engine.halt({ symbol: 'AAPL', reason: 'test' })
    test.engine.breaker('sink:broker').reset()
    await test.run(10)
    expect(made.written).toEqual([])
    expect(countsOf(test)).toMatchObject({ offered: 3, withheld: 3 })
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('opens for slow writes, on the machine’s clock', async () => {
    const sink: Sink = {
      name: 'broker',
      breaker: { minimumCalls: 2, slowCallMs: 100, slowCallRate: 1, openTime: 60_000 },
      write: () => new Promise((resolve) => void test.environment.watch(() => resolve(), 101)),
    }
    const test = engineOn({ strategies: [answering], sinks: [sink] })
    await test.start()
    await offer(test, 1)
    await test.run(150)
    await offer(test, 1, 1)
    await test.run(150)
    expect(test.engine.breaker('sink:broker')).toMatchObject({ state: 'open' })
    expect(test.engine.breaker('sink:broker').reading()).toMatchObject({ counts: { slow: 2, failed: 0 } })
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('asks the sink’s own predicate what an error means', async () => {
    class Busy extends Error {}
    const made = broker({ breaker: { minimumCalls: 2, ignore: (error) => error instanceof Busy } })
    made.down = true
    made.error = new Busy()
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    await offer(test, 1)
    await test.run(60_000)
    expect(test.engine.breaker('sink:broker').state).toBe('closed')
    expect(countsOf(test)).toMatchObject({ failed: 1 })
    await test.during(test.engine.stop())
  })

  it('whose probe hangs opens again, and goes on when the write has settled after all', async () => {
    const gate = deferred()
    const made = broker({ breaker: { minimumCalls: 3, openTime: 1_000, halfOpen: { permits: 1, maxWaitMs: 500 } } })
    made.down = true
    const { write } = made.sink
    let hangs = false
    made.sink.write = (signals) => (hangs ? (gate.promise as never) : write(signals))
    const test = engineOn({ strategies: [answering], sinks: [made.sink] })
    await test.start()
    await offer(test, 1)
    await test.run(900)
    hangs = true
    await test.run(1_000)
    const breaker = test.engine.breaker('sink:broker')
    expect(breaker.reading()).toMatchObject({ state: 'open', counts: { lost: 1 } })
    hangs = false
    made.down = false
    gate.resolve()
    await offer(test, 1, 1)
    await test.run(5_000)
    expect(made.written).toEqual(['1'])
    expect(breaker.state).toBe('closed')
    expect(breaker.reading().counts.stale).toBe(1)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('is refused with a name and a value where its options cannot be used', () => {
    const refusal = (options: object): string => {
      try {
        engineOn({ sinks: [broker({ breaker: options }).sink] })
        return ''
      } catch (error) {
        return isOutcryError(error) ? `${error.code} ${error.message}` : String(error)
      }
    }
    expect(refusal({ failureRate: 7 })).toMatch(/^OUTCRY_OPTION_INVALID breakers\.sink:broker\.failureRate is 7/)
    expect(refusal({ windows: 7 })).toMatch(/^OUTCRY_OPTION_INVALID breakers\.sink:broker\.windows is 7/)
    // A window of one's own does not have to be as large as the default's least number of calls.
    expect(refusal({ window: { kind: 'count', size: 3 } })).toBe('')
  })
})

describe('sinks', () => {
  it('have a name each, as their counts and what they acknowledged are kept by it', () => {
    const write = (): void => {}
    const refusal = (sinks: unknown): unknown => {
      try {
        return engineOn({ sinks: sinks as readonly Sink[] })
      } catch (error) {
        return isOutcryError(error) ? `${error.code} ${error.message}` : error
      }
    }
    expect(
      refusal([
        { name: 'a', write },
        { name: 'a', write },
      ]),
    ).toBe('OUTCRY_OPTION_INVALID option sinks.1.name is "a": another sink has that name')
    expect(refusal([{ write }])).toMatch(/^OUTCRY_OPTION_INVALID option sinks\.0 is an object: a sink has a name/)
  })
})

describe('a sink’s machine', () => {
  it('that is stopped in the moment in which its breaker turns it away writes what is left', () => {
    const done: string[] = []
    let tell: (event: SinkEvent) => void = () => {}
    const port = {
      attach: (send: (event: SinkEvent) => void) => {
        tell = send
      },
      waiting: true,
      open: () => tell({ type: 'sink.opened' }),
      write: () => {
        tell({ type: 'sink.stop' })
        tell({ type: 'sink.rejected' })
      },
      flush: () => {
        done.push('flush')
        port.waiting = false
        tell({ type: 'sink.written' })
      },
      acknowledge: () => done.push('acknowledge'),
      giveUp: () => done.push('give up'),
      watchRetry: () => {},
      unwatchRetry: () => {},
      close: () => tell({ type: 'sink.closed' }),
      failed: () => {},
      unanswered: (_actor: string, event: string) => done.push(event),
    }
    const parent = createActor(
      sinkLogic.provide({ actions: { reportStarted: () => {}, reportStopped: () => {}, reportFailed: () => {} } }),
      { input: { name: 'sink-1', outbox: port, maxAttempts: 5 }, parent: createActor(fromTransition((s) => s, 0)) },
    )
    parent.start()
    expect(parent.getSnapshot().value).toBe('closed')
    expect(done).toEqual(['flush', 'acknowledge'])
  })
})
