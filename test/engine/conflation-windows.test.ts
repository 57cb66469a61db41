import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { portOf } from '../../actors/engine.js'
import { createEngine, defineEvent, type EngineOptions, memoryFeed, OutcryError, trade } from '../../src/index.js'
import { MemoryJournal } from '../../src/journal/memory.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { engineOn, expectNothingLeft, expectQuiet, listener } from './support.js'

const level = defineEvent({
  type: 'level',
  payload: z.object({ value: z.number() }),
  conflate: { windowMs: 100 },
})

const tick = (): Promise<void> => after(1)

/** An engine that runs, and what its strategy sees. */
async function running(options: EngineOptions = {}) {
  const { seen, strategy } = listener()
  const e = engineOn({ strategies: [strategy], ...options })
  await e.start()
  const offer = (value: number, symbol = 'AAPL', rest: { timestamp?: number; source?: string; id?: string } = {}) =>
    e.engine.offer(level({ symbol, value, ...rest }))
  return { ...e, e, seen, offer }
}

describe('conflation by windows (row 3486)', () => {
  it('delivers the first event of a window at once and the newest of the rest at its end', async () => {
    const { e, engine, run, seen, offer } = await running()
    const first = offer(1)
    await run(10)
    expect(seen).toEqual(['AAPL 1'])
    const receipts = [offer(2), offer(3), offer(4)]
    expect(receipts).toEqual([
      { status: 'accepted', id: expect.any(String), sequence: 2 },
      { status: 'accepted', id: expect.any(String), sequence: 3, replaced: receipts[0]?.id },
      { status: 'accepted', id: expect.any(String), sequence: 4, replaced: receipts[1]?.id },
    ])
    expect(first).not.toHaveProperty('replaced')
    expect(engine.ledger().events).toMatchObject({ accepted: 4, settled: 1, conflated: 2, queued: 1 })
    expect(engine.stats.get().queue).toMatchObject({ depth: 0, deferred: 1 })
    await run(89)
    expect(seen).toEqual(['AAPL 1'])
    await run(1)
    expect(seen).toEqual(['AAPL 1', 'AAPL 4'])
    expectQuiet(e)
    // That was the one of the window which began with it.
    offer(5)
    await run(99)
    expect(seen).toHaveLength(2)
    await run(1)
    expect(seen).toEqual(['AAPL 1', 'AAPL 4', 'AAPL 5'])
    // Windows are aligned to the clock: after a quiet one the next event goes at once, late as it is.
    await run(250)
    offer(6)
    await run(1)
    offer(7)
    await run(49)
    expect(seen.slice(3)).toEqual(['AAPL 6', 'AAPL 7'])
    await e.during(engine.stop())
    await expectNothingLeft(e)
  })

  it('lets nothing else wait: not its symbol, its other types, another source, symbol or lane', async () => {
    const { engine, run, seen, offer } = await running({ lanesBySource: { urgent: 'critical' } })
    offer(1)
    await run(1)
    offer(2)
    engine.offer(trade({ symbol: 'AAPL', price: 7, size: 1 }))
    offer(3, 'AAPL', { source: 'other' })
    offer(4, 'AAPL', { source: 'urgent' })
    offer(5, 'MSFT')
    await run(1)
    expect(seen).toEqual(['AAPL 1', 'AAPL 4', 'AAPL price 7', 'AAPL 3', 'MSFT 5'])
    await run(98)
    expect(seen.slice(5)).toEqual(['AAPL 2'])
  })

  it('also conflates in place what has entered and is still queued', async () => {
    const { engine, run, seen, offer } = await running()
    engine.pause()
    offer(1)
    expect(offer(2)).toHaveProperty('replaced')
    await run(500)
    expect(offer(3)).toHaveProperty('replaced')
    engine.resume()
    await run(1)
    expect(seen).toEqual(['AAPL 3'])
    expect(engine.ledger().events).toMatchObject({ accepted: 3, conflated: 2, settled: 1 })
  })

  it('drops, and counts, what lies behind the one that waits by its own time', async () => {
    const { e, engine, run, seen, offer } = await running()
    offer(1, 'AAPL', { timestamp: 1_000 })
    await run(1)
    const waiting = offer(2, 'AAPL', { timestamp: 1_002 })
    expect(offer(3, 'AAPL', { timestamp: 1_001 })).toMatchObject({
      status: 'accepted',
      sequence: 3,
      replacedBy: waiting.id,
    })
    expect(engine.ledger().events).toMatchObject({ accepted: 3, conflated: 1, settled: 1, queued: 1 })
    await run(100)
    expect(seen).toEqual(['AAPL 1', 'AAPL 2'])
    expectQuiet(e)
  })

  it('takes an id only once, and a time to live goes on while an event waits', async () => {
    const { engine, run, seen, offer } = await running({ ttlMs: { level: 40 } })
    offer(1, 'AAPL', { id: 'one' })
    await run(1)
    offer(2, 'AAPL', { id: 'two' })
    expect(offer(2, 'AAPL', { id: 'two' })).toEqual({ status: 'duplicate', id: 'two' })
    await run(100)
    expect(seen).toEqual(['AAPL 1'])
    expect(engine.ledger().events).toMatchObject({ accepted: 2, duplicate: 1, settled: 1, expired: 1, queued: 0 })
  })

  it('sets one timer, whatever waits, and none while nothing does', async () => {
    const { e, engine, environment, run, seen, offer } = await running({ conflate: { trade: { windowMs: 250 } } })
    const before = environment.pending()
    for (let index = 0; index < 1_000; index += 1) offer(1, `S${index}`)
    for (let index = 0; index < 1_000; index += 1) engine.offer(trade({ symbol: `S${index}`, price: 1, size: 1 }))
    await run(1)
    expect(environment.pending()).toBe(before)
    for (let index = 0; index < 1_000; index += 1) offer(2, `S${index}`)
    for (let index = 0; index < 1_000; index += 1) engine.offer(trade({ symbol: `S${index}`, price: 2, size: 1 }))
    await run(0)
    expect(environment.pending()).toBe(before + 1)
    await run(100)
    expect(seen).toHaveLength(3_000)
    await run(150)
    expect(seen).toHaveLength(4_000)
    expect(environment.pending()).toBe(before)
    await e.during(engine.stop())
    await expectNothingLeft(e)
  })

  it('throttles nobody by what waits, which takes up room all the same: publishers wait for that, and none is refused', async () => {
    const { e, engine, run, seen, offer } = await running({ queue: { capacity: 20, highWater: 4 } })
    for (let index = 0; index < 20; index += 1) {
      offer(1, `S${index}`)
      await run(0)
    }
    for (let index = 0; index < 20; index += 1) expect(offer(2, `S${index}`)).toMatchObject({ status: 'accepted' })
    expect(engine.stats.get().queue).toMatchObject({ depth: 0, deferred: 20 })
    expect(offer(1, 'X')).toMatchObject({ status: 'refused', reason: 'full' })
    // What replaces one that waits needs no room.
    expect(offer(3, 'S0')).toMatchObject({ status: 'accepted' })
    const published = engine.publish(level({ symbol: 'X', value: 9 }))
    expect(await e.during(published, 200)).toMatchObject({ status: 'accepted' })
    await run(10)
    expect(seen.slice(20)).toEqual(['S0 3', ...Array.from({ length: 19 }, (_, index) => `S${index + 1} 2`), 'X 9'])
    await e.during(engine.stop())
    await expectNothingLeft(e)
  })

  it('gives its room to what is more urgent, where the lane evicts', async () => {
    const options: EngineOptions = { queue: { capacity: 2, highWater: 2, overflow: { critical: 'evict' } } }
    const { e, engine, run, seen, offer } = await running({ ...options, lanes: { trade: 'critical' } })
    for (const symbol of ['A', 'B']) offer(1, symbol)
    await run(1)
    for (const symbol of ['A', 'B']) offer(2, symbol)
    expect(engine.offer(trade({ symbol: 'A', price: 7, size: 1 }))).toMatchObject({ status: 'accepted' })
    // The key is free again, and its window still open.
    expect(offer(3, 'A')).toMatchObject({ status: 'refused', reason: 'full' })
    await run(100)
    expect(seen).toEqual(['A 1', 'B 1', 'A price 7', 'B 2'])
    expect(engine.ledger().events).toMatchObject({ accepted: 5, evicted: 1, settled: 4, refused: 1 })
    await e.during(engine.stop())
    await expectNothingLeft(e)
  })

  it('is drained by a stop at once and loses nothing', async () => {
    const { e, engine, run, seen, offer } = await running({ conflate: { level: { windowMs: 3_600_000 } } })
    offer(1)
    await run(1)
    for (const value of [2, 3]) offer(value)
    await e.during(engine.stop())
    expect(seen).toEqual(['AAPL 1', 'AAPL 3'])
    expect(engine.ledger().events).toMatchObject({ accepted: 3, settled: 2, conflated: 1, abandoned: 0 })
    await expectNothingLeft(e)
  })

  it('does not keep whoever drains a running engine waiting, and the window goes on for what comes then', async () => {
    const { e, engine, run, seen, offer } = await running()
    offer(1)
    await run(1)
    offer(2)
    await e.during(engine.drain())
    expect(seen).toEqual(['AAPL 1', 'AAPL 2'])
    offer(3)
    await run(98)
    expect(seen).toHaveLength(2)
    await run(1)
    expect(seen).toEqual(['AAPL 1', 'AAPL 2', 'AAPL 3'])
    await e.during(engine.stop())
    await expectNothingLeft(e)
  })

  it('is abandoned, and counted, by a stop without drain', async () => {
    const { e, engine, run, seen, offer } = await running()
    offer(1)
    await run(1)
    offer(2)
    const report = await e.during(engine.stop({ drain: false }))
    expect(seen).toEqual(['AAPL 1'])
    expect(report.ledger.events).toMatchObject({ accepted: 2, settled: 1, abandoned: 1, queued: 0 })
    await expectNothingLeft(e)
  })

  it('holds nothing for longer than two windows where the wall clock is set back', async () => {
    const { engine, environment, run, seen, offer } = await running()
    offer(1)
    await run(1)
    offer(2)
    environment.jump(-3_600_000)
    await run(200)
    expect(seen).toEqual(['AAPL 1', 'AAPL 2'])
    offer(3)
    await run(1)
    offer(4)
    await run(200)
    expect(seen).toEqual(['AAPL 1', 'AAPL 2', 'AAPL 3', 'AAPL 4'])
    expect(engine.ledger().events).toMatchObject({ accepted: 4, settled: 4 })
  })

  it('leaves a replay to its own pace', async () => {
    const { e, engine, run, seen, offer } = await running({ history: true })
    for (const value of [1, 2, 3]) {
      offer(value)
      await run(100)
    }
    expect(seen).toEqual(['AAPL 1', 'AAPL 2', 'AAPL 3'])
    offer(4)
    await run(1)
    const replay = engine.replay({ types: ['level'], toSequence: 3 })
    await e.during(replay.done)
    await run(1)
    // In place, while it is queued: no window of a replay is open, nor does it disturb those that are.
    expect(seen.at(-1)).toBe('AAPL 3')
    offer(5)
    await run(50)
    expect(seen.at(-1)).toBe('AAPL 3')
    await run(100)
    expect(seen.at(-1)).toBe('AAPL 5')
  })

  it('names the path of an option that is none', () => {
    const conflating = (conflate: unknown) => () => createEngine({ conflate } as EngineOptions)
    for (const windowMs of [0, -1, Number.NaN, 3_600_001, '100']) {
      expect(conflating({ trade: { windowMs } })).toThrow(OutcryError)
      expect(conflating({ trade: { windowMs } })).toThrow(/conflate\.trade/)
    }
    expect(conflating({ trade: { windowMs: 100, by: 'price' } })).toThrow(/conflate\.trade/)
    expect(() => defineEvent({ type: 'x', payload: z.object({}), conflate: { windowMs: 0 } })).toThrow(/conflate/)
  })
})

