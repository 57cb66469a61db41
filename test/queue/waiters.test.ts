import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Environment, Timer } from '../../src/environment/environment.js'
import type { WaiterEntry } from '../../src/queue/waiter-list.js'
import { Waiters } from '../../src/queue/waiters.js'

/** The part of an environment that waiters use, with a clock that the test moves. */
class TestClock {
  time = 0
  /** The most watches that were ever pending at once. */
  peak = 0
  watches: { readonly deadline: number; readonly callback: () => void }[] = []
  readonly environment: Environment

  constructor() {
    const unused = (): never => {
      throw new Error('Waiters use no other part of the environment.')
    }
    this.environment = {
      kind: 'virtual',
      now: unused,
      monotonic: () => this.time,
      setTimeout: unused,
      clearTimeout: unused,
      watch: (callback, delayMs) => {
        expect(delayMs).toBeLessThan(2 ** 31)
        const watch = { deadline: this.time + delayMs, callback }
        this.watches.push(watch)
        this.peak = Math.max(this.peak, this.watches.length)
        return watch
      },
      unwatch: (timer: Timer | undefined) => {
        this.watches = this.watches.filter((watch) => watch !== timer)
      },
      random: unused,
      id: unused,
      yield: unused,
      pending: () => this.watches.length,
    }
  }

  advance(byMs: number): void {
    const end = this.time + byMs
    for (;;) {
      const due = this.watches.filter((watch) => watch.deadline <= end).sort((a, b) => a.deadline - b.deadline)[0]
      if (due === undefined) break
      this.watches = this.watches.filter((watch) => watch !== due)
      this.time = Math.max(this.time, due.deadline)
      due.callback()
    }
    this.time = end
  }
}

const setUp = (maxWaiters = 100) => {
  const clock = new TestClock()
  const waiters = new Waiters(clock.environment, maxWaiters)
  const told: string[] = []
  const entry = (name: string, lane = 2, onRoom: () => boolean = () => true): WaiterEntry => ({
    lane,
    onRoom: () => {
      const taken = onRoom()
      told.push(taken ? `${name} in` : `${name} waits on`)
      return taken
    },
    onTimeout: () => told.push(`${name} timed out`),
    onStop: (reason) => told.push(`${name} ${reason}`),
  })
  return { clock, waiters, told, entry }
}

