import { describe, expect, it } from 'vitest'
import { latenessOf } from '../../src/environment/machine-condition.js'
import {
  createEngine,
  createSystemEnvironment,
  type EngineOptions,
  type Feed,
  type HealthReport,
  isOutcryError,
  memoryFeed,
  type SignalEvent,
  signal,
  trade,
} from '../../src/index.js'
import { engineOn, expectNothingLeft, never, settledOn, trades, witness } from '../engine/support.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

const TICK = 1_000

/** Virtual time, on a machine whose condition the test decides. */
class Conditioned extends VirtualEnvironment {
  lateMs = 0
  usedBytes = 0
  watches = 0

  eventLoopDelay() {
    this.watches += 1
    return {
      read: () => this.lateMs,
      close: () => {
        this.watches -= 1
      },
    }
  }

  memory() {
    return { usedBytes: this.usedBytes, limitBytes: 1_000 }
  }
}

/** An engine with all that it ever said of its health, and the alerts that a strategy was handed. */
function patient(options: EngineOptions = {}) {
  const environment = new Conditioned()
  const alerts: unknown[] = []
  const listener = {
    name: 'alerts',
    subscribe: { types: ['system.health'] },
    onEvent: (event: { readonly source: string; readonly payload: unknown }) => {
      alerts.push({ source: event.source, ...(event.payload as object) })
    },
  }
  const test = engineOn({ ...options, environment, strategies: [listener, ...(options.strategies ?? [])] })
  const told: HealthReport[] = []
  test.engine.on('health', (report) => told.push(report))
  return {
    ...test,
    environment,
    alerts,
    told,
    run: (byMs = 0): Promise<void> => environment.run(byMs),
    start: () => settledOn(environment, test.engine.start(), 0),
    ticks: (count: number): Promise<void> => environment.run(count * TICK),
    codes: () => test.engine.health().reasons.map(({ code, severity }) => `${code} ${severity}`),
    stop: () => settledOn(environment, test.engine.stop(), 60_000),
  }
}

const failing = { name: 'failing', subscribe: { types: ['trade'] } }
const fails = (): never => {
  throw new Error('no')
}

