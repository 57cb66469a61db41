import type { Engine, Environment, LoopDelay } from 'outcry'
import type { Overview } from '../protocol.js'

const MEGABYTE = 1_048_576

/** Reads what the page's first view shows. It looks at the event loop only while it is asked. */
export class OverviewReader {
  private delay: LoopDelay | undefined

  constructor(
    private readonly engine: Engine,
    private readonly environment: Environment,
  ) {}

  read(): Overview {
    const { engine, environment } = this
    const { queue, ledger, breakers, halts, signals } = engine.stats.get()
    this.delay ??= environment.eventLoopDelay?.()
    return {
      state: engine.state,
      queue,
      ledger,
      health: engine.health(),
      halts: halts.map(({ symbol, reason, since }) => ({ symbol, reason, since })),
      breakers,
      latencyMs: engine.latency(),
      signals,
      heapUsedMb: Math.round(((environment.memory?.().usedBytes ?? 0) / MEGABYTE) * 10) / 10,
      loopDelayMs: Math.round((this.delay?.read() ?? 0) * 1_000) / 1_000,
    }
  }

  close(): void {
    this.delay?.close()
    this.delay = undefined
  }
}
