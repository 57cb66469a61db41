import { describe, expect, it } from 'vitest'
import { createEngine, portOf } from '../../actors/engine.js'
import type { EngineOptions } from '../../actors/options.js'
import { defineStrategy } from '../../src/dispatch/define-strategy.js'
import { quote, trade } from '../../src/events/catalogue/market.js'
import { signal } from '../../src/events/catalogue/signal.js'
import { MARK_DERIVED, type OutcryEvent } from '../../src/events/event.js'
import type { Receipt } from '../../src/events/receipt.js'
import { MemoryJournal } from '../../src/journal/memory.js'
import type { JournalBatch } from '../../src/journal/records.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import type { SignalEvent, Sink } from '../../src/sinks/sink.js'
import { all } from './support.js'

/** A journal whose appends the test lets go, or fails. */
class GatedJournal extends MemoryJournal {
  readonly batches: JournalBatch[] = []
  held: (() => void)[] = []
  gate = false
  failures = 0

  override async append(batch: JournalBatch, sync: boolean): Promise<void> {
    if (this.gate) await new Promise<void>((resolve) => this.held.push(resolve))
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('the disk is full')
    }
    this.batches.push(batch)
    await super.append(batch, sync)
  }

  letGo(): void {
    const { held } = this
    this.held = []
    for (const go of held) go()
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000 && !condition(); round += 1) await tick()
  expect(condition()).toBe(true)
}

/** All that the engine has done so far is written. */
async function quiet(engine: ReturnType<typeof createEngine>): Promise<void> {
  await tick()
  await until(() => portOf(engine).plane.journalling?.writer.quiet === true)
}

const price = (n: number, id = `t-${n}`) => trade({ id, symbol: `S${n % 5}`, price: n + 1, size: 1 })

function counting() {
  const seen: OutcryEvent[] = []
  const strategy = defineStrategy({
    name: 'counting',
    subscribe: { types: ['trade'] },
    state: () => ({ sum: 0, count: 0 }),
    onEvent(event, { state }) {
      state.sum += event.payload.price
      state.count += 1
      seen.push(event)
    },
  })
  return { seen, strategy }
}

const engineOn = (journal: MemoryJournal, options: EngineOptions = {}) => createEngine({ journal, ...options })