describe('the health of a running engine (row 3488)', () => {
  it('is healthy, says nothing and publishes nothing while nothing is wrong', async () => {
    const test = patient({ strategies: [witness().strategy] })
    expect(test.engine.health()).toEqual({ status: 'healthy', reasons: [] })
    await test.start()
    for (const draft of trades(100)) test.engine.offer(draft)
    await test.ticks(100)
    expect(test.told).toEqual([])
    expect(test.engine.ledger().derived.published).toBe(0)
    await test.stop()
    await expectNothingLeft(test)
    expect(test.environment.watches).toBe(0)
  })

  it('tells of each change to its listeners and, as an event of its own, to strategies that name it (row monitoring)', async () => {
    const test = patient()
    await test.start()
    test.environment.lateMs = 250
    await test.ticks(2)
    expect(test.engine.health()).toEqual({
      status: 'degraded',
      reasons: [
        {
          code: 'event-loop-delay',
          severity: 'degraded',
          message: 'The event loop runs its timers 250 ms late.',
          since: test.environment.now(),
          value: 250,
          threshold: 100,
        },
      ],
    })
    expect(test.told).toEqual([test.engine.health()])
    test.environment.lateMs = 0
    await test.ticks(3)
    await test.run(10)
    expect(test.told.map(({ status }) => status)).toEqual(['degraded', 'healthy'])
    expect(test.alerts).toEqual([
      {
        source: 'engine',
        state: 'degraded',
        reasons: ['event-loop-delay: The event loop runs its timers 250 ms late.'],
      },
      { source: 'engine', state: 'healthy', reasons: [] },
    ])
    expect(test.engine.ledger().derived).toMatchObject({ published: 2, accepted: 2, settled: 2 })
    expect(test.engine.ledger().events.published).toBe(0)
    await test.stop()
    await expectNothingLeft(test)
  })

  it('keeps its alerts from strategies that did not name them, and to itself if told to', async () => {
    const seen: string[] = []
    const all = { name: 'all', onEvent: (event: { readonly type: string }) => void seen.push(event.type) }
    const test = patient({ strategies: [all], health: { publish: false } })
    await test.start()
    test.environment.usedBytes = 960
    await test.ticks(2)
    expect(test.codes()).toEqual(['memory critical'])
    await test.stop()
    expect(test.alerts).toEqual([])

    const other = patient({ strategies: [all] })
    await other.start()
    other.environment.usedBytes = 860
    await other.ticks(3)
    expect(other.codes()).toEqual(['memory degraded'])
    expect(other.alerts).toHaveLength(1)
    expect(seen).toEqual([])
    await other.stop()
  })

  it('sees a queue that fills while it is paused, publishes that into the reserve, and does not call it stalled', async () => {
    const test = patient({ strategies: [witness().strategy], queue: { capacity: 100, highWater: 100 } })
    await test.start()
    test.engine.pause()
    for (const draft of trades(110)) test.engine.offer(draft)
    await test.ticks(2)
    expect(test.codes()).toEqual(['queue-depth critical'])
    expect(test.engine.ledger()).toMatchObject({ events: { accepted: 100, refused: 10 }, derived: { accepted: 1 } })
    await test.ticks(60)
    expect(test.codes()).toEqual(['queue-depth critical', 'queue-throttled critical'])
    test.engine.resume()
    await test.ticks(3)
    expect(test.codes()).toEqual([])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees handlers that fail, and that they do no more', async () => {
    let bad = true
    const test = patient({
      strategies: [{ ...failing, onEvent: () => (bad ? fails() : undefined), breaker: { disabled: true } }],
    })
    await test.start()
    const traffic = async (ticks: number): Promise<void> => {
      for (let tick = 0; tick < ticks; tick += 1) {
        for (const draft of trades(20)) test.engine.offer(draft)
        await test.ticks(1)
      }
    }
    await traffic(2)
    expect(test.codes()).toEqual(['error-rate critical'])
    bad = false
    await traffic(14)
    expect(test.codes()).toEqual([])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees more coming than is handled', async () => {
    const gate: (() => void)[] = []
    const slow = { ...failing, onEvents: () => new Promise<void>((resolve) => gate.push(resolve)) }
    const test = patient({
      strategies: [slow],
      lateAfterMs: 3_600_000,
      timeoutMs: 3_600_000,
      chunk: { maxEvents: 10 },
      queue: { capacity: 1_000, highWater: 1_000, partitions: 1 },
    })
    await test.start()
    for (let tick = 0; tick < 2; tick += 1) {
      for (const draft of trades(200, 'AAPL', tick * 200)) test.engine.offer(draft)
      for (const open of gate.splice(0)) open()
      await test.ticks(1)
    }
    expect(test.codes()).toContain('arrival-rate degraded')
    for (let round = 0; test.engine.ledger().events.queued > 0 && round < 1_000; round += 1) {
      for (const open of gate.splice(0)) open()
      await test.run(1)
    }
    await test.ticks(3)
    expect(test.codes()).toEqual([])
    for (const open of gate.splice(0)) open()
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees a breaker open, and closed again', async () => {
    let bad = true
    const breaker = { minimumCalls: 5, failureRate: 0.5, openTime: 5_000 }
    const test = patient({
      health: { errorRate: { degraded: Number.POSITIVE_INFINITY, critical: Number.POSITIVE_INFINITY } },
      strategies: [{ ...failing, breaker, onEvent: () => (bad ? fails() : undefined) }],
    })
    await test.start()
    for (const draft of trades(10)) test.engine.offer(draft)
    await test.ticks(2)
    expect(test.codes()).toEqual(['breaker-open degraded'])
    bad = false
    await test.ticks(5)
    for (let round = 0; round < 10; round += 1) {
      for (const draft of trades(5)) test.engine.offer(draft)
      await test.run(10)
    }
    await test.ticks(3)
    expect(test.codes()).toEqual([])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees a breaker that is isolated, or half-open for want of calls, until it is reset', async () => {
    const breaker = { minimumCalls: 5, openTime: 5_000 }
    const test = patient({ strategies: [{ ...failing, breaker, onEvent: () => undefined }] })
    await test.start()
    test.engine.breaker('failing').isolate()
    await test.ticks(2)
    expect(test.codes()).toEqual(['breaker-open degraded'])
    test.engine.breaker('failing').reset()
    await test.ticks(4)
    expect(test.codes()).toEqual([])
    test.engine.breaker('failing').trip()
    await test.ticks(10)
    expect(test.engine.breaker('failing').state).toBe('halfOpen')
    expect(test.codes()).toEqual(['breaker-open degraded'])
    test.engine.breaker('failing').reset()
    await test.ticks(4)
    expect(test.codes()).toEqual([])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees dead letters that come near to the bound of their bytes', async () => {
    const test = patient({
      strategies: [{ ...failing, onEvent: fails, breaker: { disabled: true } }],
      deadLetters: { maxCount: 1_000, maxBytes: 10_000 },
      health: {
        deadLetters: { degraded: 0.5 },
        errorRate: { degraded: Number.POSITIVE_INFINITY, critical: Number.POSITIVE_INFINITY },
      },
    })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.ticks(2)
    expect(test.codes()).toEqual([])
    for (const draft of trades(10)) test.engine.offer(draft)
    await test.ticks(2)
    expect(test.engine.ledger().deadLetters.evicted).toBe(0)
    expect(test.codes()).toEqual(['dead-letters-full degraded'])
    expect(test.engine.health().reasons[0]?.message).toMatch(/^The dead letters take up .* of their room/)
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees a hung strategy, and its answer after all', async () => {
    let answer = (): void => {}
    const hangs = { ...failing, onEvents: () => new Promise<void>((resolve) => (answer = resolve)), timeoutMs: 500 }
    const test = patient({
      strategies: [hangs],
      health: { errorRate: { degraded: Number.POSITIVE_INFINITY, critical: Number.POSITIVE_INFINITY } },
    })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.ticks(2)
    expect(test.codes()).toEqual(['strategy-hung degraded'])
    answer()
    await test.ticks(4)
    expect(test.codes()).toEqual([])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees a strategy that was given up, and that it was taken out', async () => {
    const test = patient()
    await test.start()
    const broken = { ...failing, state: fails, onEvent: () => undefined, restart: { maxRestarts: 0 } }
    const added = test.engine.strategies.add(broken).catch((error: unknown) => error)
    await test.ticks(2)
    expect(await added).toBeInstanceOf(Error)
    expect(test.codes()).toEqual(['strategy-faulted degraded'])
    await settledOn(test.environment, test.engine.strategies.remove('failing'), 1_000)
    await test.ticks(3)
    expect(test.codes()).toEqual([])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees dead letters that are full', async () => {
    const test = patient({
      strategies: [{ ...failing, onEvent: fails }],
      deadLetters: { maxCount: 5 },
      health: { errorRate: { degraded: Number.POSITIVE_INFINITY, critical: Number.POSITIVE_INFINITY } },
    })
    await test.start()
    for (const draft of trades(4)) test.engine.offer(draft)
    await test.ticks(2)
    expect(test.codes()).toEqual([])
    for (const draft of trades(4)) test.engine.offer(draft)
    await test.ticks(1)
    expect(test.codes()).toEqual(['dead-letters-full degraded'])
    await test.stop()
    await expectNothingLeft(test)
  })

  it.each(['rejects', 'never answers'])('sees a sink that %s, and its recovery', async (how) => {
    let open: (() => void) | undefined
    let bad = true
    const written: SignalEvent[] = []
    const sink = {
      name: 'broker',
      write: (signals: readonly SignalEvent[]): Promise<void> => {
        if (bad && how === 'rejects') return Promise.reject(new Error('refused'))
        if (bad) return new Promise((resolve) => (open = resolve))
        written.push(...signals)
        return Promise.resolve()
      },
    }
    const answering = {
      ...failing,
      onEvent: () => signal({ symbol: 'AAPL', side: 'buy' as const, strength: 1 }),
    }
    const test = patient({ strategies: [answering], sinks: [sink], health: { sinksFailing: { stuckAfterMs: 2_000 } } })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.ticks(how === 'rejects' ? 2 : 3)
    // Enough refusals open the sink's own breaker, which is told beside it.
    const opened = how === 'rejects' ? ['breaker-open degraded'] : []
    expect(test.codes()).toEqual([...opened, 'sink-failing critical'])
    bad = false
    open?.()
    await test.ticks(2)
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.ticks(9)
    expect(test.codes()).toEqual([])
    expect(written.length).toBeGreaterThan(0)
    await test.stop()
    await expectNothingLeft(test)
  })

  it('sees a feed that fails, and one that ends though nobody asked; not one that is known to end', async () => {
    const feed = (name: string, read: Feed['read']): Feed => ({ name, recorded: false, read })
    const test = patient({
      feeds: [
        // biome-ignore lint/correctness/useYield: it fails before it has anything to give.
        feed('broken', async function* () {
          throw new Error('gone')
        }),
        feed('short', async function* () {
          yield []
        }),
        feed('steady', async function* ({ signal }) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          yield []
        }),
        memoryFeed('finite', trades(3), { recorded: false }),
      ],
    })
    await test.start()
    await test.ticks(2)
    expect(test.codes()).toEqual(['feed-failed degraded', 'feed-ended degraded'])
    expect(test.engine.health().reasons.map(({ message }) => message)).toEqual([
      '1 of 4 feeds have failed: broken.',
      '1 of 3 live feeds have ended unasked: short.',
    ])
    await test.stop()
    expect(test.codes(), 'a feed that ends with its engine is no news').toEqual([
      'feed-failed degraded',
      'feed-ended degraded',
    ])
    await expectNothingLeft(test)
  })

  it('sees that nothing moves', async () => {
    const stuck = { ...failing, onEvents: never }
    const test = patient({
      strategies: [stuck],
      lateAfterMs: 3_600_000,
      timeoutMs: 3_600_000,
      workers: { min: 1, max: 1 },
      chunk: { maxEvents: 1 },
      queue: { partitions: 1 },
    })
    await test.start()
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.ticks(7)
    expect(test.codes()).toEqual(['stalled degraded'])
    await test.ticks(25)
    expect(test.codes()).toEqual(['stalled critical'])
    await settledOn(test.environment, test.engine.stop({ timeoutMs: 1_000 }), 10_000)
    await expectNothingLeft(test)
  })

  it('goes by the machine’s clock: a wall clock that is set back neither hides what lasts nor makes it last longer', async () => {
    let write = (): void => {}
    const answers = {
      name: 'answers',
      subscribe: { types: ['trade'], symbols: ['AAPL'] },
      onEvent: () => signal({ symbol: 'AAPL', side: 'buy' as const, strength: 1 }),
    }
    const stuck = { name: 'stuck', subscribe: { types: ['trade'], symbols: ['HANG'] }, onEvents: never }
    const test = patient({
      strategies: [answers, stuck],
      sinks: [{ name: 'broker', write: () => new Promise<void>((resolve) => (write = resolve)) }],
      lateAfterMs: 3_600_000,
      timeoutMs: 3_600_000,
      workers: { min: 1, max: 1 },
      chunk: { maxEvents: 1 },
      queue: { partitions: 1 },
      health: { sinksFailing: { stuckAfterMs: 2_000 } },
    })
    await test.start()
    test.engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await test.run(10)
    for (const draft of trades(3, 'HANG')) test.engine.offer(draft)
    await test.ticks(1)
    test.environment.jump(-3_600_000)
    await test.ticks(2)
    expect(test.codes()).toEqual(['sink-failing critical'])
    await test.ticks(4)
    expect(test.codes()).toEqual(['sink-failing critical', 'stalled degraded'])
    write()
    await settledOn(test.environment, test.engine.stop({ timeoutMs: 1_000 }), 10_000)
    await expectNothingLeft(test)
  })

  it('does not call a halted engine stalled', async () => {
    const test = patient({ strategies: [witness().strategy] })
    await test.start()
    test.engine.halt({ reason: 'limit breached' })
    for (const draft of trades(3)) test.engine.offer(draft)
    await test.ticks(60)
    expect(test.codes()).toEqual([])
    test.engine.reset()
    await test.stop()
    await expectNothingLeft(test)
  })

  it('goes on looking after a reading that threw, and tells of that', async () => {
    const test = patient()
    await test.start()
    const { memory } = test.environment
    test.environment.memory = () => {
      throw new Error('no statistics')
    }
    await test.ticks(3)
    expect(test.faultMessages()).toEqual(['no statistics', 'no statistics', 'no statistics'])
    test.environment.memory = memory
    test.environment.usedBytes = 990
    await test.ticks(2)
    expect(test.codes()).toEqual(['memory critical'])
    await test.stop()
    await expectNothingLeft(test)
  })

  it('leaves no timer and no watch of the event loop behind a start that failed', async () => {
    const test = patient({
      feeds: [
        {
          name: 'refused',
          recorded: false,
          prepare: () => Promise.reject(new Error('no such file')),
          async *read() {},
        },
      ],
    })
    await expect(test.start()).rejects.toThrow('no such file')
    await expectNothingLeft(test)
    expect(test.environment.watches).toBe(0)
  })

  it('publishes nothing into a run over recordings, whose events follow from the data alone', async () => {
    const digests: (string | undefined)[] = []
    for (const intervalMs of [1, 60_000]) {
      const engine = createEngine({
        feeds: [
          memoryFeed(
            'tape',
            Array.from({ length: 3_000 }, (_, at) => ({
              type: 'trade',
              timestamp: at * 10,
              symbol: 'AAPL',
              payload: { price: 1, size: 1 },
            })),
          ),
        ],
        strategies: [{ ...failing, onEvent: fails, breaker: { disabled: true } }],
        health: { intervalMs, enterTicks: 1, windowMs: intervalMs * 10, errorRate: { minDeliveries: 1 } },
      })
      await engine.start()
      await engine.finished()
      await engine.stop()
      digests.push(engine.digest())
      expect(engine.ledger().derived.published).toBe(0)
    }
    expect(digests[0]).toBe(digests[1])
    expect(digests[0]).toMatch(/^[0-9a-f]{16}$/)
  })

  it.each([
    ['health.intervalMs', 0, { intervalMs: 0 }],
    ['health.release', 1.5, { release: 1.5 }],
    ['health.queueDepth.degraded', 0.99, { queueDepth: { degraded: 0.99 } }],
    ['health.errorRate.critical', 2, { errorRate: { critical: 2 } }],
    ['health.windowMs', 10_000, { intervalMs: 1, windowMs: 10_000 }],
    ['health.colour', 'green', { colour: 'green' }],
  ] as const)('refuses %s of %s', (path, value, health) => {
    let thrown: unknown
    try {
      createEngine({ health: health as EngineOptions['health'] } as EngineOptions)
    } catch (error) {
      thrown = error
    }
    expect(isOutcryError(thrown) && thrown).toMatchObject({ code: 'OUTCRY_OPTION_INVALID', path, value })
  })
})

