import { defineStrategy, type SignalDraft, signal } from 'outcry'
import { BoundedMap } from '../bounded-map.js'
import { toneOf } from './lexicon.js'

export interface NewsToneOptions {
  /** A story weighs half as much after this long, in event time. Milliseconds; default 3 days. */
  readonly halfLifeMs?: number
  /** A stance is taken when the score passes this. Default 0.9: one strong story does not suffice. */
  readonly enter?: number
  /** A stance is left when the score falls back to this. Default 0.3; the distance to `enter` prevents flapping. */
  readonly leave?: number
  /** Symbols followed at most. Default 2,000. */
  readonly maxSymbols?: number
}

type Stance = 'buy' | 'sell' | 'flat'

interface Tone {
  /** Sum of the tone of every story, each halved for every half-life since it appeared; as of `asOf`. */
  score: number
  /** Event time of the youngest story. UTC epoch milliseconds. */
  asOf: number
  stories: number
  stance: Stance
}

/** How much of a story is left after `ageMs`. */
const remaining = (ageMs: number, halfLifeMs: number): number => Math.exp((-Math.LN2 * ageMs) / halfLifeMs)

/**
 * Takes in one story. The score is a sum of terms that decay alike, so the order in which stories come
 * in makes no difference: a late one is added at what is left of it by now.
 */
const absorb = (tone: Tone, said: number, timestamp: number, halfLifeMs: number): void => {
  if (timestamp >= tone.asOf) {
    tone.score = tone.score * remaining(timestamp - tone.asOf, halfLifeMs) + said
    tone.asOf = timestamp
  } else {
    tone.score += said * remaining(tone.asOf - timestamp, halfLifeMs)
  }
  tone.stories += 1
}

/** The stance after a look at the score: a held one is kept until the score has fallen back to `leave`. */
const decide = (tone: Tone, enter: number, leave: number): Stance => {
  if (tone.score >= enter) return 'buy'
  if (tone.score <= -enter) return 'sell'
  if (tone.stance === 'buy' && tone.score > leave) return 'buy'
  if (tone.stance === 'sell' && tone.score < -leave) return 'sell'
  return 'flat'
}

const inThousandths = (value: number): number => Math.round(value * 1_000) / 1_000

/**
 * Follows the tone of the news about each ticker. Good news piles up to a `buy`, bad news to a `sell`,
 * and a stance that the next story no longer supports is given up with `flat`.
 */
export const newsToneStrategy = (options: NewsToneOptions = {}) => {
  const { halfLifeMs = 3 * 86_400_000, enter = 0.9, leave = 0.3, maxSymbols = 2_000 } = options

  return defineStrategy({
    name: 'news-tone',
    subscribe: { types: ['news'] },
    state: () => ({ tones: new BoundedMap<string, Tone>(maxSymbols) }),
    onEvents(events, { state }) {
      const signals: SignalDraft[] = []
      for (const event of events) {
        if (event.symbols.length === 0) continue
        const said = toneOf(event.payload.headline, event.payload.body)
        // A story without a word of tone changes no score; what time does to one, the next story will show.
        if (said === 0) continue
        for (const symbol of event.symbols) {
          const tone = state.tones.touch(symbol, () => ({
            score: 0,
            asOf: event.timestamp,
            stories: 0,
            stance: 'flat' as const,
          }))
          absorb(tone, said, event.timestamp, halfLifeMs)
          const stance = decide(tone, enter, leave)
          if (stance === tone.stance) continue
          tone.stance = stance
          signals.push(
            signal({
              symbol,
              side: stance,
              strength: inThousandths(Math.min(1, Math.abs(tone.score) / (2 * enter))),
              reason: `tone of the news ${tone.score.toFixed(2)} after ${tone.stories} stories`,
              cause: event,
            }),
          )
        }
      }
      return signals
    },
  })
}

export const newsTone = newsToneStrategy()
