import { describe, expect, it } from 'vitest'
import { Burst } from '../../examples/strategies/burst.js'
import { newsBurstStrategy } from '../../examples/strategies/news-burst.js'
import { news } from '../../src/events/catalogue/news.js'
import { EventDraft } from '../../src/events/draft.js'
import { permutations, play } from './play.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2008, 1, 28)

const story = (afterMs: number, ...symbols: string[]) =>
  news({ headline: 'STORY', symbols, timestamp: START + afterMs })
const every = (stepMs: number, count: number, fromMs = 0): number[] =>
  Array.from({ length: count }, (_, at) => fromMs + at * stepMs)

const options = { windowMs: 12 * HOUR, baselineMs: 30 * DAY, minStories: 4, factor: 4 }

describe('news-burst', () => {
  it('publishes an alert of its kind and signals to stand aside', async () => {
    const { signals, published } = await play(
      newsBurstStrategy(options),
      every(HOUR, 4).map((at) => story(at, 'GM')),
    )
    expect(signals.map(({ symbol, payload }) => [symbol, payload.side])).toEqual([['GM', 'flat']])
    const [alert] = published
    expect(alert).toBeInstanceOf(EventDraft)
    expect(alert).toMatchObject({
      type: 'alert',
      symbol: 'GM',
      causationId: 'event:4',
      payload: { kind: 'news-burst', count: 4, windowMs: 12 * HOUR, baseline: 0.5, score: 0.88 },
    })
  })

  it('takes a rate that is usual for the ticker for no burst', async () => {
    const steady = every(3 * HOUR, 8 * 90).map((at) => story(at, 'IBM'))
    const { signals } = await play(newsBurstStrategy(options), steady)
    // A ticker that is new has no usual rate yet: it may be announced once, and then never again.
    expect(signals.length).toBeLessThanOrEqual(1)
    const more = await play(newsBurstStrategy(options), [
      ...steady,
      ...every(HOUR / 4, 40, 90 * DAY).map((at) => story(at, 'IBM')),
    ])
    expect(more.signals.length).toBe(signals.length + 1)
  })

  it('tells one burst once, and the next one again', async () => {
    const first = every(HOUR / 2, 12)
    const second = every(HOUR / 2, 12, 20 * DAY)
    const { signals } = await play(
      newsBurstStrategy(options),
      [...first, ...second].map((at) => story(at, 'GM')),
    )
    expect(signals.map(({ causationId }) => causationId)).toEqual(['event:4', 'event:16'])
  })

  it('does not add up what lies further apart than its window', async () => {
    const { signals } = await play(
      newsBurstStrategy(options),
      every(5 * HOUR, 40).map((at) => story(at, 'GM')),
    )
    expect(signals).toEqual([])
  })

  it('finds a burst in whatever order its stories arrive', async () => {
    for (const order of permutations(every(HOUR, 4))) {
      const { signals } = await play(
        newsBurstStrategy(options),
        order.map((at) => story(at, 'GM')),
      )
      expect(signals).toHaveLength(1)
    }
  })

  it('adds a story from before the window to the usual, not to the window', () => {
    const burst = new Burst(options)
    for (const at of every(HOUR, 3, 10 * DAY)) expect(burst.see(START + at)).toBeUndefined()
    expect(burst.see(START)).toBeUndefined()
    expect(burst.see(START + 10 * DAY + 3 * HOUR)).toMatchObject({ stories: 4 })
  })

  it('keeps a bounded number of times per ticker and of tickers', async () => {
    const strategy = newsBurstStrategy({ ...options, maxSymbols: 10 })
    const state = strategy.state?.()
    if (state === undefined) throw new Error('news-burst has no state')
    await play(
      strategy,
      every(1, 10_000).map((at) => story(at, 'GM')),
      { state },
    )
    expect(state.bursts.get('GM')?.held).toBe(64)
    await play(
      strategy,
      every(1, 100).map((at) => story(at, `T${at}`)),
      { state },
    )
    expect([state.bursts.size, state.bursts.forgotten]).toEqual([10, 91])
  })
})
