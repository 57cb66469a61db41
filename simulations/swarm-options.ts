import type { Chance } from './chance.js'

/** A probe of eight events, each awaited, and what a turn costs: a breaker that waits for less never closes. Milliseconds. */
const PROBES_TAKE_MS = 200

/** From small to large by doublings: small bounds are where the faults are, and large ones are drawn too. */
export function spread(chance: Chance, from: number, to: number): number {
  let doublings = 0
  while (from * (1 << (doublings + 1)) <= to) doublings += 1
  const low = from * (1 << chance.whole(0, doublings))
  return chance.whole(low, Math.min(to, low * 2 - 1))
}

/** In place, or in windows from the shortest to some that span many events of a key. */
function conflate(chance: Chance): Record<string, unknown> {
  const how = () => (chance.once(0.5) ? { windowMs: spread(chance, 1, 4_000) } : true)
  return { quote: how(), ...(chance.once(0.3) ? { 'trading.*': how() } : {}) }
}

/** Most seeds have no time to live and no limit: what is refused or expired is seen by nobody. */
function lanesAndLimits(chance: Chance): Record<string, unknown> {
  const limit = () => ({
    ratePerSecond: spread(chance, 5, 400),
    ...(chance.once(0.5) ? { burst: spread(chance, 1, 50) } : {}),
  })
  const sources = { ...(chance.once(0.5) ? { alpha: limit() } : {}), '*': limit() }
  return {
    ...(chance.once(0.4)
      ? {
          ttlMs: {
            quote: spread(chance, 1, 1_000),
            ...(chance.once(0.5) ? { 'trading.*': spread(chance, 1, 500) } : {}),
            ...(chance.once(0.3) ? { '*': spread(chance, 20, 4_000) } : {}),
          },
        }
      : {}),
    ...(chance.once(0.4) ? { conflate: conflate(chance) } : {}),
    ...(chance.once(0.3) ? { lanes: { trade: chance.pick(['critical', 'low']), 'trading.*': 'normal' } } : {}),
    ...(chance.once(0.3) ? { lanesBySource: { beta: chance.pick(['critical', 'low']) } } : {}),
    rateLimits: {
      ...(chance.once(0.25) ? { sources } : {}),
      ...(chance.once(0.25) ? { strategies: { '*': limit() } } : {}),
    },
  }
}

/** A restart policy, the engine's or a strategy's own. */
export function restart(chance: Chance): Record<string, unknown> {
  return {
    type: chance.pick(['transient', 'transient', 'permanent', 'temporary']),
    maxRestarts: chance.whole(0, 4),
    withinMs: chance.pick([1_000, 10_000]),
    backoffMs: spread(chance, 5, 300),
    maxBackoffMs: 1_000,
    jitter: chance.pick([0, 0, 0.5]),
    afterFailures: chance.pick([0, 1, 3]),
    onHang: chance.once(0.3),
  }
}

/** Options of an engine, small bounds more often than large ones. */
export function engineOptions(chance: Chance): Record<string, unknown> {
  const capacity = spread(chance, 8, 4_000)
  const policy = () => chance.pick(['wait', 'wait', 'refuse', 'dead-letter', 'evict'])
  const min = chance.whole(1, 3)
  return {
    queue: {
      capacity,
      highWater: Math.max(1, Math.floor(capacity * chance.between(0.2, 1))),
      signalHeadroom: chance.pick([0, 1, 4, 100]),
      partitions: chance.pick([1, 2, 7, 64]),
      maxWaiters: spread(chance, 1, 500),
      publishTimeoutMs: spread(chance, 1, 2_000),
      overflow: { critical: policy(), high: policy(), normal: policy(), low: policy() },
      ageingChunks: spread(chance, 1, 24),
    },
    dedupe: { window: chance.pick([0, 16, 500, 10_000]) },
    ...lanesAndLimits(chance),
    chunk: { maxEvents: spread(chance, 1, 256), budgetMs: chance.pick([0.2, 1, 5]) },
    workers: {
      min,
      max: chance.whole(min, 8),
      scaleUpDepth: spread(chance, 2, 100),
      scaleDownDepth: chance.whole(1, 2),
      intervalMs: spread(chance, 200, 5_000),
      cooldownMs: spread(chance, 50, 5_000),
    },
    groupSize: chance.pick([1, 2, 3, 10]),
    concurrency: chance.pick([1, 2, 5, 50]),
    lateAfterMs: spread(chance, 5, 500),
    timeoutMs: spread(chance, 100, 4_000),
    hookTimeoutMs: spread(chance, 50, 1_000),
    maxBacklog: spread(chance, 8, 2_000),
    restart: restart(chance),
    supervision: chance.pick(['one-for-one', 'one-for-one', 'rest-for-one', 'one-for-all']),
    escalate: chance.once(0.3) ? 'engine' : 'fault',
    breaker: {
      window: chance.once(0.5)
        ? { kind: 'count', size: spread(chance, 4, 100) }
        : { kind: 'time', spanMs: 2_000, buckets: 10 },
      failureRate: chance.pick([0.2, 0.5, 0.9]),
      minimumCalls: chance.whole(2, 4),
      halfOpen: { permits: chance.whole(1, 5), maxWaitMs: spread(chance, PROBES_TAKE_MS, 2_000) },
      openTime: { initialMs: spread(chance, 50, 2_000), factor: 2, maxMs: 5_000, jitter: chance.pick([0, 0.3]) },
    },
    deadLetters: {
      maxCount: spread(chance, 2, 1_000),
      maxBytes: chance.pick([2_000, 100_000, 16_777_216]),
      keep: ['expired', 'breaker-open', 'shutdown'].filter(() => chance.once(0.3)),
      redrive: { ratePerSecond: spread(chance, 20, 2_000), timeoutMs: spread(chance, 50, 4_000) },
    },
    health: { intervalMs: chance.pick([100, 1_000, 5_000]) },
    stopTimeoutMs: spread(chance, 200, 5_000),
  }
}
