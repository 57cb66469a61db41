import pLimit from 'p-limit'
import type { StrategyRuntime } from './runtime.js'

/** The bound on concurrent asynchronous handlers: an awaited call holds one slot until it settles or is given up. */
export class Slots {
  private readonly limit

  constructor(private readonly concurrency: number) {
    this.limit = pLimit(concurrency)
  }

  get held(): number {
    return this.limit.activeCount
  }

  get full(): boolean {
    return this.limit.activeCount >= this.concurrency
  }

  /** Takes a slot for a call that turned out to be asynchronous, unless it has settled by its turn. */
  hold(runtime: StrategyRuntime): void {
    const call = runtime.calls
    this.enter((release) => {
      if (runtime.calls === call && runtime.pending) runtime.release = release
      else release()
    })
  }

  /** Starts a call once a slot is free. It keeps the slot if `begin` leaves it pending. */
  start(runtime: StrategyRuntime, begin: () => boolean): void {
    this.enter((release) => {
      runtime.release = release
      if (begin()) return
      if (runtime.release === release) runtime.release = undefined
      release()
    })
  }

  release(runtime: StrategyRuntime): void {
    runtime.release?.()
    runtime.release = undefined
  }

  private enter(turn: (release: () => void) => void): void {
    void this.limit(() => new Promise<void>((release) => turn(release)))
  }
}
