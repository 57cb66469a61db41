import type { Environment } from '../environment/environment.js'
import type { EventQueue } from '../queue/queue.js'
import type { Waiters } from '../queue/waiters.js'

export interface RousingPorts {
  readonly environment: Environment
  readonly queue: EventQueue
  readonly highWater: number
  /** Publishers that wait for room. */
  readonly waiters: Waiters
  /** Replays under way: whoever publishes now goes before what is played again. */
  readonly players: ReadonlySet<{ wake(): void }>
}

/**
 * Wakes those who wait for room once the queue has fallen to half its high-water mark. Not at once, but just before
 * the next turn hands out what they publish: between two turns the collector gets its time, and what is queued then
 * is what it has to copy.
 */
export class Rousing {
  private told = false

  constructor(private readonly ports: RousingPorts) {}

  /** There may be room. True if somebody will be woken before the next turn. */
  tell(): boolean {
    const { environment, waiters, players } = this.ports
    if (!this.told && (waiters.size > 0 || players.size > 0) && this.isLow) {
      this.told = true
      environment.yield(this.wake)
    }
    return this.told
  }

  private get isLow(): boolean {
    return this.ports.queue.depth <= this.ports.highWater >> 1
  }

  private readonly wake = (): void => {
    const { queue, highWater, waiters, players } = this.ports
    this.told = false
    if (!this.isLow) return
    const before = waiters.size
    try {
      if (before > 0) waiters.wake(highWater - queue.depth)
      for (const player of players) player.wake()
    } finally {
      // What they publish may come to nothing: then there is room still, and no turn to tell of it.
      if (waiters.size < before) this.tell()
    }
  }
}