describe('an engine with a journal', () => {
  it('hands an event to nobody, and answers its publisher, only once it is durable', async () => {
    const journal = new GatedJournal()
    const { seen, strategy } = counting()
    const engine = engineOn(journal, { strategies: [strategy] })
    await engine.start()
    await tick()
    journal.gate = true
    let receipt: Receipt | undefined
    const published = engine.publish(price(1)).then((answer) => {
      receipt = answer
    })
    await until(() => journal.held.length === 1)
    await tick()
    expect(receipt).toBeUndefined()
    expect(seen).toEqual([])
    expect(engine.ledger().events).toMatchObject({ published: 0, accepted: 0 })
    journal.gate = false
    journal.letGo()
    await published
    expect(receipt).toMatchObject({ status: 'accepted', sequence: 1 })
    await engine.drain()
    expect(seen.map(({ id }) => id)).toEqual(['t-1'])
    await engine.stop()
  })

  it('holds no more than there is room for while it waits for the journal: signals and conflated events too', async () => {
    const journal = new GatedJournal()
    const answering = defineStrategy({
      name: 'answering',
      subscribe: { types: ['trade'] },
      onEvent: (event) =>
        Array.from({ length: 8 }, () => signal({ symbol: 'A', side: 'buy', strength: 1, cause: event })),
    })
    const queue = { capacity: 4, highWater: 4, signalHeadroom: 2 }
    const engine = engineOn(journal, { strategies: [answering], queue, conflate: { quote: true } })
    await engine.start()
    await engine.publish(price(0))
    journal.gate = true
    await until(() => portOf(engine).plane.queue.depth === 6)
    for (let n = 0; n < 20; n += 1) engine.offer(quote({ symbol: 'A', bid: n + 1 }))
    expect(portOf(engine).plane.queue.peakDepth).toBe(6)
    expect(engine.ledger().events.refused).toBe(20)
    expect(engine.ledger().derived).toMatchObject({ accepted: 6, refused: 2 })
    journal.gate = false
    journal.letGo()
    await engine.drain()
    expect(imbalances((await engine.stop()).ledger)).toEqual([])
  })

  it('does not take the id of a signal for seen that found no room while it waited for the journal', async () => {
    const journal = new GatedJournal()
    const engine = engineOn(journal, { queue: { capacity: 1, highWater: 1, signalHeadroom: 1 } })
    await engine.start()
    await tick()
    const { intake } = portOf(engine).plane
    const answer = (id: string): Receipt =>
      intake.offer(signal({ id, symbol: 'A', side: 'buy', strength: 1 }), true, MARK_DERIVED)
    journal.gate = true
    expect(engine.offer(price(1)).status).toBe('accepted')
    expect(answer('fits').status).toBe('accepted')
    expect(answer('full')).toMatchObject({ status: 'refused', reason: 'full' })
    journal.gate = false
    journal.letGo()
    await engine.drain()
    expect([answer('full').status, answer('fits').status]).toEqual(['accepted', 'duplicate'])
    await engine.drain()
    expect(imbalances((await engine.stop()).ledger)).toEqual([])
  })

  it('that has to be left behind at a stop leaves nobody waiting, and nothing uncounted', async () => {
    const journal = new GatedJournal()
    const engine = engineOn(journal)
    await engine.start()
    await tick()
    journal.gate = true
    const published = engine.publish(price(1))
    await until(() => journal.held.length === 1)
    const waiting = engine.publish(price(2))
    engine.offer(price(3))
    const { ledger, abandoned } = await engine.stop({ drain: true, timeoutMs: 30 })
    expect(abandoned).toContain('journal')
    expect(await published).toMatchObject({ status: 'refused' })
    expect(await waiting).toMatchObject({ status: 'refused' })
    expect(imbalances(ledger)).toEqual([])
    expect(ledger.events).toMatchObject({ published: 3, refused: 2, accepted: 1, abandoned: 1, queued: 0 })
    journal.letGo()
    await tick()
    expect(engine.ledger().events).toMatchObject({ published: 3, abandoned: 1, queued: 0 })
  })

  it('writes what gathers while a batch is on its way as one', async () => {
    const journal = new GatedJournal()
    const engine = engineOn(journal)
    await engine.start()
    await tick()
    journal.gate = true
    const first = engine.publish(price(0))
    await until(() => journal.held.length === 1)
    const rest = Array.from({ length: 500 }, (_, n) => engine.publish(price(n + 1)))
    await tick()
    journal.gate = false
    journal.letGo()
    await Promise.all([first, ...rest])
    const sizes = journal.batches.map(({ events }) => events?.length ?? 0).filter((size) => size > 0)
    expect(sizes).toEqual([1, 500])
    await engine.stop()
  })

  it('publishAll has many on their way at once, and counts each when it is durable', async () => {
    const journal = new GatedJournal()
    const { seen, strategy } = counting()
    const engine = engineOn(journal, { strategies: [strategy] })
    await engine.start()
    const inputs = [...Array.from({ length: 5_000 }, (_, n) => price(n)), price(7), { type: 'trade', payload: 1 }]
    const summary = await engine.publishAll(inputs)
    expect(summary).toMatchObject({ published: 5_002, accepted: 5_000, duplicate: 1, invalid: 1 })
    await engine.drain()
    expect(seen.length).toBe(5_000)
    const writes = journal.batches.filter(({ events }) => events !== undefined).length
    expect(writes).toBeLessThan(200)
    const report = await engine.stop()
    expect(report.clean).toBe(true)
    expect(imbalances(report.ledger)).toEqual([])
    expect(await all(journal.read())).toHaveLength(5_000)
  })

  it('tells its journal which events are at their end', async () => {
    const journal = new MemoryJournal()
    const { strategy } = counting()
    const engine = engineOn(journal, { strategies: [strategy] })
    await engine.start()
    await engine.publishAll(Array.from({ length: 300 }, (_, n) => price(n)))
    await engine.drain()
    await engine.stop()
    const { unsettled, runs } = await journal.open({ version: '', configuration: '', startedAt: 0 })
    expect(unsettled).toEqual([])
    expect(runs[0]).toMatchObject({ run: 1, end: 'clean' })
  })

  it('a failed append releases its key and refuses, where that is the policy', async () => {
    const journal = new GatedJournal()
    const engine = engineOn(journal, { journalling: { onFailure: 'refuse' } })
    const faults: string[] = []
    engine.on('fault', ({ where }) => faults.push(where))
    await engine.start()
    await tick()
    journal.failures = 1
    expect(await engine.publish(price(1))).toEqual({ status: 'refused', id: 't-1', reason: 'journal' })
    expect(faults).toEqual(['journal'])
    expect(engine.ledger().events).toMatchObject({ published: 1, refused: 1, accepted: 0 })
    let answer: Receipt | undefined
    for (let round = 0; round < 100 && answer?.status !== 'accepted'; round += 1) {
      await tick()
      answer = await engine.publish(price(1))
    }
    expect(answer).toMatchObject({ status: 'accepted', id: 't-1' })
    await engine.drain()
    expect(engine.ledger().events).toMatchObject({ accepted: 1, settled: 1 })
    await engine.stop()
    // Nothing is left of what was refused.
    expect((await all(journal.read())).map(({ id }) => id)).toEqual(['t-1'])
  })

  it('a failed append gives the source its token back', async () => {
    const journal = new GatedJournal()
    const rateLimits = { sources: { '*': { ratePerSecond: 0.001, burst: 1 } } }
    const engine = engineOn(journal, { journalling: { onFailure: 'refuse' }, rateLimits })
    await engine.start()
    await tick()
    journal.failures = 1
    expect(await engine.publish(price(1))).toMatchObject({ status: 'refused', reason: 'journal' })
    const reasons = new Set<string>()
    let answer: Receipt | undefined
    for (let round = 0; round < 100 && answer?.status !== 'accepted'; round += 1) {
      await tick()
      answer = await engine.publish(price(1))
      if (answer.status === 'refused') reasons.add(answer.reason)
    }
    expect(answer).toMatchObject({ status: 'accepted', id: 't-1' })
    expect([...reasons].filter((reason) => reason !== 'journal')).toEqual([])
    // It was one token that came back, and no more.
    expect(await engine.publish(price(2))).toMatchObject({ status: 'refused', reason: 'rate-limited' })
    await engine.stop()
  })

  it('waits for a journal that fails, where that is the policy', async () => {
    const journal = new GatedJournal()
    const { seen, strategy } = counting()
    const engine = engineOn(journal, { strategies: [strategy] })
    await engine.start()
    await tick()
    journal.failures = 2
    const receipts = await Promise.all(Array.from({ length: 100 }, (_, n) => engine.publish(price(n))))
    expect(receipts.every(({ status }) => status === 'accepted')).toBe(true)
    await engine.drain()
    expect(seen.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
    await engine.stop()
    expect(await all(journal.read())).toHaveLength(100)
  })

  it('goes on unjournalled, loudly, where that is the policy, and journals again', async () => {
    const journal = new GatedJournal()
    const { seen, strategy } = counting()
    const faults: unknown[] = []
    const engine = engineOn(journal, { strategies: [strategy], journalling: { onFailure: 'continue' } })
    engine.on('fault', (fault) => faults.push(fault))
    await engine.start()
    await tick()
    journal.failures = 1
    expect(await engine.publish(price(1))).toMatchObject({ status: 'accepted' })
    expect(faults).toHaveLength(1)
    await until(() => journal.failures === 0 && engine.stats.get().journal?.failing === false)
    expect(await engine.publish(price(2))).toMatchObject({ status: 'accepted' })
    await engine.drain()
    expect(seen.map(({ id }) => id)).toEqual(['t-1', 't-2'])
    expect(engine.stats.get().journal?.unjournalled).toBe(1)
    await engine.stop()
    expect((await all(journal.read())).map(({ id }) => id)).toEqual(['t-2'])
  })

  it.each(['none', 'interval'] as const)(
    'answers at once with durability %s, and writes all the same',
    async (durability) => {
      const journal = new GatedJournal()
      const engine = engineOn(journal, { durability, journalling: { intervalMs: 5 } })
      await engine.start()
      await tick()
      journal.gate = true
      expect(await engine.publish(price(1))).toMatchObject({ status: 'accepted' })
      await engine.drain()
      journal.gate = false
      journal.letGo()
      await engine.stop()
      expect(await all(journal.read())).toHaveLength(1)
    },
  )

  it('is a breaker and a reason of health', async () => {
    const journal = new GatedJournal()
    const engine = engineOn(journal, {
      health: { intervalMs: 5, enterTicks: 1 },
      journalling: { breaker: { openTime: 60_000 } },
    })
    await engine.start()
    await tick()
    expect(engine.breaker('journal').state).toBe('closed')
    journal.failures = 1_000
    const published = engine.publish(price(1))
    await until(() => engine.breaker('journal').state === 'open')
    await until(() => engine.health().reasons.some(({ code }) => code === 'journal-failing'))
    journal.failures = 0
    engine.breaker('journal').reset()
    expect(await published).toMatchObject({ status: 'accepted' })
    await until(() => !engine.health().reasons.some(({ code }) => code === 'journal-failing'))
    await engine.stop()
  })

  it('is a reason of health by its failing writes alone, where it has no breaker that could open (row 3488)', async () => {
    const failing = (engine: ReturnType<typeof engineOn>): boolean =>
      engine.health().reasons.some(({ code }) => code === 'journal-failing')
    const health = { intervalMs: 5, enterTicks: 1 }
    const journal = new GatedJournal()
    const engine = engineOn(journal, { health, journalling: { breaker: { disabled: true } } })
    await engine.start()
    await tick()
    journal.failures = 1_000_000
    const published = engine.publish(price(1))
    await until(() => failing(engine))
    expect(engine.breaker('journal').state).toBe('disabled')
    journal.failures = 0
    expect(await published).toMatchObject({ status: 'accepted' })
    await until(() => !failing(engine))
    await engine.stop()
  })

  it('a stop without drain refuses what nobody was told of, and leaves the rest to the next run', async () => {
    const journal = new GatedJournal()
    const { strategy } = counting()
    const engine = engineOn(journal, { strategies: [strategy] })
    await engine.start()
    await tick()
    engine.pause()
    await engine.publishAll([price(1), price(2)])
    journal.gate = true
    const flying = engine.publish(price(3))
    await until(() => journal.held.length === 1)
    const waiting = engine.publish(price(4))
    const stopped = engine.stop({ drain: false })
    expect(await waiting).toMatchObject({ status: 'refused', reason: 'stopping' })
    journal.gate = false
    journal.letGo()
    expect(await flying).toMatchObject({ status: 'accepted' })
    const { ledger } = await stopped
    expect(ledger.events).toMatchObject({ published: 4, refused: 1, accepted: 3, abandoned: 3, queued: 0, inFlight: 0 })
    expect(imbalances(ledger)).toEqual([])
    const { seen, strategy: again } = counting()
    const next = engineOn(journal, { strategies: [again] })
    await next.start()
    await next.drain()
    expect(seen.map(({ id, redelivered }) => [id, redelivered])).toEqual([
      ['t-1', true],
      ['t-2', true],
      ['t-3', true],
    ])
    await next.stop()
  })
})

/** An engine that is killed: it is left as it is, and its journal taken from it. */
async function killed(engine: ReturnType<typeof createEngine>, journal: MemoryJournal): Promise<MemoryJournal> {
  const copy = journal.fork()
  await engine.stop({ drain: false, timeoutMs: 100 })
  return copy
}

describe('an engine that is started again after it was killed', () => {
  const buyer = (written: SignalEvent[]) => {
    const strategy = defineStrategy({
      name: 'buyer',
      subscribe: { types: ['trade'] },
      state: () => ({ seen: [] as string[] }),
      onEvent(event, { state }) {
        state.seen.push(event.id)
        return signal({ symbol: event.symbol ?? '', side: 'buy', strength: state.seen.length / 1_000 })
      },
    })
    const sink: Sink = { name: 'broker', write: (signals) => void written.push(...signals) }
    return { strategy, sink }
  }

  it('delivers what was not settled again, in order and flagged, and remembers every id', async () => {
    const journal = new MemoryJournal()
    const first = counting()
    const engine = engineOn(journal, { strategies: [first.strategy] })
    await engine.start()
    await engine.publishAll(Array.from({ length: 100 }, (_, n) => price(n)))
    await engine.drain()
    await quiet(engine)
    engine.pause()
    await engine.publishAll(Array.from({ length: 50 }, (_, n) => price(100 + n)))
    const left = await killed(engine, journal)

    const second = counting()
    const again = engineOn(left, { strategies: [second.strategy] })
    await again.start()
    await again.drain()
    // What was settled is played to the strategy for its state alone, what was not is delivered.
    expect(second.seen.map(({ id }) => id)).toEqual(Array.from({ length: 150 }, (_, n) => `t-${n}`))
    expect(second.seen.filter(({ redelivered }) => redelivered).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 50 }, (_, n) => 101 + n),
    )
    expect(again.ledger().events).toMatchObject({ accepted: 50, settled: 50 })
    expect(again.ledger().deliveries).toMatchObject({ due: 50, succeeded: 50 })
    // Row 3471: dedupe outlives the restart.
    expect(await again.publish(price(3))).toMatchObject({ status: 'duplicate' })
    expect(await again.publish(price(149))).toMatchObject({ status: 'duplicate' })
    expect(await again.publish(price(150))).toMatchObject({ status: 'accepted', sequence: 151 })
    await again.drain()
    expect(imbalances(again.ledger())).toEqual([])
    await again.stop()
  })

  it('sends no signal twice that a sink has acknowledged, and every other with its own id', async () => {
    const journal = new MemoryJournal()
    const written: SignalEvent[] = []
    const { strategy, sink } = buyer(written)
    const engine = engineOn(journal, { strategies: [strategy], sinks: [sink] })
    await engine.start()
    await engine.publishAll(Array.from({ length: 20 }, (_, n) => price(n)))
    await engine.drain()
    await until(() => written.length === 20)
    await quiet(engine)
    const acknowledged = journal.fork()
    await engine.stop()

    const more: SignalEvent[] = []
    const after = buyer(more)
    const again = engineOn(acknowledged, { strategies: [after.strategy], sinks: [after.sink] })
    await again.start()
    await again.publish(price(20))
    await again.drain()
    await again.stop()
    expect(more.map(({ id }) => id)).toEqual(['buyer/0@t-20'])
    // The state was there again: it counts on from 20.
    expect(more[0]?.payload.strength).toBe(21 / 1_000)
  })

  it('offers again what no sink has acknowledged', async () => {
    const journal = new MemoryJournal()
    const { strategy } = buyer([])
    const deaf: Sink = { name: 'broker', write: () => new Promise(() => {}) }
    const engine = engineOn(journal, { strategies: [strategy], sinks: [deaf] })
    await engine.start()
    await engine.publishAll(Array.from({ length: 20 }, (_, n) => price(n)))
    await engine.drain()
    await quiet(engine)
    const left = await killed(engine, journal)
    const written: SignalEvent[] = []
    const after = buyer(written)
    const again = engineOn(left, { strategies: [after.strategy], sinks: [after.sink] })
    await again.start()
    await again.drain()
    await again.stop()
    expect(written.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `buyer/0@t-${n}`))
    expect(written.every(({ redelivered }) => redelivered)).toBe(true)
  })

  it('has a strategy its state from its snapshot and what followed it', async () => {
    const journal = new MemoryJournal()
    const calls: string[] = []
    const make = () =>
      defineStrategy({
        name: 'kept',
        subscribe: { types: ['trade'] },
        state: () => ({ sum: 0 }),
        snapshot: ({ sum }) => sum,
        restore: (sum) => ({ sum: Number(sum) }),
        snapshotEvery: 1,
        onEvents(events, { state }) {
          for (const { payload } of events) state.sum += payload.price
          calls.push(`${events.length}:${state.sum}`)
        },
      })
    const engine = engineOn(journal, { strategies: [make()] })
    await engine.start()
    for (let n = 0; n < 10; n += 1) {
      await engine.publish(price(n))
      await engine.drain()
    }
    await quiet(engine)
    const left = await killed(engine, journal)
    calls.length = 0
    const again = engineOn(left, { strategies: [make()] })
    await again.start()
    expect(calls.length).toBeLessThanOrEqual(1)
    calls.length = 0
    await again.publish(price(10))
    await again.drain()
    // 1 + 2 + … + 10 and 11 more.
    expect(calls).toEqual(['1:66'])
    await again.stop()
  })

  it('is halted still, its breakers are open still, and its dead letters are there', async () => {
    const journal = new MemoryJournal()
    const make = () =>
      defineStrategy({
        name: 'failing',
        subscribe: { types: ['trade'] },
        breaker: { openTime: 60_000, minimumCalls: 5 },
        onEvent() {
          throw new Error('boom')
        },
      })
    const engine = engineOn(journal, { strategies: [make()] })
    await engine.start()
    await engine.publishAll(Array.from({ length: 10 }, (_, n) => price(n)))
    await engine.drain()
    engine.halt({ symbol: 'AAPL', reason: 'news' })
    engine.halt('all of it')
    const letters = engine.deadLetters.list().map(({ id }) => id)
    expect(letters.length).toBeGreaterThan(0)
    expect(engine.breaker('failing').state).toBe('open')
    await quiet(engine)
    const left = await killed(engine, journal)
    const again = engineOn(left, { strategies: [make()] })
    await again.start()
    expect(again.halts().map(({ symbol, reason }) => [symbol, reason])).toEqual([
      [undefined, 'all of it'],
      ['AAPL', 'news'],
    ])
    expect(again.state).toBe('running.halted')
    expect(again.breaker('failing').state).toBe('open')
    expect(again.breaker('failing').reading().retryAfterMs).toBeGreaterThan(30_000)
    expect(again.deadLetters.list().map(({ id }) => id)).toEqual(letters)
    // Reset stays reset, through one more restart.
    again.reset()
    again.reset({ symbol: 'AAPL' })
    again.deadLetters.discard({})
    await again.stop()
    const third = engineOn(left, { strategies: [make()] })
    await third.start()
    expect(third.halts()).toEqual([])
    expect(third.deadLetters.count()).toBe(0)
    await third.stop()
  })

  it('refuses to start on a journal that another engine holds, and leaves that one alone', async () => {
    const journal = new MemoryJournal()
    const engine = engineOn(journal)
    await engine.start()
    const second = engineOn(journal)
    const error = await second.start().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'OUTCRY_START_FAILED', cause: { code: 'OUTCRY_JOURNAL_LOCKED' } })
    expect(await engine.publish(price(1))).toMatchObject({ status: 'accepted' })
    await engine.stop()
  })

  it('has no strategy of the name of its own breaker', () => {
    const strategy = defineStrategy({ name: 'journal', onEvent: () => undefined })
    expect(() => engineOn(new MemoryJournal(), { strategies: [strategy] })).toThrow(/engine guards itself/)
    expect(() => createEngine({ strategies: [strategy] })).not.toThrow()
  })
})
