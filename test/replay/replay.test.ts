import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import {
  createEngine,
  defineStrategy,
  memoryFeed,
  news,
  OutcryError,
  type OutcryEvent,
  type SignalEvent,
  signal,
  trade,
} from '../../src/index.js'
import { deferred, engineOn, expectNothingLeft, expectQuiet, never } from '../engine/support.js'
import { publish, recorded, START, upTo } from './support.js'

describe('a replay from the history', () => {
  it('plays what was accepted once more, in its order, marked as replayed and accounted for (row 3458)', async () => {
    const e = await recorded(5_000)
    const replay = e.engine.replay()
    expect(replay.state).toBe('idle')
    const summary = await e.during(replay.done, 10)
    await e.during(e.engine.drain())
    expect(summary).toEqual({
      outcome: 'ended',
      replayed: 5_000,
      refused: 0,
      invalid: 0,
      at: START + 5_000_000,
      share: undefined,
    })
    expect(replay.state).toBe('done')
    expect(e.numbers()).toEqual(upTo(5_000))
    expect(e.seen.every(({ replayed }) => replayed)).toBe(true)
    expect(e.engine.ledger().events).toMatchObject({ accepted: 10_000, settled: 10_000, duplicate: 0 })
    // What was replayed is in the history already.
    expect(e.engine.history.stats()).toMatchObject({ events: 5_000, skipped: 5_000 })
    expectQuiet(e)
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('plays only what is asked for, by type, symbol, time and number', async () => {
    const e = await recorded(20)
    e.engine.offer(news({ symbols: ['A'], headline: 'no trade', timestamp: START + 5_500 }))
    const play = async (query: Parameters<typeof e.engine.replay>[0]): Promise<readonly number[]> => {
      e.seen.length = 0
      await e.during(e.engine.replay(query).done, 10)
      await e.during(e.engine.drain())
      return e.numbers()
    }
    expect(await play({ symbols: ['B'], limit: 3 })).toEqual([2, 4, 6])
    expect(await play({ from: START + 5_000, to: new Date(START + 8_000) })).toEqual([5, 6, 7])
    expect(await play({ types: ['news'] })).toEqual([])
    expect(await play({ fromSequence: 19 })).toEqual([19, 20])
    await e.during(e.engine.stop())
  })

  it('never fills the queue above its high-water mark, and lets whoever publishes go first (row 3458)', async () => {
    const e = await recorded(3_000, { queue: { capacity: 5_000, highWater: 50 } })
    let deepest = 0
    const { intake, queue } = portOf(e.engine).plane
    const readmit = intake.readmit.bind(intake)
    intake.readmit = (draft) => {
      const receipt = readmit(draft)
      deepest = Math.max(deepest, queue.depth)
      return receipt
    }
    const replay = e.engine.replay()
    const live = Array.from({ length: 500 }, (_, index) =>
      e.engine.publish(trade({ symbol: 'C', price: 10_000 + index, size: 1 })),
    )
    await e.during(Promise.all(live), 10)
    expect(await e.during(replay.done, 100)).toMatchObject({ refused: 0 })
    expect(deepest).toBe(50)
    await e.during(e.engine.drain())
    expect(e.numbers().indexOf(10_499)).toBeLessThan(1_000)
    await e.during(e.engine.stop())
  })

  it('keeps the pace that it is given, exactly on time at every event (row 3458)', async () => {
    const e = await recorded(50)
    const arrivals: number[] = []
    const replay = e.engine.replay({ speed: 10 })
    await e.run(0)
    expect(e.numbers()).toEqual([1])
    for (let step = 0; step < 49; step += 1) {
      await e.run(100)
      arrivals.push(e.seen.length)
    }
    expect(arrivals).toEqual(upTo(49, 2))
    await e.during(replay.done, 10)
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('pauses, is stepped through, jumps and goes on, at the pace from there (row 3458)', async () => {
    const e = await recorded(100)
    const replay = e.engine.replay({ speed: 1, paused: true })
    await e.run(5_000)
    expect(replay.state).toBe('paused')
    expect(e.numbers()).toEqual([])
    replay.step()
    await e.run(0)
    expect(e.numbers()).toEqual([1])
    replay.step(3)
    await e.run(0)
    expect(e.numbers()).toEqual([1, 2, 3, 4])
    expect(replay.progress).toMatchObject({ replayed: 4, at: START + 4_000 })
    replay.seek(START + 50_000)
    await e.run(0)
    replay.step(2)
    await e.run(0)
    expect(e.numbers()).toEqual([1, 2, 3, 4, 50, 51])
    replay.resume()
    await e.run(0)
    expect(replay.state).toBe('playing')
    await e.run(3_000)
    expect(e.numbers()).toEqual([1, 2, 3, 4, 50, 51, 52, 53, 54, 55])
    replay.pause()
    await e.run(60_000)
    expect(e.seen).toHaveLength(10)
    replay.seek('2024-06-10T13:30:02Z')
    replay.resume()
    await e.run(1_000)
    expect(e.numbers().slice(10)).toEqual([2, 3])
    replay.cancel()
    expect(await e.during(replay.done)).toMatchObject({ outcome: 'cancelled', replayed: 12 })
    expect(replay.state).toBe('done')
    // Too late for all of it.
    for (const late of [replay.pause, replay.resume, replay.cancel, () => replay.step(), () => replay.seek(0)]) late()
    await e.run(10_000)
    expect(e.seen).toHaveLength(12)
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('is over, when it was paused at its very end, only once it is let go', async () => {
    const e = await recorded(3)
    const replay = e.engine.replay({ paused: true })
    replay.step(3)
    await e.run(100)
    expect(e.seen).toHaveLength(3)
    expect(replay.state).toBe('paused')
    replay.seek(START)
    replay.resume()
    expect(await e.during(replay.done, 10)).toMatchObject({ replayed: 6 })
    await e.during(e.engine.stop())
  })
})

it('is over at once when it is stepped past its end', async () => {
  const e = await recorded(3)
  const replay = e.engine.replay({ paused: true })
  replay.step(10)
  expect(await e.during(replay.done, 10)).toMatchObject({ outcome: 'ended', replayed: 3 })
  await e.during(e.engine.stop())
})

describe('what comes of a replay', () => {
  const buyer = (name = 'buyer') =>
    defineStrategy({
      name,
      subscribe: { types: ['trade'] },
      onEvent: (event) => signal({ symbol: 'A', side: 'buy', strength: 1, cause: event }),
    })

  it('are signals that a sink gets only if it asks for replayed ones, though they have been seen before', async () => {
    const plain: SignalEvent[] = []
    const all: SignalEvent[] = []
    const e = await recorded(4, {
      strategies: [buyer()],
      sinks: [
        { name: 'broker', write: (signals) => void plain.push(...signals) },
        { name: 'record', wants: { replayed: true }, write: (signals) => void all.push(...signals) },
      ],
    })
    await e.during(e.engine.replay().done, 10)
    await e.during(e.engine.stop())
    expect(plain).toHaveLength(4)
    expect(plain.some((one) => one.replayed)).toBe(false)
    expect(all.map((one) => one.replayed)).toEqual([...Array(4).fill(false), ...Array(4).fill(true)])
    expect(all.slice(4).map((one) => one.id)).toEqual(plain.map((one) => one.id))
    expect(e.engine.ledger().derived).toMatchObject({ accepted: 8, duplicate: 0 })
    expect(e.engine.history.stats()).toMatchObject({ events: 8, skipped: 8 })
  })

  it('is withheld also where the strategy publishes it and does not return it', async () => {
    const plain: SignalEvent[] = []
    const e = await recorded(4, {
      strategies: [
        {
          name: 'publishes',
          subscribe: { types: ['trade'] },
          onEvents: (events, { publish }) => {
            for (const cause of events) publish(signal({ symbol: 'A', side: 'buy', strength: 1, cause }))
          },
        },
      ],
      sinks: [{ name: 'broker', write: (signals) => void plain.push(...signals) }],
    })
    await e.during(e.engine.replay().done, 10)
    await e.during(e.engine.stop())
    expect(plain).toHaveLength(4)
    expect(e.engine.ledger().derived).toMatchObject({ accepted: 8, duplicate: 0 })
  })

  it('is not what strategies published then: it comes again', async () => {
    const e = await recorded(3, { strategies: [buyer()] })
    const summary = await e.during(e.engine.replay().done, 10)
    expect(summary.replayed).toBe(3)
    await e.during(e.engine.stop())
  })
})

describe('a replay and its engine', () => {
  it('needs one that runs, and something to play', async () => {
    const idle = createEngine({ history: true })
    expect(() => idle.replay()).toThrow(/idle/)
    const e = engineOn()
    await e.start()
    expect(() => e.engine.replay()).toThrow(/history/)
    expect(() => e.engine.replay({ source: {} as never })).toThrow(OutcryError)
    const f = await recorded(1)
    for (const wrong of [{ speed: 0 }, { order: 'random' }, { from: 'yesterday' }, { last: 3 }]) {
      expect(() => f.engine.replay(wrong as never)).toThrow(/replay\./)
    }
    expect(() => f.engine.replay().step(0)).toThrow(/step/)
    expect(() => f.engine.replay().seek('soon')).toThrow(/seek/)
    await e.during(e.engine.stop())
    await f.during(f.engine.stop())
    await expectNothingLeft(f)
  })

  it('is cancelled when its engine stops, in every state, and leaves nothing behind (row 3458)', async () => {
    const e = await recorded(100)
    const paced = e.engine.replay({ speed: 1 })
    const paused = e.engine.replay({ paused: true })
    await e.run(10_000)
    const late = e.engine.replay()
    const stopped = e.engine.stop()
    expect((await e.during(stopped, 10)).clean).toBe(true)
    expect(await e.during(paced.done)).toMatchObject({ outcome: 'cancelled', replayed: 11 })
    expect(await e.during(paused.done)).toMatchObject({ outcome: 'cancelled', replayed: 0 })
    expect(await e.during(late.done)).toMatchObject({ outcome: 'cancelled' })
    await expectNothingLeft(e)
  })

  it('waits while the engine is paused or halted, and goes on', async () => {
    const e = await recorded(200, { queue: { capacity: 1_000, highWater: 20 } })
    e.engine.pause()
    const replay = e.engine.replay()
    await e.run(1_000)
    expect(replay.progress.replayed).toBe(20)
    e.engine.resume()
    expect(await e.during(replay.done, 10)).toMatchObject({ replayed: 200, refused: 0 })
    await e.during(e.engine.stop())
  })

  it('shows itself among the actors while it plays', async () => {
    const e = await recorded(10)
    const replay = e.engine.replay({ paused: true })
    await e.run(0)
    expect(e.engine.actors().some((name) => name.endsWith('replay-1'))).toBe(true)
    replay.cancel()
    await e.run(0)
    expect(e.engine.actors().some((name) => name.endsWith('replay-1'))).toBe(false)
    await e.during(e.engine.stop())
  })

  it('may be one of 64 at a time, and no more', async () => {
    const e = await recorded(1)
    const replays = Array.from({ length: 64 }, () => e.engine.replay({ paused: true }))
    expect(() => e.engine.replay()).toThrow(/^64 replays are under way/)
    replays[0]?.cancel()
    await e.run()
    expect(() => e.engine.replay()).not.toThrow()
    await e.during(e.engine.stop(), 60_000)
    await expectNothingLeft(e)
  })

  it('may come a thousand times and leaves nothing of itself', async () => {
    const e = await recorded(2)
    for (let round = 0; round < 1_000; round += 1) await e.during(e.engine.replay().done, 10)
    await e.during(e.engine.drain())
    expect(e.seen).toHaveLength(2_000)
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })
})

describe('a replay of a recording', () => {
  const items = [5, 1, 3, 2, 4].map((number) =>
    trade({ symbol: 'A', price: number, size: 1, timestamp: START + number * 1_000, id: `t${number}` }),
  )

  it('plays it into the running engine in its own order, or in that of event time (row 3458)', async () => {
    const e = await recorded(0)
    await e.during(e.engine.replay({ source: memoryFeed('day', items) }).done, 10)
    await e.during(e.engine.drain())
    expect(e.numbers()).toEqual([5, 1, 3, 2, 4])
    e.seen.length = 0
    const sorted = e.engine.replay({ source: memoryFeed('day', items), order: 'eventTime', from: START + 2_000 })
    await e.during(sorted.done, 10)
    await e.during(e.engine.drain())
    expect(e.numbers()).toEqual([2, 3, 4, 5])
    expect(sorted.progress.share).toBe(1)
    await e.during(e.engine.stop())
  })

  it('counts what is no event, and loses nothing else', async () => {
    const e = await recorded(0)
    const broken = memoryFeed('day', [items[0] as never, { type: 'trade', payload: { price: 'x' } }, items[1] as never])
    expect(await e.during(e.engine.replay({ source: broken }).done, 10)).toMatchObject({ replayed: 2, invalid: 1 })
    expect(e.engine.ledger().events).toMatchObject({ invalid: 1, accepted: 2 })
    await e.during(e.engine.stop())
  })

  it('that fails half-way ends the replay with what it failed with, and nothing else', async () => {
    const e = await recorded(1)
    async function* failing() {
      yield items[0] as never
      throw new Error('the disk is gone')
    }
    const replay = e.engine.replay({ source: memoryFeed('day', failing()) })
    await expect(e.during(replay.done, 10)).rejects.toThrow(/the disk is gone/)
    expect(replay.state).toBe('done')
    expect(e.faults.map(({ where }) => where)).toEqual(['replay replay-1'])
    expect(e.engine.state).toBe('running.flowing')
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })
})

it('events that a hung strategy never settles hold no replay up for ever', async () => {
  const done = deferred()
  const e = engineOn({
    history: true,
    lateAfterMs: 10,
    timeoutMs: 50,
    strategies: [
      {
        name: 'slow',
        onEvents: (events: readonly OutcryEvent[]) => {
          if (events.some((event) => event.replayed)) return never()
          done.resolve()
        },
      },
    ],
  })
  await e.start()
  await publish(e, 10)
  const replay = e.engine.replay()
  expect(await e.during(replay.done, 1_000)).toMatchObject({ replayed: 10 })
  await e.during(e.engine.stop(), 20_000)
  await expectNothingLeft(e)
})
