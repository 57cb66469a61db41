import { describe, expect, it } from 'vitest'
import {
  createEngine,
  type Engine,
  type Feed,
  type FeedItem,
  MemoryJournal,
  memoryFeed,
  type StopReport,
  sortFeed,
} from '../../src/index.js'
import { engineOn, witness } from '../engine/support.js'

const START = 1_700_000_000_000

const throwing = (): never => {
  throw new Error('not for you')
}

/** What is no event, and in part cannot even be asked what it is. */
const bad = (): readonly unknown[] => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const traps: ProxyHandler<object> = { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing }
  const cyclic: Record<string, unknown> = { type: 'trade', payload: {} }
  cyclic.payload = cyclic
  const getter = Object.defineProperty({}, 'type', { get: throwing, enumerable: true })
  const late = Object.defineProperty({ type: 'trade' }, 'timestamp', { get: throwing, enumerable: true })
  return [null, undefined, 'x', 7, Promise.resolve(), () => {}, [], new Proxy({}, traps), proxy, cyclic, getter, late]
}

const COUNT = bad().length

/** Each of them between two trades, in one batch. */
const feedOf = (recorded: boolean): Feed => ({
  name: 'dirty',
  recorded,
  async *read() {
    const items = bad().flatMap((item, index): FeedItem[] => [
      item as FeedItem,
      { type: 'trade', symbol: 'AAPL', timestamp: START + index, payload: { price: index + 1, size: 1 } },
    ])
    yield items
  },
})

/** As many good events more as do not fit the memory of a sort of 256. */
const longer = (feed: Feed): Feed => ({
  ...feed,
  async *read(context) {
    yield* feed.read(context)
    yield Array.from(
      { length: 300 },
      (_, index): FeedItem => ({ type: 'quote', timestamp: START + 1_000 + index, payload: {} }),
    )
  },
})

const numbers = Array.from({ length: COUNT }, (_, index) => index)

/** Reads all feeds of an engine to their end, and stops it. */
async function playedWithoutFault(engine: Engine): Promise<StopReport> {
  const faults: unknown[] = []
  engine.on('fault', ({ error }) => faults.push(error))
  await engine.start()
  await engine.finished()
  const report = await engine.stop()
  expect(faults).toEqual([])
  return report
}

describe('a batch in which some elements cannot be read', () => {
  it.each([
    ['a live feed', [feedOf(false)], false],
    ['a live feed, with a journal', [feedOf(false)], true],
    ['a recording', [feedOf(true)], false],
    ['two recordings, merged', [feedOf(true), memoryFeed('empty', [])], false],
    ['a recording that is sorted', [sortFeed(feedOf(true))], false],
  ] as const)('cases: of %s loses nothing else, and each is counted as invalid', async (_, feeds, journalled) => {
    const { seen, strategy } = witness()
    const engine = createEngine({
      feeds,
      strategies: [strategy],
      ...(journalled ? { journal: new MemoryJournal() } : {}),
    })
    const { ledger } = await playedWithoutFault(engine)
    expect(seen).toEqual(numbers)
    expect(ledger.events).toMatchObject({ accepted: COUNT, invalid: COUNT })
  })

  it('cases: of a recording that is sorted on the disk loses nothing else either', async () => {
    const { seen, strategy } = witness()
    const engine = createEngine({ feeds: [sortFeed(longer(feedOf(true)), { maxEvents: 256 })], strategies: [strategy] })
    const { ledger } = await playedWithoutFault(engine)
    expect(seen).toEqual(numbers)
    expect(ledger.events).toMatchObject({ accepted: COUNT + 300, invalid: COUNT })
  })

  it.each([{}, { types: ['trade'] }, { types: ['tra.*', 'trade'], from: START }])(
    'cases: of what is replayed loses nothing else: %o',
    async (query) => {
      const { seen, strategy } = witness()
      const test = engineOn({ strategies: [strategy] })
      await test.start()
      const replay = test.engine.replay({ source: feedOf(true), ...query })
      expect(await test.during(replay.done)).toMatchObject({ outcome: 'ended', replayed: COUNT, invalid: COUNT })
      await test.during(test.engine.drain())
      expect(test.faults).toEqual([])
      expect(seen).toEqual(numbers)
      await test.during(test.engine.stop())
    },
  )
})