describe('conflation by windows over a recording (row 3486)', () => {
  const items = Array.from({ length: 400 }, (_, index) => {
    const at = { symbol: `S${index % 3}`, timestamp: 1_000 + index * 7, id: `e${index}`, source: 'tape' }
    return index % 5 === 0 ? trade({ ...at, price: 1, size: 1 }) : level({ ...at, value: index })
  })

  async function play(options: EngineOptions = {}) {
    const seen: string[] = []
    /** When those were leased that had waited, by the clock of the data. */
    const clocks = new Set<number>()
    const engine = createEngine({
      events: [level],
      strategies: [{ name: 'listener', onEvents: (events) => void seen.push(...events.map(({ id }) => id)) }],
      feeds: [memoryFeed('tape', items)],
      ...options,
    })
    engine.audit({
      dispatched({ clock, events }) {
        if (events.some(({ receivedAt }) => receivedAt < clock)) clocks.add(clock)
      },
    })
    await engine.start()
    await engine.finished()
    const { ledger } = await engine.stop()
    expect(imbalances(ledger)).toEqual([])
    return { digest: engine.digest(), seen, clocks, ledger }
  }

  /** Of each key the first event of a window, and the last that is left at its end; trades as they come. */
  const expected = (): Set<string> => {
    const delivered = new Set<string>()
    const open = new Map<string, { until: number; waiting: string | undefined }>()
    for (const draft of items) {
      const { id = '', symbol = '', timestamp = 0, type } = draft
      if (type === 'trade') {
        delivered.add(id)
        continue
      }
      const end = (Math.floor(timestamp / 100) + 1) * 100
      const window = open.get(symbol)
      // What waited entered in the window after its own, which is the next: they are short of events nowhere.
      if (window?.waiting !== undefined && window.until <= timestamp) {
        delivered.add(window.waiting)
        open.set(symbol, { until: window.until + 100, waiting: undefined })
      }
      const now = open.get(symbol)
      if (now !== undefined && timestamp < now.until) now.waiting = id
      else {
        delivered.add(id)
        open.set(symbol, { until: end, waiting: undefined })
      }
    }
    for (const { waiting } of open.values()) if (waiting !== undefined) delivered.add(waiting)
    return delivered
  }

  it('comes to one digest, windows by the time of the data, and to the last value at the end', async () => {
    const one = await play()
    const readAheadOf7 = await play({ recording: { maxEvents: 7 } })
    expect((await play()).digest).toBe(one.digest)
    expect((await play({ recording: { speed: 1_000_000 } })).digest).toBe(one.digest)
    expect(one.ledger.events).toMatchObject({ accepted: 400, settled: one.seen.length, queued: 0 })
    expect(one.ledger.events.conflated).toBe(400 - one.seen.length)
    // Read ahead one by one, nothing is replaced in place: windows alone decide.
    const alone = await play({ recording: { maxEvents: 1 } })
    expect([...alone.seen].sort()).toEqual([...expected()].sort())
    expect(alone.clocks.size).toBeGreaterThan(20)
    // At the windows' ends, and where the recording ended.
    expect([...alone.clocks].filter((clock) => clock % 100 !== 0)).toEqual([3_793])
    expect(readAheadOf7.ledger.events.accepted).toBe(400)
  })

  it('comes to the same digest with a durable journal', async () => {
    const { digest } = await play()
    expect((await play({ journal: new MemoryJournal() })).digest).toBe(digest)
  })
})

