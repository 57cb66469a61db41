import type { Environment } from '../../environment/environment.js'
import { optionalPeer } from '../../peer.js'
import type { ResolvedHttpFeed } from './options.js'

const { Pool } = await optionalPeer('outcry/http', 'undici', () => import('undici'))

type Response = Awaited<ReturnType<InstanceType<typeof Pool>['request']>>

/** What became of one request. */
export type Answer =
  | { readonly status: 'fresh'; readonly text: string }
  /** As it was the last time, or nothing at all: nothing to read. */
  | { readonly status: 'unchanged' }
  | {
      readonly status: 'failed'
      readonly reason: string
      /** The header of that name. */
      readonly retryAfter: string | undefined
      readonly error: unknown
    }

/** An answer that is none, as what a breaker's `ignore` and `record` are asked about. */
class HttpStatus extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`)
  }
}

const failed = (error: unknown, retryAfter?: string): Answer => ({
  status: 'failed',
  reason: error instanceof Error ? error.message : String(error),
  retryAfter,
  error,
})

/** The one spelling of a header that may come more than once. */
const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

/**
 * Requests to one origin over a bounded number of sockets, which are kept alive and used again. What
 * an answer was tagged with is sent along the next time, so that nothing is read that has not changed.
 */
export class HttpClient {
  private readonly pool: InstanceType<typeof Pool>
  private readonly tags = new Map<string, string>()

  constructor(
    origin: string,
    private readonly options: ResolvedHttpFeed,
    private readonly environment: Environment,
  ) {
    const { connections, keepAliveMs, timeoutMs } = options
    this.pool = new Pool(origin, {
      connections,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: timeoutMs },
    })
  }

  async get(url: string, signal: AbortSignal): Promise<Answer> {
    const { headers, timeoutMs } = this.options
    const tag = this.tags.get(url)
    const { pathname, search } = new URL(url)
    try {
      const response = await this.pool.request({
        method: 'GET',
        path: pathname + search,
        headers: { accept: 'application/json', ...headers, ...(tag === undefined ? {} : { 'if-none-match': tag }) },
        // One of its own, as hundreds of requests may be under way and each listens to it.
        signal: AbortSignal.any([signal]),
      })
      // The pool's own bound is on the wait for each piece: a server that trickles would never come to it.
      const tooLong = new Error(`the answer was not whole within ${timeoutMs} ms`)
      const timer = this.environment.watch(() => response.body.destroy(tooLong), timeoutMs)
      try {
        return await this.read(url, response)
      } finally {
        this.environment.unwatch(timer)
      }
    } catch (error) {
      return failed(error)
    }
  }

  private async read(url: string, { statusCode, headers, body }: Response): Promise<Answer> {
    if (statusCode === 304 || statusCode === 204) {
      await body.dump()
      return { status: 'unchanged' }
    }
    if (statusCode < 200 || statusCode >= 300) {
      await body.dump()
      return failed(new HttpStatus(statusCode), first(headers['retry-after']))
    }
    const { maxBytes } = this.options
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      size += piece.length
      // Leaving the loop closes the socket: the rest of it would have to be read to use it again.
      if (size > maxBytes) return failed(new Error(`more than ${maxBytes} bytes`))
      pieces.push(piece)
    }
    const etag = first(headers.etag)
    if (etag === undefined) this.tags.delete(url)
    else this.tags.set(url, etag)
    // It leaves out a byte order mark, which is not JSON's and is sent all the same.
    return { status: 'fresh', text: new TextDecoder().decode(Buffer.concat(pieces)) }
  }

  /** Closes every socket, at once. */
  async close(): Promise<void> {
    await this.pool.destroy()
  }
}
