import pLimit from 'p-limit'
import type { StrategyRuntime } from './runtime.js'

/**
 * The bound on concurrent asynchronous handlers: an awaited call holds one slot until it settles or is given up.
 *
 * A slot that is free is taken at once, by counting: a place in p-limit's line costs several promises, which is more
 * than a short handler. The line is for who finds none free. Its own bound cannot be zero, so the last slot is only
 * given out by it.
 */
export class Slots {
  private readonly line
  /** Slots that were taken past the line. */
  private taken = 0
  private readonly giveBack = (): void => {
    this.taken -= 1
    if (this.line.pendingCount > 0) this.line.concurrency = this.concurrency - this.taken
  }

  constructor(private readonly concurrency: number) {
    this.line = pLimit(concurrency)
  }

  get held(): number {
    return this.taken + this.line.activeCount
  }

  get full(): boolean {
    return this.held >= this.concurrency
  }

  /** Takes a free slot, if nobody stands in line for it. */
  take(runtime: StrategyRuntime): boolean {
    if (this.taken >= this.concurrency - 1 || this.full || this.line.pendingCount > 0) return false
    this.taken += 1
    runtime.release = this.giveBack
    return true
  }

  /** Takes a slot for a call that turned out to be asynchronous, unless it has settled by its turn. */
  hold(runtime: StrategyRuntime): void {
    if (this.take(runtime)) return
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
    const { release } = runtime
    runtime.release = undefined
    release?.()
  }

  private enter(turn: (release: () => void) => void): void {
    const left = this.concurrency - this.taken
    if (this.line.concurrency !== left) this.line.concurrency = left
    void this.line(() => new Promise<void>((release) => turn(release)))
  }
}
