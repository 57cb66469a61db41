import type { BreakerState } from '../../breaker/handle.js'
import { breakerOptions, breakerPolicy } from '../../breaker/policy.js'
import type { Environment, Timer } from '../../environment/environment.js'
import { feedConnected, feedDisconnected, feedGap } from '../../events/catalogue/system.js'
import { describeValue } from '../../events/invalid.js'
import { parseOptions } from '../../options.js'
import { type Feed, type FeedContext, type FeedItem, FeedProblem } from '../feed.js'
import { BATCH_ITEMS } from '../files.js'
import { backoffMs, retryAfterMs } from './backoff.js'
import { type Answer, HttpClient } from './client.js'
import { guarded, type Rejected } from './guarded.js'
import { HTTP_BREAKER, type HttpFeedOptions, httpFeedSchema } from './options.js'

/** Resolves after so long on the machine's clock, or as soon as it is to end. */
function rest(environment: Environment, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const timer: Timer = environment.watch(end, ms)
    function end(): void {
      environment.unwatch(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
  })
}

/** The longest wait that any of the answers asks for; 0 where none does. Milliseconds. */
const longestAsked = (answers: readonly (Answer | Rejected)[], now: number): number =>
  Math.max(
    0,
    ...answers.map((answer) => (answer.status === 'failed' ? (retryAfterMs(answer.retryAfter, now) ?? 0) : 0)),
  )

/** A wall clock that was set back meanwhile must not make a gap that ends before it began. */
function gapOf(feed: string, fromTimestamp: number, now: number): FeedItem {
  if (now >= fromTimestamp) return feedGap({ feed, fromTimestamp, toTimestamp: now })
  const reason = 'the clock was set back meanwhile: how long it lasted is not known'
  return feedGap({ feed, fromTimestamp, toTimestamp: fromTimestamp, reason })
}

/**
 * A live feed that asks one HTTP origin again and again and makes events of what it answers, such as
 * a news vendor's REST interface. All its requests share a few kept-alive sockets. What fails is tried
 * again with backoff, at least as late as the server asks; while its circuit breaker `http:<name>` gives
 * no leave it asks nothing. The time without an answer is told as `feed.disconnected` and `feed.gap`, so
 * that it is never silent. A record that is broken is counted
 * as invalid, with its URL, and loses nothing else.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`.
 *
 * @example
 * const wire = httpFeed({
 *   urls: ['https://news.example/v1/latest'],
 *   toItems: (body) => pageSchema.parse(body).items.map((item) => news({ id: item.id, headline: item.title })),
 * })
 */
export function httpFeed(options: HttpFeedOptions): Feed {
  const resolved = parseOptions(httpFeedSchema, options, 'httpFeed')
  const { urls, toItems, pollMs, rounds, backoff } = resolved
  const { origin } = new URL(urls[0] as string)
  const name = resolved.name ?? origin
  const guard =
    resolved.breaker === false
      ? undefined
      : { name: `http:${name}`, options: breakerOptions(resolved.breaker, HTTP_BREAKER) }
  if (guard !== undefined) breakerPolicy(guard.options, 'httpFeed.breaker')
  let answers = 0

  /** What one answer holds; a broken one is a single record that is invalid. */
  function itemsOf(text: string, url: string, out: FeedItem[]): void {
    answers += 1
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      out.push(new FeedProblem(name, answers, `${url} is no JSON: it begins with ${describeValue(text.slice(0, 40))}`))
      return
    }
    try {
      for (const item of toItems(body, url)) out.push(item)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      out.push(new FeedProblem(name, answers, `${url} could not be made into events: ${message.slice(0, 400)}`))
    }
  }

  /** After a round that was turned away, in whole or in part: how long until the next. */
  function leaveIn(retryAfter: number | undefined, state: BreakerState | undefined): number {
    if (state === 'open') return Math.max(backoff.minMs, Math.ceil(retryAfter ?? 0))
    // A person may reset it at any time; else a probe has just gone well, and the rest may follow.
    return state === 'isolated' ? pollMs : backoff.minMs
  }

  async function* read({ environment, signal, breaker }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    const client = new HttpClient(origin, resolved, environment)
    let failures = 0
    let waitMs = pollMs
    let answeredAt = environment.now()
    let gapFrom: number | undefined
    try {
      for (let round = 0; round < rounds && !signal.aborted; ) {
        const all = await Promise.all(
          urls.map((url) => guarded(breaker, environment, signal, () => client.get(url, signal))),
        )
        if (signal.aborted) return
        const failed = all.find((answer) => answer.status === 'failed')
        const rejected = all.find((answer) => answer.status === 'rejected')
        const out: FeedItem[] = []
        const now = environment.now()
        if (failed === undefined && rejected === undefined) {
          if (gapFrom !== undefined) {
            out.push(feedConnected({ feed: name }), gapOf(name, gapFrom, now))
            gapFrom = undefined
          }
          failures = 0
          answeredAt = now
          waitMs = pollMs
        } else {
          if (failed !== undefined) {
            failures += 1
            waitMs = backoffMs(failures, environment.random(`http:${name}`), backoff, longestAsked(all, now))
          } else waitMs = leaveIn(rejected?.retryAfterMs, breaker?.state)
          if (gapFrom === undefined) {
            gapFrom = answeredAt
            out.push(feedDisconnected({ feed: name, reason: (failed ?? rejected)?.reason ?? 'unknown' }))
          }
        }
        for (const [at, answer] of all.entries())
          if (answer.status === 'fresh') itemsOf(answer.text, urls[at] as string, out)
        for (let from = 0; from < out.length; from += BATCH_ITEMS) yield out.slice(from, from + BATCH_ITEMS)
        // A round in which nothing was asked is none.
        if (all.some(({ status }) => status !== 'rejected')) round += 1
        if (round < rounds) await rest(environment, waitMs, signal)
      }
    } finally {
      await client.close()
    }
  }
  return { name, recorded: false, breaker: guard, progress: () => answers, read }
}