describe('waiting publishers', () => {
  it('are admitted by lane, then in order of arrival, as many as there is room for', () => {
    const { waiters, told, entry } = setUp()
    for (const [name, lane] of [
      ['a', 2],
      ['b', 0],
      ['c', 3],
      ['d', 0],
      ['e', 2],
    ] as const) {
      expect(waiters.wait(entry(name, lane), 1_000)).toBe(true)
    }
    expect(waiters.wake(3)).toBe(3)
    expect(told).toEqual(['b in', 'd in', 'a in'])
    expect(waiters.size).toBe(2)
    expect(waiters.wake(9)).toBe(2)
    expect(told.slice(3)).toEqual(['e in', 'c in'])
  })

  it('keep their place when there is no room after all', () => {
    const { waiters, told, entry } = setUp()
    let room = false
    waiters.wait(
      entry('a', 2, () => room),
      1_000,
    )
    waiters.wait(entry('b'), 1_000)
    expect(waiters.wake(2)).toBe(0)
    expect(told).toEqual(['a waits on'])
    room = true
    expect(waiters.wake(2)).toBe(2)
    expect(told).toEqual(['a waits on', 'a in', 'b in'])
  })

  it('are bounded: who comes when all places are taken is told at once, and counted', () => {
    const { waiters, told, entry } = setUp(2)
    expect(waiters.wait(entry('a'), 1_000)).toBe(true)
    expect(waiters.wait(entry('b'), 1_000)).toBe(true)
    expect(waiters.wait(entry('c'), 1_000)).toBe(false)
    expect(waiters.counters.turnedAway).toBe(1)
    expect(waiters.wait(entry('d'), 0)).toBe(false)
    waiters.wake(1)
    expect(waiters.wait(entry('e'), 1_000)).toBe(true)
    expect(waiters.peak).toBe(2)
    expect(told).toEqual(['a in'])
  })

  it('time out at their own deadlines by one timer for all', () => {
    const { clock, waiters, told, entry } = setUp()
    waiters.wait(entry('a'), 300)
    waiters.wait(entry('b'), 100)
    waiters.wait(entry('c'), 200)
    waiters.wait(entry('d'), Number.POSITIVE_INFINITY)
    clock.advance(99)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['b timed out'])
    clock.advance(500)
    expect(told).toEqual(['b timed out', 'c timed out', 'a timed out'])
    expect([clock.peak, clock.watches.length, waiters.size]).toEqual([1, 0, 1])
    clock.advance(1e12)
    expect(waiters.size).toBe(1)
  })

  it('time out in order of arrival where deadlines are equal', () => {
    const { clock, waiters, told, entry } = setUp()
    for (let i = 0; i < 40; i += 1) waiters.wait(entry(`w${i}`, i % 4), i < 4 ? 50 : 100)
    waiters.wake(3)
    clock.advance(100)
    const left = Array.from({ length: 40 }, (_, i) => i).filter((i) => ![0, 4, 8].includes(i))
    expect(told.slice(3)).toEqual(left.map((i) => `w${i} timed out`))
  })

  it('may wait longer than a timer can', () => {
    const { clock, waiters, told, entry } = setUp()
    waiters.wait(entry('a'), 2 ** 33)
    clock.advance(2 ** 33 - 1)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['a timed out'])
  })

  it('leave no timer behind when none of them is left', () => {
    const { clock, waiters, entry } = setUp()
    waiters.wait(entry('a'), 1_000)
    expect(clock.watches.length).toBe(1)
    waiters.wake(1)
    expect(clock.watches.length).toBe(0)
  })

  it('cases: are released with the reason on stop, every one of them, and none can wait any more', () => {
    const { clock, waiters, told, entry } = setUp()
    for (const name of ['a', 'b', 'c']) waiters.wait(entry(name), 1_000)
    expect(waiters.close('stopping')).toBe(3)
    expect(told).toEqual(['a stopping', 'b stopping', 'c stopping'])
    expect([waiters.size, clock.watches.length]).toEqual([0, 0])
    expect(waiters.wait(entry('d'), 1_000)).toBe(false)
    expect(waiters.close('again')).toBe(0)
    clock.advance(10_000)
    expect(told.length).toBe(3)
  })

  it('are told once, even if the engine stops while one of them is being offered room', () => {
    const { waiters, told, entry } = setUp()
    let answer = true
    const stopThenAnswer = (): boolean => {
      waiters.close('stopping')
      return answer
    }
    waiters.wait(entry('a', 2, stopThenAnswer), 1_000)
    waiters.wait(entry('b'), 1_000)
    expect(waiters.wake(2)).toBe(1)
    expect(told).toEqual(['b stopping', 'a in'])

    const other = setUp()
    answer = false
    other.waiters.wait(
      other.entry('a', 2, () => {
        other.waiters.releaseAll('halted')
        return answer
      }),
      1_000,
    )
    expect(other.waiters.wake(2)).toBe(0)
    expect(other.told).toEqual(['a waits on', 'a halted'])
    expect([other.waiters.size, other.clock.watches.length]).toEqual([0, 0])
  })

  it('cases: are drained without recursion, though each admission frees room for the next', () => {
    const { waiters, entry } = setUp(100_000)
    let depth = 0
    let deepest = 0
    for (let i = 0; i < 100_000; i += 1) {
      waiters.wait(
        entry('w', 2, () => {
          depth += 1
          deepest = Math.max(deepest, depth)
          waiters.wake(1)
          depth -= 1
          return true
        }),
        1_000,
      )
    }
    expect(waiters.wake(1)).toBe(100_000)
    expect([deepest, waiters.size]).toEqual([1, 0])
  })

  it('lose nothing by a callback that throws: it ends its own wait and no other', () => {
    const { clock, waiters, told, entry } = setUp()
    const bad = (): never => {
      throw new Error('bad')
    }
    const throwing = (): WaiterEntry => ({ lane: 1, onRoom: bad, onTimeout: bad, onStop: bad })
    waiters.wait(throwing(), 1_000)
    waiters.wait(entry('a'), 1_000)
    expect(() => waiters.wake(2)).toThrow('bad')
    expect(waiters.size).toBe(1)
    expect(waiters.wake(1)).toBe(1)

    waiters.wait(throwing(), 100)
    waiters.wait(entry('b'), 100)
    expect(() => clock.advance(100)).toThrow('bad')
    clock.advance(0)
    expect(told).toEqual(['a in', 'b timed out'])

    waiters.wait(throwing(), 100)
    waiters.wait(entry('c'), 100)
    expect(() => waiters.releaseAll('stopping')).toThrow('bad')
    expect(told.at(-1)).toBe('c stopping')
    expect(waiters.counters).toEqual({ admitted: 1, failed: 1, timedOut: 2, released: 2, turnedAway: 0 })
    expect([waiters.size, clock.watches.length]).toEqual([0, 0])
  })

  it('are each told exactly one thing under any sequence of waiting, waking, time and release', () => {
    const lane = fc.integer({ min: 0, max: 3 })
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('wait' as const), lane, ms: fc.integer({ min: 1, max: 50 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('wake' as const), rooms: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 30 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const clock = new TestClock()
        const waiters = new Waiters(clock.environment, 12)
        let model: { readonly id: number; readonly lane: number; readonly deadline: number }[] = []
        const told: string[] = []
        let expected: string[] = []
        let id = 0
        for (const s of steps) {
          if (s.do === 'wait') {
            const mine = ++id
            const waits = waiters.wait(
              {
                lane: s.lane,
                onRoom: () => told.push(`${mine} in`) > 0,
                onTimeout: () => told.push(`${mine} late`),
                onStop: () => told.push(`${mine} stop`),
              },
              s.ms,
            )
            expect(waits).toBe(model.length < 12)
            if (waits) model.push({ id: mine, lane: s.lane, deadline: clock.time + s.ms })
          } else if (s.do === 'wake') {
            const admitted = [...model].sort((a, b) => a.lane - b.lane || a.id - b.id).slice(0, s.rooms)
            expected = expected.concat(admitted.map((w) => `${w.id} in`))
            model = model.filter((w) => !admitted.includes(w))
            expect(waiters.wake(s.rooms)).toBe(admitted.length)
          } else if (s.do === 'advance') {
            const end = clock.time + s.ms
            const late = model.filter((w) => w.deadline <= end).sort((a, b) => a.deadline - b.deadline || a.id - b.id)
            expected = expected.concat(late.map((w) => `${w.id} late`))
            model = model.filter((w) => !late.includes(w))
            clock.advance(s.ms)
          } else {
            const released = [...model].sort((a, b) => a.lane - b.lane || a.id - b.id)
            expected = expected.concat(released.map((w) => `${w.id} stop`))
            model = []
            waiters.releaseAll('stopping')
          }
          expect(told).toEqual(expected)
          expect(waiters.size).toBe(model.length)
          expect(clock.watches.length).toBe(model.length > 0 ? 1 : 0)
        }
        expect(clock.peak).toBeLessThanOrEqual(1)
      }),
      { numRuns: 300 },
    )
  })
})
