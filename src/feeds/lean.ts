import { Invalid } from '../events/invalid.js'
import { type Feed, FeedProblem } from './feed.js'
import { type LeanFeedOptions, leanFile } from './lean-path.js'
import { leanRows } from './lean-rows.js'
import { lineFeed } from './line-feed.js'
import { inspectZip, zipBytes } from './zip.js'

/**
 * Market data in the zips of QuantConnect's Lean (https://github.com/QuantConnect/Lean, `Data`):
 * ticks as `trade` and `quote`, trade bars as `bar`, quote bars as `quote` with the closing bid and
 * ask. Security type, market, resolution, symbol, day and kind are read from the place of the file
 * (`equity/usa/tick/spy/20131010_trade.zip`); options override them.
 *
 * **The timestamp of a bar is its end**, and Lean writes its start: what happened within a minute is
 * not known before the minute is over, and a strategy must not see it earlier. Times of the file are
 * wall-clock times of the market's zone and become UTC, with daylight saving as it was on the day.
 * Prices of equities, written in deci-cents, become dollars. A side of a quote that is 0 is absent.
 *
 * Ids are the place of the file and the number of the row: rows of equal content are trades of their
 * own, of which one real file has 87,062.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for what neither path nor options say; from `prepare`:
 * `OUTCRY_FEED_FILE`, and `OUTCRY_FEED_FORMAT` for a zip that is truncated or none.
 */
export function leanFeed(path: string, options: LeanFeedOptions = {}): Feed {
  const file = leanFile(path, options)
  const name = `lean:${path}`
  const parse = leanRows(file)
  const prefix = `lean:${file.key}:`
  return lineFeed({
    name,
    path,
    maxLineBytes: file.maxLineBytes,
    source: {
      size: async () => (await inspectZip(path, name)).packedBytes,
      bytes: (onRead) => zipBytes(path, name, onRead),
    },
    reader: () => ({
      line(text, number, out) {
        if (text === '') return
        const event = parse(text.split(','), prefix + number)
        out.push(event instanceof Invalid ? new FeedProblem(name, number, event.reason) : event)
      },
    }),
  })
}
