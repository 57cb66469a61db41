import { createStore } from '@xstate/store'
import type { RateLimiter } from '../src/limits/rate-limiter.js'
import type { EngineStats, JournalStats, RateLimited } from './api.js'
import type { Plane } from './plane.js'
import { strategyState } from './strategy-state.js'

/** The read model is brought up to date at most this often. Milliseconds. */
const REFRESH_MS = 100

export interface Stats {
  get(): EngineStats
  subscribe(listener: (stats: EngineStats) => void): { unsubscribe(): void }
  /** The engine's state has changed: whoever listens is told at once. */
  changed(): void
}

/** The live read model of an engine: a store that a host subscribes to, refreshed per turn and never per event. */
export function createStats(plane: Plane, state: () => string): Stats {
  const { environment } = plane
  const store = createStore({
    context: read(plane, state()),
    on: { refreshed: (_context: EngineStats, event: { readonly stats: EngineStats }) => event.stats },
  })
  let refreshedAt = Number.NEGATIVE_INFINITY
  let listening = 0
  const refresh = (): void => {
    refreshedAt = environment.monotonic()
    store.trigger.refreshed({ stats: read(plane, state()) })
  }
  plane.onChange = () => {
    if (listening > 0 && environment.monotonic() - refreshedAt >= REFRESH_MS) refresh()
  }
  return {
    get() {
      refresh()
      return store.getSnapshot().context
    },
    subscribe(listener) {
      listening += 1
      const subscription = store.subscribe((snapshot) => {
        try {
          listener(snapshot.context)
        } catch (error) {
          plane.listeners.fault('listener of stats', error)
        }
      })
      let subscribed = true
      return {
        unsubscribe() {
          if (!subscribed) return
          subscribed = false
          listening -= 1
          subscription.unsubscribe()
        },
      }
    },
    changed() {
      if (listening > 0) refresh()
    },
  }
}

function read(plane: Plane, state: string): EngineStats {
  const { queue, options, workers, stage, signals } = plane
  const strategies: Record<string, EngineStats['strategies'][string]> = {}
  for (const [name, counts] of stage.counts) {
    const seat = stage.seat(name)
    strategies[name] = {
      state: seat === undefined ? 'stopped' : strategyState(seat),
      delivered: counts.delivered,
      failed: counts.failed,
      signals: counts.signals,
    }
  }
  return {
    state,
    queue: {
      depth: queue.depth,
      deferred: queue.conflated.deferred,
      conflatedForgotten: queue.conflated.forgotten,
      highWater: options.queue.highWater,
      capacity: options.queue.capacity,
    },
    workers: { live: workers.live, spawned: workers.spawned, retired: workers.retired, peak: workers.peak },
    strategies,
    ledger: plane.ledger(),
    types: plane.settledTypes.read(),
    signals: signals.accepted,
    sinks: Object.fromEntries(
      plane.outboxes.map(({ sink, counts, unsettled }) => [sink.name, { ...counts, waiting: unsettled }]),
    ),
    journal: journalOf(plane),
    breakers: { ...stage.board.states },
    unexpected: plane.unexpected.total,
    signalsWithheld: plane.strategyPublishing.withheld,
    halts: plane.halts.list(),
    rateLimited: { sources: limitedBy(plane.sourceLimits), strategies: limitedBy(plane.strategyLimits) },
  }
}

function journalOf({ journalling }: Plane): JournalStats | undefined {
  if (journalling === undefined) return undefined
  const { journal, writer, redelivery } = journalling
  const { bytes, details } = journal.figures()
  const { failing, behind, counts } = writer
  return { name: journal.name, failing, behind, ...counts, redelivered: redelivery.count, bytes, details }
}

const NOTHING_LIMITED: RateLimited = { total: 0, byName: {}, other: 0, forgotten: 0 }

function limitedBy(limiter: RateLimiter | undefined): RateLimited {
  if (limiter === undefined) return NOTHING_LIMITED
  const { refused, forgotten } = limiter
  return {
    total: refused.totals().refused,
    byName: Object.fromEntries(refused.entries().map(({ key, figures }) => [key, figures.refused])),
    other: refused.other().refused,
    forgotten,
  }
}
