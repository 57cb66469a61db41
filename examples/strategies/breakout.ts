import { defineStrategy, signal } from 'outcry'
import { BoundedMap } from '../bounded-map.js'
import { type Bar, BarWindow } from './bar-window.js'

export interface BreakoutOptions {
  /** Earlier bars that make up the range. Default 20, about a month of trading days. */
  readonly bars?: number
  /** A breakout counts when its volume is at least this many times the range's mean. Default 1.2. */
  readonly volumeFactor?: number
  /** Symbols followed at most. Default 2,000. */
  readonly maxSymbols?: number
}

type Side = 'inside' | 'above' | 'below'

interface Followed {
  readonly window: BarWindow
  /** Where the last confirmed breakout went; a new one in the same direction needs a close inside the range first. */
  side: Side
}

const inThousandths = (value: number): number => Math.round(value * 1_000) / 1_000

/** Where the close lies against the range of the bars before it. */
const sideOf = (bar: Bar, range: { readonly high: number; readonly low: number }): Side =>
  bar.close > range.high ? 'above' : bar.close < range.low ? 'below' : 'inside'

/**
 * Buys a close above the highest high of the last N bars and sells one below the lowest low (a Donchian
 * channel), if the volume confirms that others act on it too.
 */
export const breakoutStrategy = (options: BreakoutOptions = {}) => {
  const { bars = 20, volumeFactor = 1.2, maxSymbols = 2_000 } = options

  return defineStrategy({
    name: 'breakout',
    subscribe: { types: ['bar'] },
    state: () => ({ followed: new BoundedMap<string, Followed>(maxSymbols) }),
    onEvent(event, { state }) {
      const { symbol, timestamp } = event
      if (symbol === undefined) return undefined
      const followed = state.followed.touch(symbol, () => ({ window: new BarWindow(bars), side: 'inside' }))
      const { high, low, close, volume } = event.payload
      const bar: Bar = { timestamp, high, low, close, volume }
      const range = followed.window.rangeBefore(timestamp)
      // A bar that came late corrects the range of those to come; its own moment for a signal is over.
      const newest = followed.window.add(bar)
      if (!newest || range === undefined) return undefined
      const side = sideOf(bar, range)
      if (side === followed.side) return undefined
      if (side === 'inside') {
        followed.side = side
        return undefined
      }
      const times = bar.volume / range.meanVolume
      if (!(times >= volumeFactor)) return undefined
      followed.side = side
      const edge = side === 'above' ? range.high : range.low
      return signal({
        symbol,
        side: side === 'above' ? 'buy' : 'sell',
        strength: inThousandths(Math.min(1, times / (2 * volumeFactor))),
        reason: `close ${close} ${side} ${edge} of ${bars} bars on ${times.toFixed(2)} times the volume`,
        cause: event,
      })
    },
  })
}

export const breakout = breakoutStrategy()