describe('what the machine says of its condition', () => {
  /** Watches a loop on which `block` runs between two turns; what it was late by then, and in the calm after. */
  async function lateness(block: (until: (ms: number) => void) => void | Promise<void>) {
    const environment = createSystemEnvironment()
    const delay = environment.eventLoopDelay?.()
    const turn = (ms: number) => new Promise<void>((resolve) => void environment.watch(resolve, ms))
    await turn(60)
    delay?.read()
    await block((ms) => {
      const until = environment.monotonic() + ms
      while (environment.monotonic() < until);
    })
    // The samples of a block are taken with the timers that fall due after it.
    await turn(1)
    const blocked = delay?.read() ?? 0
    expect(environment.pending()).toBe(1)
    delay?.close()
    delay?.close()
    expect(environment.pending()).toBe(0)
    return blocked
  }

  it('is how late the event loop was, also for a block that begins right after a look', async () => {
    expect(await lateness((busy) => busy(400))).toBeGreaterThan(200)
  })

  it('is never more than the longest that the loop was blocked', async () => {
    const environment = createSystemEnvironment()
    let longest = 0
    const once = await lateness(async (busy) => {
      let last = environment.monotonic()
      const turn = () => new Promise<void>((resolve) => void environment.watch(resolve, 1))
      busy(100)
      for (let round = 0; round < 200; round += 1) {
        await turn()
        const now = environment.monotonic()
        longest = Math.max(longest, now - last)
        last = now
      }
    })
    expect(once).toBeLessThanOrEqual(longest + 25)
  })

  it.each([
    ['a calm second', 1_000, 50, 20.5, 0, 0.5],
    ['one pause of half a second', 1_000, 26, 520, 240, 270],
    ['blocks of 80 ms without a break', 1_000, 10, 100, 79.9, 80.1],
    ['one pause of 100 ms', 1_000, 46, 120, 5, 15],
    ['a longest sample of an earlier second', 1_000, 50, 520, 0, 0.1],
    ['no sample yet', 5, 0, 0, 0, 0],
  ])('is the lateness of an average moment: %s', (_what, elapsedMs, samples, longestMs, least, most) => {
    const lateness = latenessOf(elapsedMs, samples, longestMs)
    expect(lateness).toBeGreaterThanOrEqual(least)
    expect(lateness).toBeLessThanOrEqual(most)
  })

  it('is how full the heap is', () => {
    const memory = createSystemEnvironment().memory?.()
    expect(memory?.usedBytes).toBeGreaterThan(1_000_000)
    expect(memory?.limitBytes).toBeGreaterThan(memory?.usedBytes ?? Number.NaN)
  })
})
