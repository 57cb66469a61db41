import { alert, defineStrategy, signal } from 'outcry'
import { BoundedMap } from '../bounded-map.js'
import { Burst } from './burst.js'

export interface NewsBurstOptions {
  /** Width of the sliding window, in event time. Milliseconds; default 12 hours. */
  readonly windowMs?: number
  /** Memory of the ticker's own usual rate. Milliseconds; default 30 days. */
  readonly baselineMs?: number
  /** A burst is at least this many stories in one window. Default 4. */
  readonly minStories?: number
  /** A burst is at least this many times the usual. Default 4. */
  readonly factor?: number
  /** Symbols followed at most. Default 2,000. */
  readonly maxSymbols?: number
}

const inHundredths = (value: number): number => Math.round(value * 100) / 100

/**
 * Notices when a ticker is suddenly in the news far more than it usually is. It publishes an alert of
 * kind `news-burst` for whoever listens, and signals `flat`: a burst says that something happened, not
 * which way the price will go, so the sound answer is to stand aside.
 */
export const newsBurstStrategy = (options: NewsBurstOptions = {}) => {
  const {
    windowMs = 12 * 3_600_000,
    baselineMs = 30 * 86_400_000,
    minStories = 4,
    factor = 4,
    maxSymbols = 2_000,
  } = options

  return defineStrategy({
    name: 'news-burst',
    subscribe: { types: ['news'] },
    state: () => ({ bursts: new BoundedMap<string, Burst>(maxSymbols), unheard: 0 }),
    onEvent(event, context) {
      const { state } = context
      return event.symbols.flatMap((symbol) => {
        const burst = state.bursts.touch(symbol, () => new Burst({ windowMs, baselineMs, minStories, factor }))
        const seen = burst.see(event.timestamp)
        if (seen === undefined) return []
        const times = inHundredths(Math.min(seen.stories / seen.usual, 999))
        const score = inHundredths(1 - 1 / times)
        const message = `${seen.stories} stories in ${windowMs / 3_600_000} h, ${times} times the usual`
        const receipt = context.publish(
          alert({
            // A name of its own, made of the cause: told twice, it is recognised as the same alert.
            id: `news-burst/${symbol}@${event.id}`,
            kind: 'news-burst',
            symbol,
            score,
            message,
            windowMs,
            count: seen.stories,
            baseline: inHundredths(seen.usual),
            cause: event,
          }),
        )
        // A full queue turns an alert away; the signal has headroom of its own and still gets through.
        if (receipt.status !== 'accepted') state.unheard += 1
        return [signal({ symbol, side: 'flat', strength: score, reason: message, cause: event })]
      })
    },
  })
}

export const newsBurst = newsBurstStrategy()
