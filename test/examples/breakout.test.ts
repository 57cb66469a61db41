import { describe, expect, it } from 'vitest'
import { breakoutStrategy } from '../../examples/strategies/breakout.js'
import { bar } from '../../src/events/catalogue/market.js'
import { play } from './play.js'

const DAY = 86_400_000
const START = Date.UTC(2008, 0, 1)

const day = (number: number, close: number, volume = 100, symbol = 'SPX') =>
  bar({ symbol, timestamp: START + number * DAY, open: close, high: close + 1, low: close - 1, close, volume })

/** Days 0 to 19, all alike: a range of 99 to 101 on a volume of 100. */
const quiet = Array.from({ length: 20 }, (_, number) => day(number, 100))
const strategy = () => breakoutStrategy({ bars: 20, volumeFactor: 1.5 })
const sides = async (bars: Parameters<typeof play>[1]) =>
  (await play(strategy(), bars)).signals.map(({ payload }) => payload.side)

describe('breakout', () => {
  it('buys a close above the range and sells one below, on volume', async () => {
    const up = await play(strategy(), [...quiet, day(20, 102, 300)])
    expect(up.signals).toHaveLength(1)
    expect(up.signals[0]).toMatchObject({
      symbol: 'SPX',
      causationId: 'event:21',
      payload: { side: 'buy', strength: 1 },
    })
    expect(up.signals[0]?.payload.reason).toBe('close 102 above 101 of 20 bars on 3.00 times the volume')
    expect(await sides([...quiet, day(20, 98, 150)])).toEqual(['sell'])
  })

  it('needs the volume', async () => {
    expect(await sides([...quiet, day(20, 102, 149)])).toEqual([])
  })

  it('needs a close beyond the range, a high does not do', async () => {
    expect(await sides([...quiet, day(20, 100.5, 300)])).toEqual([])
  })

  it('says nothing before it knows a whole range', async () => {
    expect(await sides([...quiet.slice(1), day(20, 102, 300)])).toEqual([])
  })

  it('says a breakout once while it lasts, and again after a close inside the range', async () => {
    const lasting = [day(20, 102, 300), day(21, 104, 400), day(22, 106, 500)]
    expect(await sides([...quiet, ...lasting])).toEqual(['buy'])
    expect(await sides([...quiet, ...lasting, day(23, 103), day(24, 109, 600)])).toEqual(['buy', 'buy'])
    expect(await sides([...quiet, ...lasting, day(23, 90, 600)])).toEqual(['buy', 'sell'])
  })

  it('lets a late bar correct the range without a signal of its own', async () => {
    // Day 10 comes late, and with it a high of 121: what would be a breakout without it is none with it.
    const without10 = quiet.toSpliced(10, 1)
    const late = day(10, 120, 900)
    expect(await sides([day(-1, 100), ...without10, day(20, 102, 300)])).toEqual(['buy'])
    expect(await sides([day(-1, 100), ...without10, late, day(20, 102, 300)])).toEqual([])
  })

  it('takes a second bar of the same time for a correction', async () => {
    expect(await sides([...quiet, day(19, 110), day(20, 105, 300)])).toEqual([])
    expect(await sides([...quiet, day(20, 102, 300), day(20, 102, 310)])).toEqual(['buy'])
  })

  it('ignores a bar from before its window', async () => {
    const old = day(-300, 500, 9_000)
    expect(await sides([...quiet, day(20, 100), old, day(21, 102, 300)])).toEqual(['buy'])
  })

  it('does not divide by a range without volume', async () => {
    const dry = Array.from({ length: 20 }, (_, number) => day(number, 100, 0))
    const { signals } = await play(strategy(), [...dry, day(20, 102, 0), day(21, 110, 5)])
    for (const { payload } of signals) expect(payload.strength).toBeLessThanOrEqual(1)
    expect(await sides([...dry, day(20, 102, 0)])).toEqual([])
  })

  it('follows each symbol by itself, and a bounded number of them', async () => {
    const mixed = [
      ...quiet.flatMap((_, number) => [day(number, 100), day(number, 10, 100, 'OTHER')]),
      day(20, 12, 300, 'OTHER'),
    ]
    expect((await play(strategy(), mixed)).signals.map(({ symbol }) => symbol)).toEqual(['OTHER'])
    const bounded = breakoutStrategy({ maxSymbols: 5 })
    const state = bounded.state?.()
    if (state === undefined) throw new Error('breakout has no state')
    await play(
      bounded,
      Array.from({ length: 50 }, (_, at) => day(0, 100, 100, `S${at}`)),
      { state },
    )
    expect([state.followed.size, state.followed.forgotten]).toEqual([5, 45])
  })
})
