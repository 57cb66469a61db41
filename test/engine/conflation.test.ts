import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, defineEvent, OutcryError, trade } from '../../src/index.js'
import { engineOn, expectNothingLeft, expectQuiet, listener } from './support.js'

const level = defineEvent({ type: 'level', payload: z.object({ value: z.number() }), conflate: true })
const levels = (count: number, symbol: string, from = 0) =>
  Array.from({ length: count }, (_, index) => level({ symbol, value: from + index }))

describe('conflation', () => {
  it('delivers the latest value in the turn of the first, and counts the rest as conflated (row 3486)', async () => {
    const { seen, strategy } = listener()
    const e = engineOn({ strategies: [strategy] })
    await e.start()
    const receipts = [
      ...levels(3, 'AAPL').map((draft) => e.engine.offer(draft)),
      e.engine.offer(trade({ symbol: 'AAPL', price: 7, size: 1 })),
      ...levels(2, 'MSFT', 10).map((draft) => e.engine.offer(draft)),
      e.engine.offer(level({ symbol: 'AAPL', value: 99 })),
    ]
    expect(receipts.map((receipt) => ('replaced' in receipt ? receipt.replaced : undefined))).toEqual([
      undefined,
      receipts[0]?.id,
      receipts[1]?.id,
      undefined,
      undefined,
      receipts[4]?.id,
      receipts[2]?.id,
    ])
    expect(e.engine.ledger().events).toMatchObject({ accepted: 7, conflated: 4, queued: 3 })
    await e.during(e.engine.drain())
    expect(seen).toEqual(['AAPL 99', 'AAPL price 7', 'MSFT 11'])
    expect(e.engine.ledger().events).toMatchObject({ accepted: 7, settled: 3, conflated: 4 })
    expectQuiet(e)
    // What has been leased is replaced no more.
    const next = e.engine.offer(level({ symbol: 'AAPL', value: 100 }))
    expect(next).toMatchObject({ status: 'accepted' })
    expect(next).not.toHaveProperty('replaced')
    await e.during(e.engine.stop())
    await expectNothingLeft(e)
  })

  it('needs no room: a full queue still takes what replaces something', async () => {
    const { seen, strategy } = listener()
    const e = engineOn({ strategies: [strategy], queue: { capacity: 2, highWater: 2 } })
    await e.start()
    for (const draft of [...levels(1, 'AAPL'), ...levels(1, 'MSFT')]) e.engine.offer(draft)
    expect(e.engine.offer(level({ symbol: 'IBM', value: 1 }))).toMatchObject({ status: 'refused', reason: 'full' })
    expect(e.engine.offer(level({ symbol: 'MSFT', value: 2 }))).toMatchObject({ status: 'accepted' })
    await e.during(e.engine.stop())
    expect(seen).toEqual(['AAPL 0', 'MSFT 2'])
  })

  it('keeps sources apart, and a straggler never takes the place of a later value', async () => {
    const { seen, strategy } = listener()
    const e = engineOn({ strategies: [strategy] })
    await e.start()
    e.engine.offer(level({ symbol: 'A', source: 'x', value: 1, timestamp: 1_000 }))
    e.engine.offer(level({ symbol: 'A', source: 'y', value: 2, timestamp: 1_000 }))
    expect(e.engine.offer(level({ symbol: 'A', source: 'x', value: 3, timestamp: 999 }))).not.toHaveProperty('replaced')
    // The straggler is the one queued last now; a newer value takes its place.
    expect(e.engine.offer(level({ symbol: 'A', source: 'x', value: 4, timestamp: 1_001 }))).toHaveProperty('replaced')
    await e.during(e.engine.stop())
    expect(seen).toEqual(['A 1', 'A 2', 'A 4'])
    expect(e.engine.ledger().events).toMatchObject({ accepted: 4, settled: 3, conflated: 1 })
  })

  it('still takes an id only once', async () => {
    const e = engineOn()
    await e.start()
    e.engine.offer(level({ id: 'one', symbol: 'A', value: 1 }))
    e.engine.offer(level({ id: 'two', symbol: 'A', value: 2 }))
    expect(e.engine.offer(level({ id: 'one', symbol: 'A', value: 1 }))).toEqual({ status: 'duplicate', id: 'one' })
    await e.during(e.engine.stop())
    expect(e.engine.ledger().events).toMatchObject({ published: 3, duplicate: 1, accepted: 2, conflated: 1 })
  })

  it('is an option of the engine too, by type or pattern, over the definition', async () => {
    const e = engineOn({ conflate: { trade: true, level: false } })
    await e.start()
    for (const draft of levels(2, 'A')) e.engine.offer(draft)
    for (const price of [1, 2]) e.engine.offer(trade({ symbol: 'A', price, size: 1 }))
    expect(e.engine.ledger().events).toMatchObject({ accepted: 4, conflated: 1, queued: 3 })
    await e.during(e.engine.stop())
    expect(() => createEngine({ conflate: { 'no type!': true } })).toThrow(OutcryError)
    expect(() => createEngine({ conflate: { trade: 'yes' as unknown as boolean } })).toThrow(/conflate\.trade/)
  })
})
