import { z } from 'zod'
import { describeValue } from '../events/invalid.js'
import { parseOptions } from '../options.js'
import { type Feed, type FeedContext, type FeedItem, FeedProblem, isFeedProblem } from './feed.js'
import { BATCH_ITEMS, feedError } from './files.js'
import { requireRecorded } from './merge.js'
import { mergeSorted } from './merge-sorted.js'
import { type Run, Spill } from './spill.js'
import { type TimedBatch, timeline } from './timed.js'

export interface SortFeedOptions {
  /**
   * Events held in memory at most before they are written to a temporary file. Default 20,000: runs
   * of 100,000 take no less time (most of it is garbage collection) and 100 MB more of memory.
   */
  readonly maxEvents?: number
  /** Where the temporary file lies. Default: the system's folder for such. */
  readonly directory?: string
}

const schema = z.strictObject({
  maxEvents: z.int().min(BATCH_ITEMS).max(10_000_000).default(20_000),
  directory: z.string().min(1).optional(),
})

/** Runs merged at a time: each holds one batch in memory. */
const FAN_IN = 64

/** What has been read and is not yet written out, in the order in which it came. */
class Buffered {
  #items: FeedItem[] = []
  readonly #times: Float64Array

  constructor(maxEvents: number) {
    this.#times = new Float64Array(maxEvents)
  }

  get full(): boolean {
    return this.#items.length === this.#times.length
  }

  get size(): number {
    return this.#items.length
  }

  add(item: FeedItem, time: number): void {
    this.#times[this.#items.length] = time
    this.#items.push(item)
  }

  /** Hands out everything in order of time, then of arrival, and is empty afterwards. */
  *drain(): Generator<TimedBatch> {
    const items = this.#items
    const times = this.#times.slice(0, items.length)
    this.#items = []
    const order = Uint32Array.from({ length: items.length }, (_, i) => i)
    order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b)
    for (let start = 0; start < order.length; start += BATCH_ITEMS) {
      const indices = order.subarray(start, start + BATCH_ITEMS)
      const out: FeedItem[] = []
      for (const index of indices) {
        const item = items[index]
        if (item !== undefined) out.push(item)
      }
      yield { times: Float64Array.from(indices, (index) => times[index] ?? 0), items: out }
    }
  }
}

/**
 * Runs by level, each level's oldest first: 64 runs of one level become one of the next, so that no
 * merge is wider than that and no event is written more than once a level (Knuth, The Art of
 * Computer Programming 3, 5.4: balanced merging).
 */
class Runs {
  readonly #levels: Run[][] = []
  readonly #spill: Spill

  constructor(spill: Spill) {
    this.#spill = spill
  }

  async add(run: Run, level = 0): Promise<void> {
    let runs = this.#levels[level]
    if (runs === undefined) {
      runs = []
      this.#levels[level] = runs
    }
    runs.push(run)
    if (runs.length < FAN_IN) return
    this.#levels[level] = []
    await this.add(await this.#spill.write(mergeSorted(runs.map((one) => this.#spill.read(one)))), level + 1)
  }

  /** All runs, those of the earliest items first: what makes a merge of them stable. */
  inOrder(): AsyncIterable<TimedBatch>[] {
    return this.#levels.toReversed().flatMap((runs) => runs.map((run) => this.#spill.read(run)))
  }
}

/**
 * A recording in order of event time: an external merge sort in bounded memory, stable, so that
 * events of one time keep the order in which they came. What exceeds `maxEvents` goes to a temporary
 * file, which is removed however the reading ends. Problems are passed on as they are met, and
 * events only after the last of the input has been read.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` for an option out of range or a live feed, which never ends.
 */
export function sortFeed(feed: Feed, options: SortFeedOptions = {}): Feed {
  const { maxEvents, directory } = parseOptions(schema, options, 'sortFeed')
  requireRecorded(feed, 'sortFeed')
  let taken = 0
  let given = 0

  async function* read(context: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    requireRecorded(feed, 'sortFeed')
    taken = 0
    given = 0
    let position = 0
    const buffered = new Buffered(maxEvents)
    const stamp = timeline()
    let spill: Spill | undefined
    let runs: Runs | undefined
    try {
      for await (const items of feed.read(context)) {
        const problems: FeedItem[] = []
        const { times } = stamp(items)
        for (const [i, item] of items.entries()) {
          position += 1
          if (isFeedProblem(item)) {
            problems.push(item)
            continue
          }
          if (typeof item !== 'object' || item === null) {
            problems.push(new FeedProblem(feed.name, position, `expected an event, not ${describeValue(item)}`))
            continue
          }
          if (buffered.full) {
            spill ??= await Spill.create(directory)
            runs ??= new Runs(spill)
            await runs.add(await spill.write(buffered.drain()))
          }
          buffered.add(item, times[i] ?? Number.NEGATIVE_INFINITY)
          taken += 1
        }
        if (problems.length > 0) yield problems
        if (context.signal.aborted) return
      }
      const last = buffered.drain()
      const sorted = runs === undefined ? last : mergeSorted([...runs.inOrder(), asynchronous(last)])
      for await (const { items } of sorted) {
        if (context.signal.aborted) return
        given += items.length
        yield items
      }
    } catch (error) {
      throw feedError(error, feed.name)
    } finally {
      await spill?.close()
    }
  }

  return {
    name: feed.name,
    recorded: true,
    // Reading in and giving out are each half of the way.
    get total() {
      return feed.total === undefined ? undefined : feed.total * 2
    },
    progress: () => (feed.progress?.() ?? 0) + (taken === 0 ? 0 : ((feed.total ?? 0) * given) / taken),
    async prepare() {
      await feed.prepare?.()
    },
    read,
  }
}

async function* asynchronous(batches: Iterable<TimedBatch>): AsyncGenerator<TimedBatch> {
  yield* batches
}
