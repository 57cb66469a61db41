import { describe, expect, it } from 'vitest'
import { type Host, MachineClock } from '../../src/environment/machine-clock.js'

const LONGEST = 2 ** 31 - 1

/** A host whose time is moved by hand, and whose timers behave like Node's. */
class FakeHost implements Host {
  time = 0
  readonly delays: number[] = []
  readonly turns: (() => void)[] = []
  readonly timers = new Map<NodeJS.Timeout, { callback: () => void; due: number }>()

  now(): number {
    return this.time
  }

  setTimeout(callback: () => void, delayMs: number): NodeJS.Timeout {
    const delay = delayMs > LONGEST ? 1 : Math.trunc(delayMs)
    this.delays.push(delay)
    const timer = {} as NodeJS.Timeout
    this.timers.set(timer, { callback, due: this.time + delay })
    return timer
  }

  clearTimeout(timer: NodeJS.Timeout): void {
    this.timers.delete(timer)
  }

  setImmediate(callback: () => void): void {
    this.turns.push(callback)
  }

  /** Moves time, and fires what the host thinks is due, up to `earlyMs` before it is. */
  moveTo(time: number, earlyMs = 0): void {
    this.time = time
    for (const [timer, { callback, due }] of [...this.timers]) {
      if (due > time + earlyMs) continue
      this.timers.delete(timer)
      callback()
    }
  }
}

describe('MachineClock', () => {
  it('waits for a delay beyond what the host can take, in steps', () => {
    const host = new FakeHost()
    const clock = new MachineClock(undefined, host)
    let fired = 0
    clock.set(() => (fired += 1), 2.5 * LONGEST, 0)
    for (const step of [1, 2]) {
      host.moveTo(step * LONGEST)
      expect([fired, clock.pending]).toEqual([0, 1])
    }
    host.moveTo(2.5 * LONGEST - 1)
    expect(fired).toBe(0)
    host.moveTo(2.5 * LONGEST + 1)
    expect([fired, clock.pending]).toEqual([1, 0])
    expect(Math.max(...host.delays)).toBe(LONGEST)
  })

  it('goes on waiting when the host fires early', () => {
    const host = new FakeHost()
    const clock = new MachineClock(undefined, host)
    let fired = 0
    clock.set(() => (fired += 1), 10.25, 0)
    host.moveTo(10.1, 1)
    expect([fired, clock.pending, host.timers.size]).toEqual([0, 1, 1])
    host.moveTo(11.1)
    expect([fired, clock.pending]).toEqual([1, 0])
  })

  it('clears a timer that is between two steps, and leaves nothing', () => {
    const host = new FakeHost()
    const clock = new MachineClock(undefined, host)
    let fired = 0
    const timer = clock.set(() => (fired += 1), 3 * LONGEST, 0)
    host.moveTo(LONGEST)
    clock.clear(timer)
    clock.clear(timer)
    host.moveTo(4 * LONGEST)
    expect([fired, clock.pending, host.timers.size]).toEqual([0, 0, 0])
  })

  it('counts timers and yields exactly, whether they fire, are cleared, or throw', () => {
    const host = new FakeHost()
    const errors: unknown[] = []
    const clock = new MachineClock((error) => errors.push(error), host)
    const fails = (): void => {
      throw new Error('bad callback')
    }
    clock.set(fails, 5, 0)
    const cleared = clock.set(fails, 5, 0)
    clock.yield(fails)
    expect(clock.pending).toBe(3)
    clock.clear(cleared)
    expect(clock.pending).toBe(2)
    host.moveTo(6)
    clock.clear(cleared)
    expect(clock.pending).toBe(1)
    for (const turn of host.turns.splice(0)) turn()
    expect(clock.pending).toBe(0)
    expect(errors).toHaveLength(2)
  })

  it('lets an error be an uncaught exception where nobody listens, and has let go of the timer by then', () => {
    const host = new FakeHost()
    const clock = new MachineClock(undefined, host)
    const failure = new Error('bad callback')
    clock.set(
      () => {
        throw failure
      },
      5,
      0,
    )
    expect(() => host.moveTo(5)).toThrow(failure)
    expect(clock.pending).toBe(0)
  })

  it('gives a timer the deadline of the clock it is set on, and clamps absurd delays with a count', () => {
    const clock = new MachineClock(undefined, new FakeHost())
    const deadlines = [20, Number.NaN, -3, Number.POSITIVE_INFINITY].map(
      (delay) => clock.set(() => {}, delay, 1_000).deadline,
    )
    expect(deadlines).toEqual([1_020, 1_001, 1_001, 1_000 + 8.64e15])
    expect(clock.clamped).toBe(2)
  })
})
