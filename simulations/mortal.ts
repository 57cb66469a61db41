import type { Environment, Timer, VirtualEnvironment } from 'outcry'

/** A timer that knows the world's, so that both can be found from either. */
class MortalTimer implements Timer {
  inner: Timer | undefined

  constructor(readonly deadline: number) {}
}

/**
 * The world's environment as one process sees it: when that is killed, all that it had set is gone,
 * and whatever its code still asks for comes to nothing.
 */
export class MortalEnvironment implements Environment {
  readonly kind = 'virtual'
  private dead = false
  private readonly timers = new Set<MortalTimer>()

  constructor(private readonly world: VirtualEnvironment) {}

  now(): number {
    return this.world.now()
  }

  monotonic(): number {
    return this.world.monotonic()
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.arm(delayMs, this.world.now(), (fire) => this.world.setTimeout(fire, delayMs), callback)
  }

  clearTimeout(timer: Timer | undefined): void {
    if (!(timer instanceof MortalTimer) || !this.timers.delete(timer)) return
    this.world.clearTimeout(timer.inner)
  }

  watch(callback: () => void, delayMs: number): Timer {
    return this.arm(delayMs, this.world.monotonic(), (fire) => this.world.watch(fire, delayMs), callback)
  }

  unwatch(timer: Timer | undefined): void {
    this.clearTimeout(timer)
  }

  random(stream: string): number {
    return this.world.random(stream)
  }

  id(): string {
    return this.world.id()
  }

  yield(callback: () => void): void {
    if (this.dead) return
    this.world.yield(() => {
      if (!this.dead) callback()
    })
  }

  pending(): number {
    return this.world.pending()
  }

  kill(): void {
    this.dead = true
    for (const { inner } of this.timers) this.world.clearTimeout(inner)
    this.timers.clear()
  }

  private arm(delayMs: number, now: number, set: (fire: () => void) => Timer, callback: () => void): Timer {
    const timer = new MortalTimer(now + delayMs)
    if (this.dead) return timer
    this.timers.add(timer)
    timer.inner = set(() => {
      this.timers.delete(timer)
      callback()
    })
    return timer
  }
}
