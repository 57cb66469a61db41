import type { Environment, Timer } from '../../environment/environment.js'
import { feedConnected, feedDisconnected, feedGap } from '../../events/catalogue/system.js'
import { describeValue } from '../../events/invalid.js'
import { parseOptions } from '../../options.js'
import { type Feed, type FeedContext, type FeedItem, FeedProblem } from '../feed.js'
import { BATCH_ITEMS } from '../files.js'
import { backoffMs, retryAfterMs } from './backoff.js'
import { HttpClient } from './client.js'
import { type HttpFeedOptions, httpFeedSchema } from './options.js'

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

/**
 * A live feed that asks one HTTP origin again and again and makes events of what it answers, such as
 * a news vendor's REST interface. All its requests share a few kept-alive sockets. What fails is tried
 * again with backoff, at least as late as the server asks; the time without an answer is told as
 * `feed.disconnected` and `feed.gap`, so that it is never silent. A record that is broken is counted
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

  async function* read({ environment, signal }: FeedContext): AsyncGenerator<readonly FeedItem[]> {
    const client = new HttpClient(origin, resolved)
    let failures = 0
    let asked = 0
    let answeredAt = environment.now()
    let gapFrom: number | undefined
    try {
      for (let round = 0; round < rounds && !signal.aborted; round += 1) {
        if (round > 0) {
          const chance = failures === 0 ? 0 : environment.random(`http:${name}`)
          await rest(environment, failures === 0 ? pollMs : backoffMs(failures, chance, backoff, asked), signal)
          if (signal.aborted) return
        }
        const all = await Promise.all(urls.map((url) => client.get(url, signal)))
        if (signal.aborted) return
        const failed = all.find((answer) => answer.status === 'failed')
        const out: FeedItem[] = []
        const now = environment.now()
        if (failed === undefined) {
          if (gapFrom !== undefined) {
            out.push(feedConnected({ feed: name }), feedGap({ feed: name, fromTimestamp: gapFrom, toTimestamp: now }))
            gapFrom = undefined
          }
          failures = 0
          answeredAt = now
        } else {
          failures += 1
          asked = retryAfterMs(failed.retryAfter, now) ?? 0
          if (gapFrom === undefined) {
            gapFrom = answeredAt
            out.push(feedDisconnected({ feed: name, reason: failed.reason }))
          }
        }
        for (const [at, answer] of all.entries())
          if (answer.status === 'fresh') itemsOf(answer.text, urls[at] as string, out)
        for (let from = 0; from < out.length; from += BATCH_ITEMS) yield out.slice(from, from + BATCH_ITEMS)
      }
    } finally {
      await client.close()
    }
  }
  return { name, recorded: false, progress: () => answers, read }
}