describe('conflation by windows of more keys than are remembered (row 3486)', () => {
  it('tells how many windows it forgot before their end', async () => {
    const e = engineOn({
      dedupe: { window: 0 },
      queue: { capacity: 200_000, highWater: 200_000 },
      conflate: { level: { windowMs: 3_600_000 } },
    })
    await e.start()
    const told = () => e.engine.stats.get().queue.conflatedForgotten
    const offer = async (from: number, to: number): Promise<void> => {
      for (let key = from; key < to; key += 1) e.engine.offer(level({ symbol: `S${key}`, value: key }))
      await e.during(e.engine.drain(), 1_000)
    }
    await offer(0, 65_536)
    expect(told()).toBe(0)
    await offer(65_536, 140_000)
    // Those of events that still waited stay known.
    expect(told()).toBe(65_536)
    await e.during(e.engine.stop(), 1_000)
  })
})

describe('conflation by windows with a journal (row 3486)', () => {
  it('has what waits on the disk, and a killed engine delivers it when it comes again', async () => {
    const journal = new MemoryJournal()
    const options: EngineOptions = { conflate: { level: { windowMs: 3_600_000 } } }
    const engine = createEngine({ journal, strategies: [listener().strategy], ...options })
    await engine.start()
    expect(await engine.publish(level({ symbol: 'A', value: 1 }))).toMatchObject({ status: 'accepted', sequence: 1 })
    while (engine.ledger().events.settled < 1) await tick()
    const second = await engine.publish(level({ symbol: 'A', value: 2 }))
    expect(await engine.publish(level({ symbol: 'A', value: 3 }))).toMatchObject({ replaced: second.id })
    expect(engine.ledger().events).toMatchObject({ accepted: 3, settled: 1, conflated: 1, queued: 1 })
    while (portOf(engine).plane.journalling?.writer.quiet !== true) await tick()
    const left = journal.fork()
    await engine.stop({ drain: false })

    const { seen, strategy } = listener()
    const again = createEngine({ journal: left, strategies: [strategy], ...options })
    await again.start()
    await again.drain()
    expect(seen.at(-1)).toBe('A 3')
    expect(again.ledger().events).toMatchObject({ settled: 1, queued: 0 })
    await again.stop()
    expect(imbalances(again.ledger())).toEqual([])
  })
})
