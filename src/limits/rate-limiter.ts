import type { Environment } from '../environment/environment.js'
import { TopK } from '../metrics/top-k.js'
import { TokenBucket } from './token-bucket.js'

export interface RateLimit {
  /** Events a second in the long run. */
  readonly ratePerSecond: number
  /** Events at once after a rest. Default a second's worth, at least 1. */
  readonly burst?: number | undefined
}

/** The name that stands for every other one; each of those has a bucket of its own. */
const EVERY_OTHER = '*'

/** Buckets of unnamed ones in each of two generations: the one that is forgotten was idle for the longest. */
const MAX_UNNAMED = 4_096

/** Names whose refusals are counted one by one; the rest are counted together. */
const MAX_COUNTED = 100

/**
 * Bounds the rate of each of many, such as the sources of events. It is asked first, and a token is
 * taken only for what was then really accepted: what is turned away for another reason costs nothing.
 */
export class RateLimiter {
  /** What was turned away, by name, in bounded memory. */
  readonly refused = new TopK<'refused'>(MAX_COUNTED, ['refused'])
  /** Buckets of unnamed ones that were forgotten: one that comes again has its whole burst. */
  forgotten = 0
  readonly #environment: Environment
  readonly #named = new Map<string, TokenBucket>()
  readonly #other: RateLimit | undefined
  #young = new Map<string, TokenBucket>()
  #old = new Map<string, TokenBucket>()

  /** @param limits By name; `*` for every name that is not among them. */
  constructor(environment: Environment, limits: Readonly<Record<string, RateLimit>>) {
    this.#environment = environment
    this.#other = limits[EVERY_OTHER]
    const now = this.#now(environment.now())
    for (const [name, limit] of Object.entries(limits)) {
      if (name !== EVERY_OTHER) this.#named.set(name, bucketOf(limit, now))
    }
  }

  /** The bucket that bounds a name; undefined if nothing does. */
  bucketOf(name: string): TokenBucket | undefined {
    return this.#named.get(name) ?? (this.#other === undefined ? undefined : this.#unnamed(name, this.#other))
  }

  /**
   * Whether there is a token; none is taken. What is turned away is counted.
   *
   * @param at The run's clock when the event came in, epoch milliseconds.
   */
  admits(bucket: TokenBucket, name: string, at: number): boolean {
    if (bucket.available(this.#now(at)) >= 1) return true
    this.refused.add(name, 'refused')
    return false
  }

  /** Over recorded data a rate must follow from the data; live it must not follow a wall clock that is set. */
  #now(at: number): number {
    return this.#environment.kind === 'data' ? at : this.#environment.monotonic()
  }

  #unnamed(name: string, limit: RateLimit): TokenBucket {
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const old = this.#old.get(name)
    if (old !== undefined) this.#old.delete(name)
    if (this.#young.size >= MAX_UNNAMED) {
      this.forgotten += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    const bucket = old ?? bucketOf(limit, this.#now(this.#environment.now()))
    this.#young.set(name, bucket)
    return bucket
  }
}

const bucketOf = ({ ratePerSecond, burst }: RateLimit, now: number): TokenBucket =>
  new TokenBucket(ratePerSecond, burst ?? Math.max(1, Math.ceil(ratePerSecond)), now)
