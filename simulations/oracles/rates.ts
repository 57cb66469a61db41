import type { EventDraft } from 'outcry'
import type { Oracle, Subject } from '../subject.js'

/** Tokens may differ by this much from the engine's, as both add up fractions in an order of their own. */
const TOLERANCE = 1e-6

/** A second opinion on one limit. */
class Bucket {
  private tokens: number
  private last: number

  constructor(
    private readonly ratePerSecond: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.tokens = burst
    this.last = nowMs
  }

  at(nowMs: number): number {
    this.tokens = Math.min(this.burst, this.tokens + ((nowMs - this.last) * this.ratePerSecond) / 1_000)
    this.last = nowMs
    return this.tokens
  }

  take(): void {
    this.tokens = Math.max(0, this.tokens - 1)
  }
}

type Limits = Readonly<Record<string, { readonly ratePerSecond: number; readonly burst?: number | undefined }>>

/** Nobody publishes faster than the limit, and nobody is turned away who is within it. */
export function rates({ plane, environment, fail, marks }: Subject): Oracle {
  const { sources, strategies } = plane.options.rateLimits as { sources?: Limits; strategies?: Limits }
  const buckets = new Map<string, Bucket | undefined>()
  const begin = environment.monotonic()
  const bucketOf = (derived: boolean, name: string): Bucket | undefined => {
    const limits = derived ? strategies : sources
    if (limits === undefined) return undefined
    const key = `${derived} ${name}`
    if (buckets.has(key)) return buckets.get(key)
    const limit = limits[name] ?? limits['*']
    const made =
      limit === undefined
        ? undefined
        : new Bucket(limit.ratePerSecond, limit.burst ?? Math.max(1, Math.ceil(limit.ratePerSecond)), begin)
    buckets.set(key, made)
    return made
  }
  const who = (derived: boolean, name: string): string => `${derived ? 'strategy' : 'source'} ${name}`
  return {
    accepted({ source, derived, sequence }) {
      const bucket = bucketOf(derived, source)
      if (bucket === undefined) return
      const tokens = bucket.at(environment.monotonic())
      if (tokens < 1 - TOLERANCE) fail('rates', `event ${sequence} of ${who(derived, source)} is beyond its rate`)
      bucket.take()
    },
    refused({ source = 'host' }: EventDraft, reason, derived) {
      if (reason !== 'rate-limited') return
      marks.sometimes(derived ? 'strategy-rate-limited' : 'source-rate-limited')
      const tokens = bucketOf(derived, source)?.at(environment.monotonic()) ?? Number.POSITIVE_INFINITY
      if (tokens >= 1 + TOLERANCE) fail('rates', `${who(derived, source)} was turned away with ${tokens} tokens left`)
    },
  }
}
