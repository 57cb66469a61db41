import type { Environment, Timer } from '../src/environment/environment.js'
import type { XStateClock } from './clock.js'

/** A pending timer of an actor system. */
class BoundaryTimer implements Timer {
  watch: Timer | undefined

  constructor(
    /** On the run's clock, epoch ms. */
    readonly deadline: number,
    readonly delayMs: number,
    readonly callback: () => void,
  ) {}
}

/**
 * The actors' clock in a run over recordings. While a recording is read, what is due fires once at
 * each boundary between two read-aheads, by the time of the data: a tick of five seconds must not
 * fire six million times because the next event is a year away. Before and after that the data
 * stands still, so the machine's clock takes over: a restart's wait must end.
 */
export class BoundaryClock implements XStateClock {
  private readonly timers = new Set<BoundaryTimer>()
  private driven = false

  constructor(private readonly environment: Environment) {}

  /** Timers pending. */
  get size(): number {
    return this.timers.size
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = new BoundaryTimer(this.environment.now() + delayMs, delayMs, callback)
    this.timers.add(timer)
    if (!this.driven) this.watch(timer)
    return timer
  }

  clearTimeout(timer: Timer | undefined): void {
    if (!(timer instanceof BoundaryTimer) || !this.timers.delete(timer)) return
    this.environment.unwatch(timer.watch)
  }

  /** From now on the data decides, or the machine's clock again. */
  drive(driven: boolean): void {
    if (driven === this.driven) return
    this.driven = driven
    for (const timer of this.timers) {
      if (!driven) this.watch(timer)
      else {
        this.environment.unwatch(timer.watch)
        timer.watch = undefined
      }
    }
  }

  /** A boundary has been reached: fires what is due, in order of deadline, each once. */
  tick(): void {
    const now = this.environment.now()
    // Those set by a callback of this tick wait for the next boundary, or a tick would re-arm for ever.
    const due = [...this.timers].filter((timer) => timer.deadline <= now).sort((a, b) => a.deadline - b.deadline)
    for (const timer of due) if (this.timers.delete(timer)) timer.callback()
  }

  private watch(timer: BoundaryTimer): void {
    const left = Math.min(timer.delayMs, Math.max(0, timer.deadline - this.environment.now()))
    timer.watch = this.environment.watch(() => {
      if (this.timers.delete(timer)) timer.callback()
    }, left)
  }
}
