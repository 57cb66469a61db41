import { describe, expect, it } from 'vitest'
import { createSystemEnvironment } from '../../src/environment/system.js'
import { WallClock } from '../../src/environment/wall-clock.js'

describe('the system environment', () => {
  it('shows the wall clock with a fraction, and a monotonic clock', () => {
    const environment = createSystemEnvironment()
    const before = Date.now()
    const shown = environment.now()
    const after = Date.now()
    // The origin may be off by what a wall clock is allowed to be before it is set right.
    expect(shown).toBeGreaterThan(before - 5)
    expect(shown).toBeLessThan(after + 5)
    let last = environment.monotonic()
    for (let look = 0; look < 10_000; look += 1) {
      const next = environment.monotonic()
      expect(next >= last).toBe(true)
      last = next
    }
  })

  it('fires timers on both clocks, never before their deadline, and counts what is pending', async () => {
    const environment = createSystemEnvironment()
    const cleared = environment.setTimeout(() => expect.unreachable(), 5)
    const unwatched = environment.watch(() => expect.unreachable(), 5)
    const start = environment.monotonic()
    const fired = Promise.all([
      new Promise<void>((resolve) => environment.setTimeout(resolve, 10.75)),
      new Promise<void>((resolve) => environment.watch(resolve, 10.75)),
      new Promise<void>((resolve) => environment.yield(resolve)),
    ])
    expect(environment.pending()).toBe(5)
    environment.clearTimeout(cleared)
    environment.unwatch(unwatched)
    expect(environment.pending()).toBe(3)
    await fired
    expect(environment.monotonic() - start).toBeGreaterThanOrEqual(10.75)
    expect(environment.pending()).toBe(0)
  })

  it('does not fire a timer of weeks at once', async () => {
    const environment = createSystemEnvironment()
    let fired = false
    const timer = environment.setTimeout(() => {
      fired = true
    }, 2 ** 31)
    await new Promise<void>((resolve) => environment.watch(resolve, 20))
    environment.clearTimeout(timer)
    expect(fired).toBe(false)
    expect(environment.pending()).toBe(0)
  })

  it('draws chance from a seed where one is given, and else anew', () => {
    const seeded = (): number => createSystemEnvironment({ seed: 1 }).random('a')
    expect(seeded()).toBe(seeded())
    expect(createSystemEnvironment().random('a')).not.toBe(createSystemEnvironment().random('a'))
  })

  it('gives ids that ascend and show the time', () => {
    const environment = createSystemEnvironment()
    const before = Date.now()
    const ids = Array.from({ length: 10_000 }, () => environment.id())
    expect([...new Set(ids)].sort()).toEqual(ids)
    expect(Number.parseInt(ids[0]?.replaceAll('-', '').slice(0, 12) ?? '', 16)).toBeGreaterThanOrEqual(before)
  })

  it('refuses an option that does not exist', () => {
    expect(() => createSystemEnvironment({ sead: 1 } as object)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path: 'sead' }),
    )
  })
})

describe('WallClock', () => {
  /** A wall clock over two clocks that are set by hand. */
  function handSet(): { clock: WallClock; set: (elapsed: number, date: number) => void } {
    let [elapsed, date] = [0, 1_000_000]
    return {
      clock: new WallClock(
        () => elapsed,
        () => Math.trunc(date),
        1_000_000,
      ),
      set: (nextElapsed, nextDate) => {
        elapsed = nextElapsed
        date = nextDate
      },
    }
  }

  it('is the monotonic clock over its origin while the two clocks agree', () => {
    const { clock, set } = handSet()
    expect(clock.now()).toBe(1_000_000)
    set(5_000.25, 1_005_000.9)
    expect(clock.now()).toBe(1_005_000.25)
  })

  it('follows a wall clock that was set, or a machine that slept, within a second', () => {
    const { clock, set } = handSet()
    clock.now()
    set(999, 1_000_000 + 3_600_999)
    expect(clock.now()).toBe(1_000_999)
    set(1_000, 1_000_000 + 3_601_000)
    expect(clock.now()).toBe(1_000_000 + 3_601_000.5)
    set(2_000, 1_000_000)
    expect(clock.now()).toBe(1_000_000.5)
  })
})
