import type { Environment } from '../environment/environment.js'
import type { EventQueue } from '../queue/queue.js'
import type { ChunkSizer } from './chunk-sizer.js'
import type { Dispatcher, WorkerHandle } from './dispatcher.js'

export interface PumpPorts {
  readonly environment: Environment
  readonly queue: EventQueue
  readonly dispatcher: Dispatcher
  readonly sizer: ChunkSizer
  /** How long one turn of the event loop may be spent on chunks, and the least time between two express turns. Milliseconds. */
  readonly turnBudgetMs: number
  /** Told when a worker that was given a chunk has come to rest. */
  readonly onStep: () => void
  /** While driven: whether chunks may go out, as all that was accepted is durable. */
  readonly ready: () => boolean
  /** Told at the end of each turn: waiting publishers may have room. True if some will publish before the next. */
  readonly onTurn: () => boolean
}

const CRITICAL = 0

/**
 * Gives idle workers chunks, for a small budget of time in each turn of the event loop: timers and
 * sockets get theirs in between. While a recording is read, its driver turns the pump instead.
 *
 * A critical event does not wait for that turn: as soon as whoever published it has come to an end, one chunk
 * goes out, so that neither sockets nor the collector, which both come first, stand between. Only one chunk in
 * the time of a turn, as what follows at once starves all that waits for the event loop.
 */
export class Pump {
  /** A turn is to come, or is under way and decides at its end whether another one is. */
  private scheduled = false
  /** False while the engine is paused or not running. */
  private active = false
  private driven = false
  private hurrying = false
  private hurriedAt = Number.NEGATIVE_INFINITY
  private next = 0
  private readonly idle: WorkerHandle[] = []
  private progress: (() => void)[] = []

  constructor(private readonly ports: PumpPorts) {}

  /** No chunk goes out, whatever is queued. */
  get held(): boolean {
    return !this.active
  }

  /** Chunks go out. */
  get running(): boolean {
    return this.active
  }

  activate(): void {
    this.active = true
    this.moved()
  }

  deactivate(): void {
    this.active = false
    this.notify()
  }

  /** While driven, only `settle` hands out chunks. */
  drive(driven: boolean): void {
    this.driven = driven
    if (!driven) this.wake()
  }

  available(worker: WorkerHandle): void {
    if (!this.idle.includes(worker)) this.idle.push(worker)
    this.moved()
  }

  withdraw(worker: WorkerHandle): void {
    const index = this.idle.indexOf(worker)
    if (index >= 0) this.idle.splice(index, 1)
  }

  /** Something may have become leasable. */
  wake(): void {
    if (!this.scheduled || this.ports.queue.urgentDepth > 0) this.schedule()
  }

  private schedule(): void {
    if (this.driven || !this.active || this.idle.length === 0) return
    if (this.ports.queue.urgentDepth > 0) this.hurry()
    if (this.scheduled) return
    this.scheduled = true
    this.ports.environment.yield(this.turn)
  }

  /**
   * Hands out chunks one at a time, never two at once, so that what follows from the data does not
   * depend on how long anything took. True when nothing is left; else await `whenMoved` and call again.
   */
  settle(): boolean {
    const { queue, dispatcher, ready } = this.ports
    while (this.active && dispatcher.stepping === 0 && ready() && queue.leasable && this.idle.length > 0) this.step()
    return dispatcher.stepping === 0 && queue.depth === 0
  }

  /** Resolves at the next change that may let `settle` go on. */
  whenMoved(): Promise<void> {
    return new Promise((resolve) => this.progress.push(resolve))
  }

  /** A chunk's step is over or a worker came: somebody may go on. */
  moved(): void {
    this.notify()
    this.wake()
  }

  private readonly turn = (): void => {
    const { queue, dispatcher } = this.ports
    const before = dispatcher.stepping
    let again = false
    try {
      if (!this.active || this.driven) return
      const chunks = this.handOut()
      // Where nothing went out nothing has changed, so whoever is told of room may go on waiting.
      again = this.ports.onTurn() && chunks > 0
    } finally {
      // Not before: who is to publish first in the next turn has been told to by now.
      this.scheduled = false
    }
    // Asked while one is awaited, the queue would set aside all that stands in the cells of a chunk that is over in a
    // moment: the next turn asks it.
    if (again || (dispatcher.stepping > before ? queue.depth > 0 : queue.leasable)) this.wake()
  }

  /** Hands out chunks for a turn's time, but none after one that has to be awaited. How many. */
  private handOut(): number {
    const { environment, queue, sizer, dispatcher, turnBudgetMs } = this.ports
    const { stepping } = dispatcher
    let chunks = 0
    let now = environment.monotonic()
    const until = now + turnBudgetMs
    // Most promises settle before the next turn. Until then this chunk holds its cells, and another worker would
    // have to pick what little is left between them.
    while (this.active && this.idle.length > 0 && dispatcher.stepping <= stepping && queue.leasable && now < until) {
      const before = now
      this.step()
      chunks += 1
      now = environment.monotonic()
      sizer.took(now - before)
    }
    return chunks
  }

  private hurry(): void {
    const { environment, queue, turnBudgetMs } = this.ports
    if (this.hurrying || !queue.leasableIn(CRITICAL)) return
    if (environment.monotonic() - this.hurriedAt < turnBudgetMs) return
    this.hurrying = true
    void Promise.resolve().then(this.express)
  }

  private readonly express = (): void => {
    this.hurrying = false
    const { environment, queue } = this.ports
    if (!this.active || this.driven || this.idle.length === 0 || !queue.leasableIn(CRITICAL)) return
    this.hurriedAt = environment.monotonic()
    this.step()
  }

  private step(): void {
    this.next = (this.next + 1) % this.idle.length
    this.idle[this.next]?.lease()
    this.ports.onStep()
  }

  private notify(): void {
    if (this.progress.length === 0) return
    const waiting = this.progress
    this.progress = []
    for (const resolve of waiting) resolve()
  }
}
