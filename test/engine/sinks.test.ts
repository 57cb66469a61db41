import { describe, expect, it } from 'vitest'
import { type SignalEvent, type Sink, type StrategyDefinition, signal } from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, never, numberOf, trades } from './support.js'

const answering: StrategyDefinition = {
  name: 'answers',
  subscribe: { types: ['trade'] },
  onEvent: (cause) => signal({ symbol: 'AAPL', side: 'buy', strength: 1, reason: String(numberOf(cause)), cause }),
}

const reasons = (signals: readonly SignalEvent[]): string[] => signals.map(({ payload }) => payload.reason ?? '')
const upTo = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

const unreadable = (): never => {
  throw new Error('unreadable')
}
const twice = (done: () => void): void => {
  done()
  done()
}

describe('a sink', () => {
  it('gets each signal once and in order, whether it writes at once or later', async () => {
    const direct: string[] = []
    const slow: string[] = []
    const sinks: Sink[] = [
      { name: 'direct', write: (signals) => void direct.push(...reasons(signals)) },
      {
        name: 'slow',
        write: async (signals) => {
          await Promise.resolve()
          slow.push(...reasons(signals))
        },
      },
    ]
    const test = engineOn({ strategies: [answering], sinks })
    await test.start()
    for (let round = 0; round < 5; round += 1) {
      for (const draft of trades(20, 'AAPL', round * 20)) test.engine.offer(draft)
      await test.run()
    }
    await test.during(test.engine.stop())
    expect(direct).toEqual(upTo(100))
    expect(slow).toEqual(upTo(100))
    await expectNothingLeft(test)
  })

  it('is not written to a second time while a write is under way, not even by a stop', async () => {
    const gate = deferred()
    const written: string[] = []
    let open = 0
    let most = 0
    const sink: Sink = {
      name: 'slow',
      write: async (signals) => {
        open += 1
        most = Math.max(most, open)
        await gate.promise
        written.push(...reasons(signals))
        open -= 1
      },
    }
    const test = engineOn({ strategies: [answering], sinks: [sink] })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.run()
    const stopping = test.engine.stop()
    await test.run(10)
    expect(most).toBe(1)
    gate.resolve()
    const report = await test.during(stopping)
    expect(most).toBe(1)
    expect(written).toEqual(upTo(3))
    expect(report.clean).toBe(true)
    await expectNothingLeft(test)
  })

  it('that fails is tried again with growing waits, and gets what it missed', async () => {
    const attempts: number[] = []
    const written: string[] = []
    const sink: Sink = {
      name: 'moody',
      write: (signals) => {
        attempts.push(test.environment.monotonic())
        if (attempts.length <= 3) return Promise.reject(new Error('busy'))
        written.push(...reasons(signals))
        return undefined
      },
    }
    const test = engineOn({ strategies: [answering], sinks: [sink] })
    await test.start()
    for (const draft of trades(2)) test.engine.offer(draft)
    await test.run(10_000)
    expect(written).toEqual(upTo(2))
    // The fourth attempt succeeds; the second signal is a batch of its own.
    const waits = attempts.slice(1, 4).map((at, index) => at - (attempts[index] ?? 0))
    expect(waits).toHaveLength(3)
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(test.faults).toEqual([])
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it.each(['throws', 'rejects'])(
    'that always %s is given up for that batch, told as a fault, and goes on',
    async (how) => {
      let down = true
      const written: string[] = []
      const sink: Sink = {
        name: 'broken',
        // With one, the second batch would be kept until the breaker has closed.
        breaker: false,
        write: (signals) => {
          if (!down) return void written.push(...reasons(signals))
          if (how === 'throws') throw new Error('gone')
          return Promise.reject(new Error('gone'))
        },
      }
      const other: string[] = []
      const test = engineOn({
        strategies: [answering],
        sinks: [sink, { name: 'well', write: (signals) => void other.push(...reasons(signals)) }],
      })
      await test.start()
      for (const draft of trades(2)) test.engine.offer(draft)
      await test.run(60_000)
      // The first signal went out alone, and the second once that one was given up.
      expect(test.faults).toEqual(Array(2).fill({ where: 'sink broken', error: new Error('gone') }))
      down = false
      for (const draft of trades(2, 'AAPL', 2)) test.engine.offer(draft)
      await test.run()
      expect(written).toEqual(['2', '3'])
      expect(other).toEqual(upTo(4))
      expectQuiet(test)
      const report = await test.during(test.engine.stop())
      expect(report, 'what was given up before is none of the stop').toMatchObject({ clean: true })
      await expectNothingLeft(test)
    },
  )

  it('whose write hangs is abandoned by name when the stop runs out of time', async () => {
    const test = engineOn({ strategies: [answering], sinks: [{ name: 'stuck', write: never }] })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    const beganAt = test.environment.monotonic()
    const report = await test.during(test.engine.stop({ timeoutMs: 1_000 }), 1_000)
    expect(test.environment.monotonic() - beganAt).toBeLessThanOrEqual(1_000)
    expect(report.abandoned).toEqual(['sinks'])
    expect(report.clean).toBe(false)
    await expectNothingLeft(test)
  })

  it('that waits to try again is asked once more at a stop, and leaves no timer', async () => {
    let writes = 0
    const sink: Sink = {
      name: 'down',
      write: () => {
        writes += 1
        throw new Error('down')
      },
    }
    const test = engineOn({ strategies: [answering], sinks: [sink] })
    await test.start()
    test.engine.offer(trades(1)[0] as never)
    await test.run()
    expect(writes).toBe(1)
    const report = await test.during(test.engine.stop())
    expect(writes).toBe(2)
    expect(report, 'a signal that nobody took is lost by the stop').toMatchObject({
      clean: false,
      sinks: { down: { offered: 1, written: 0, failed: 1 } },
    })
    expect(test.faultMessages()).toEqual(['down'])
    await expectNothingLeft(test)
  })

  it.each(['throws', 'rejects'])('whose close %s is told as a fault, and the stop is done', async (how) => {
    const sink: Sink = {
      name: 'rude',
      write: () => {},
      close: () => {
        if (how === 'throws') throw new Error('stays open')
        return Promise.reject(new Error('stays open'))
      },
    }
    const test = engineOn({ sinks: [sink] })
    await test.start()
    await test.during(test.engine.stop())
    expect(test.faults).toEqual([{ where: 'sink rude', error: new Error('stays open') }])
    await expectNothingLeft(test)
  })

  it.each<[string, () => unknown]>([
    ['a number', () => 3],
    ['null', () => null],
    ['true', () => true],
    ['a thenable that settles twice', () => Object.defineProperty({}, 'then', { value: twice })],
  ])('may answer %s, whatever is called', async (_, answer) => {
    const sink = { name: 'odd', open: answer, write: answer, close: answer } as unknown as Sink
    const test = engineOn({ strategies: [answering], sinks: [sink] })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.run()
    const report = await test.during(test.engine.stop())
    expect(report).toMatchObject({ clean: true, state: 'stopped' })
    expect(report.sinks.odd).toEqual({ offered: 3, written: 3, failed: 0, dropped: 0, withheld: 0 })
    await expectNothingLeft(test)
  })

  it.each<[string, () => unknown]>([
    ['throws as it is called', () => Object.defineProperty({}, 'then', { value: unreadable })],
    ['throws as it is read', () => Object.defineProperty({}, 'then', { get: unreadable })],
  ])('whose promise has a then that %s has failed to write, and the engine runs on', async (_, answer) => {
    const test = engineOn({ strategies: [answering], sinks: [{ name: 'broken', write: answer } as unknown as Sink] })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.run()
    expect(test.engine.state).toBe('running.flowing')
    const report = await test.during(test.engine.stop())
    expect(report.state).toBe('stopped')
    expect(report.sinks.broken).toEqual({ offered: 3, written: 0, failed: 3, dropped: 0, withheld: 0 })
    await expectNothingLeft(test)
  })

  it('that empties the list it is given, or adds to it, is counted by what it was given', async () => {
    const given: string[] = []
    let firstWrite = 0
    const sinks: Sink[] = [
      {
        name: 'shifts',
        write: (signals) => {
          const own = signals as SignalEvent[]
          for (let next = own.shift(); next !== undefined; next = own.shift()) given.push(next.payload.reason ?? '')
          if (firstWrite > 0) return
          firstWrite = given.length
          throw new Error('once more')
        },
      },
      { name: 'pushes', write: (signals) => void (signals as SignalEvent[]).push(...signals) },
    ]
    const test = engineOn({ strategies: [answering], sinks })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.run()
    const report = await test.during(test.engine.stop())
    expect(firstWrite).toBeGreaterThan(0)
    expect(given.slice(firstWrite)).toEqual(upTo(3))
    const written = { offered: 3, written: 3, failed: 0, dropped: 0, withheld: 0 }
    expect(report.sinks).toEqual({ shifts: written, pushes: written })
  })

  it('too slow for what it is offered loses what is beyond its bound, which is counted, told of, and shown', async () => {
    const gate = deferred()
    const burst: StrategyDefinition = {
      name: 'burst',
      subscribe: { types: ['trade'] },
      onEvent: (cause) =>
        Array.from({ length: 1_000 }, () => signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause })),
    }
    let first = 0
    const slow: Sink = {
      name: 'slow',
      write: (signals) => {
        first ||= signals.length
        return gate.promise
      },
    }
    const test = engineOn({ strategies: [burst], sinks: [slow] })
    await test.start()
    for (const draft of trades(102)) {
      test.engine.offer(draft)
      await test.run()
    }
    const dropped = 102_000 - 100_000 - first
    expect(dropped).toBeGreaterThan(100)
    const told = [1, 10, 100, 1_000].map(
      (count) => `the sink slow is too slow: 100000 signals wait for it, and ${count} were dropped`,
    )
    expect(test.faultMessages()).toEqual(told)
    expect(test.engine.stats.get().sinks).toEqual({
      slow: { offered: 102_000, written: 0, failed: 0, dropped, withheld: 0, waiting: 102_000 - dropped },
    })
    gate.resolve()
    const report = await test.during(test.engine.stop())
    expect(report.sinks.slow).toMatchObject({ written: 102_000 - dropped, dropped })
  })
})
