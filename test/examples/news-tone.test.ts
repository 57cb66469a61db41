import { describe, expect, it } from 'vitest'
import { toneOf } from '../../examples/strategies/lexicon.js'
import { newsToneStrategy } from '../../examples/strategies/news-tone.js'
import { news } from '../../src/events/catalogue/news.js'
import { permutations, play } from './play.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2008, 1, 28)

const story = (headline: string, afterMs: number, ...symbols: string[]) =>
  news({ headline, symbols, timestamp: START + afterMs })

const GOOD = 'PROFIT UP, RECORD GROWTH'
const BAD = 'LOSS WIDENS, LAYOFFS AND LAWSUIT'

describe('the tone of a story', () => {
  it('is positive for good words, negative for bad ones and 0 for none', () => {
    expect(toneOf(GOOD)).toBeGreaterThan(0.5)
    expect(toneOf(BAD)).toBeLessThan(-0.5)
    expect(toneOf('BOARD MEETS ON TUESDAY')).toBe(0)
  })

  it('stays within -1 and 1, however long the text', () => {
    expect(toneOf(GOOD, 'profit '.repeat(100_000))).toBeLessThan(1)
    expect(toneOf(BAD, 'loss '.repeat(100_000))).toBeGreaterThan(-1)
  })

  it('takes a negated word for its opposite, near the negator only', () => {
    expect(toneOf('NOT PROFITABLE')).toBeLessThan(0)
    expect(toneOf('NOT A WORD OF THIS MATTERS TO THE PROFIT')).toBeGreaterThan(0)
  })

  it('counts a headline more than a body', () => {
    expect(toneOf('profit', 'loss')).toBeGreaterThan(0)
  })
})

describe('news-tone', () => {
  it('buys when good news piles up, and not on a single story', async () => {
    const { signals } = await play(newsToneStrategy(), [story(GOOD, 0, 'GM'), story(GOOD, HOUR, 'GM')])
    expect(signals.map(({ symbol, payload }) => [symbol, payload.side])).toEqual([['GM', 'buy']])
    expect(signals[0]?.payload.strength).toBeGreaterThan(0.5)
    expect(signals[0]?.payload.reason).toContain('2 stories')
    expect(signals[0]?.causationId).toBe('event:2')
  })

  it('sells on bad news', async () => {
    const { signals } = await play(newsToneStrategy(), [story(BAD, 0, 'GM'), story(BAD, HOUR, 'GM')])
    expect(signals.map(({ payload }) => payload.side)).toEqual(['sell'])
  })

  it('forgets with its half-life, in event time', async () => {
    const { signals } = await play(newsToneStrategy({ halfLifeMs: DAY }), [
      story(GOOD, 0, 'GM'),
      story(GOOD, 30 * DAY, 'GM'),
    ])
    expect(signals).toEqual([])
  })

  it('does not flap between the thresholds, and gives a stance up below the lower one', async () => {
    const stories = [GOOD, GOOD, 'LOSS', 'PROFIT', 'LOSS', 'PROFIT'].map((headline, at) => story(headline, at, 'GM'))
    const held = await play(newsToneStrategy({ enter: 1.4, leave: 0.5 }), stories)
    expect(held.signals.map(({ payload }) => payload.side)).toEqual(['buy'])
    const left = await play(newsToneStrategy({ enter: 1.4, leave: 0.5 }), [
      ...stories,
      story(BAD, 10, 'GM'),
      story(BAD, 11, 'GM'),
    ])
    expect(left.signals.map(({ payload }) => payload.side)).toEqual(['buy', 'flat'])
  })

  it('comes to the same score in whatever order the stories arrive', async () => {
    const stories = [
      story(GOOD, 0, 'GM'),
      story(BAD, DAY, 'GM'),
      story(GOOD, 2 * DAY, 'GM'),
      story(GOOD, 3 * DAY, 'GM'),
    ]
    const scores: number[] = []
    for (const order of permutations(stories)) {
      const strategy = newsToneStrategy()
      const state = strategy.state?.()
      if (state === undefined) throw new Error('news-tone has no state')
      await play(strategy, order, { state })
      scores.push(state.tones.get('GM')?.score ?? Number.NaN)
    }
    for (const score of scores) expect(score).toBeCloseTo(scores[0] ?? Number.NaN, 9)
  })

  it('says the same however the events are cut into chunks', async () => {
    const stories = Array.from({ length: 60 }, (_, at) =>
      story(at % 7 < 4 ? GOOD : BAD, at * HOUR, at % 3 ? 'GM' : 'F'),
    )
    const whole = await play(newsToneStrategy(), stories)
    expect(whole.signals.length).toBeGreaterThan(2)
    expect(await play(newsToneStrategy(), stories, { chunk: 7 })).toEqual(whole)
  })

  it('charges a story to every ticker that it names, and none to a story without one', async () => {
    const { signals } = await play(newsToneStrategy(), [
      story(GOOD, 0, 'GM', 'F'),
      story(GOOD, 1),
      story(GOOD, 2, 'GM', 'F'),
    ])
    expect(signals.map(({ symbol }) => symbol)).toEqual(['GM', 'F'])
  })

  it('follows a bounded number of tickers and counts those it forgets', async () => {
    const strategy = newsToneStrategy({ maxSymbols: 10 })
    const state = strategy.state?.()
    if (state === undefined) throw new Error('news-tone has no state')
    await play(
      strategy,
      Array.from({ length: 100 }, (_, at) => story(GOOD, at, `T${at}`)),
      { state },
    )
    expect([state.tones.size, state.tones.forgotten]).toEqual([10, 90])
    expect(state.tones.get('T99')).toBeDefined()
  })
})
