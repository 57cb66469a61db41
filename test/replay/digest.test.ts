import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  createEngine,
  defineEvent,
  type EngineOptions,
  type FeedItem,
  memoryFeed,
  news,
  replayFeed,
  type StrategyDefinition,
  signal,
  trade,
} from '../../src/index.js'

const level = defineEvent({ type: 'level', payload: z.object({ value: z.number(), at: z.date() }), lane: 'high' })

const momentum: StrategyDefinition<{ last: number }> = {
  name: 'momentum',
  subscribe: { types: ['trade', 'level'] },
  state: () => ({ last: 0 }),
  onEvents: (events, { state, clock }) =>
    events.flatMap((cause) => {
      const { price = 0 } = cause.payload as { readonly price?: number }
      const rose = price > state.last
      state.last = price
      if (price % 17 === 0) clock.setTimeout(() => signal({ symbol: 'A', side: 'sell', strength: 0.1 }), 250)
      return rose ? [signal({ symbol: 'A', side: 'buy' as const, strength: 0.5, cause })] : []
    }),
}

/** Listens to signals too, and answers later. */
const echo: StrategyDefinition = {
  name: 'echo',
  subscribe: { types: ['signal', 'news'] },
  onEvents: async (events) => {
    await undefined
    return events
      .filter(({ source }) => source !== 'echo')
      .map((cause) => signal({ symbol: 'B', side: 'buy' as const, strength: 0.2, cause }))
  },
}

/** Three symbols in two lanes, with repeats, stragglers and records that are no events. */
const items: readonly FeedItem[] = Array.from({ length: 4_000 }, (_, index): FeedItem[] => {
  const timestamp = 1_700_000_000_000 + index * 40 - (index % 97 === 0 ? 5_000 : 0)
  const one = trade({ id: `t${index}`, symbol: 'ABC'[index % 3] ?? 'A', price: (index * 37) % 101, size: 1, timestamp })
  if (index % 50 === 1)
    return [one, trade({ ...{ id: `t${index - 1}`, symbol: 'A', price: 1, size: 1 }, timestamp: timestamp + 9_000 })]
  if (index % 211 === 0) return [one, { type: 'trade', payload: { price: 'none' } }]
  if (index % 83 === 0)
    return [one, news({ id: `n${index}`, symbols: ['A', 'B'], headline: `item ${index}`, timestamp })]
  if (index % 131 === 0)
    return [one, level({ id: `l${index}`, symbol: 'A', value: index, at: new Date(index), timestamp })]
  return [one]
}).flat()

async function run(options: EngineOptions) {
  const engine = createEngine({ strategies: [momentum, echo], events: [level], history: true, ...options })
  await engine.start()
  await engine.finished()
  await engine.stop()
  return { engine, digest: engine.digest(), ledger: engine.ledger() }
}

describe('a replay into a fresh engine', () => {
  it('comes to the digest of the run it repeats, and so does a replay of that (row 3458)', async () => {
    const first = await run({ feeds: [memoryFeed('day', items)] })
    expect(first.ledger.events.duplicate).toBeGreaterThan(50)
    expect(first.ledger.events.late).toBeGreaterThan(20)
    expect(first.ledger.derived.accepted).toBeGreaterThan(1_000)
    const second = await run({ feeds: [replayFeed(first.engine.history, { events: [level] })] })
    expect(second.digest).toBe(first.digest)
    expect(second.ledger.events).toEqual({
      ...first.ledger.events,
      published: first.ledger.events.accepted,
      duplicate: 0,
      invalid: 0,
    })
    expect(second.ledger.derived).toEqual(first.ledger.derived)
    const third = await run({ feeds: [replayFeed(second.engine.history, { events: [level] })] })
    expect(third.digest).toBe(first.digest)
  })

  it('differs in its digest when anything of it does', async () => {
    const first = await run({ feeds: [memoryFeed('day', items.slice(0, 500))] })
    const fewer = await run({ feeds: [replayFeed(first.engine.history, { events: [level], symbols: ['A'] })] })
    expect(fewer.digest).not.toBe(first.digest)
  })

  it('says at once what is no source', () => {
    expect(() => replayFeed({} as never)).toThrow(/expected engine.history or a journal/)
    expect(() => replayFeed(createEngine({ history: true }).history, { types: ['!'] })).toThrow(/replay.types/)
  })
})
