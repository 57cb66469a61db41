import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/dispatch/deadlines.js'
import type { Timer } from '../../src/environment/environment.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

function setUp(): { environment: VirtualEnvironment; deadlines: Deadlines; errors: unknown[]; fired: string[] } {
  const environment = new VirtualEnvironment()
  const errors: unknown[] = []
  return { environment, deadlines: new Deadlines(environment, (error) => errors.push(error)), errors, fired: [] }
}

/** Raises a delay to 1 ms, as the system's timers do. */
class CoarseEnvironment extends VirtualEnvironment {
  override watch(callback: () => void, delayMs: number): Timer {
    return super.watch(callback, Math.max(1, delayMs))
  }
}

describe('Deadlines', () => {
  it('watch any number of things with one timer', () => {
    const { environment, deadlines, fired } = setUp()
    for (let add = 0; add < 1_000; add += 1) deadlines.add(1_000 - (add % 100), () => fired.push(`${add}`))
    expect([deadlines.size, environment.pending()]).toEqual([1_000, 1])
    environment.advance(1_000)
    expect([fired.length, deadlines.size, environment.pending()]).toEqual([1_000, 0, 0])
  })

  it('run callbacks in order of deadline, then of adding, each at its own time', () => {
    const { environment, deadlines } = setUp()
    const seen: [string, number][] = []
    const add = (name: string, afterMs: number): void => {
      deadlines.add(afterMs, () => seen.push([name, environment.monotonic()]))
    }
    add('c', 30)
    add('a', 10.1)
    add('b1', 20.3)
    add('b2', 20.3)
    environment.advance(100)
    expect(seen).toEqual([
      ['a', 10.1],
      ['b1', 20.3],
      ['b2', 20.3],
      ['c', 30],
    ])
  })

  it('are not late by a turn where the timer fires a rounding error early', () => {
    const environment = new CoarseEnvironment()
    const deadlines = new Deadlines(environment, () => {})
    const seen: number[] = []
    environment.advance(3)
    // The timer is set anew when the first is over, for what is left of the second by then: its end
    // in floating point is 1e-13 ms before the deadline.
    deadlines.add(1 + 982 / 7, () => {})
    deadlines.add(1 + 3008 / 3, () => seen.push(environment.monotonic()))
    environment.advance(2_000)
    expect(seen[0]).toBeLessThan(3 + 1 + 3008 / 3)
    expect(seen[0]).toBeCloseTo(3 + 1 + 3008 / 3, 6)
  })

  it('do not run what was removed, even by a callback of the same turn', () => {
    const { environment, deadlines, fired } = setUp()
    const removed = deadlines.add(5, () => fired.push('removed'))
    deadlines.add(10, () => fired.push(`first ${deadlines.remove(second)}`))
    const second = deadlines.add(10, () => fired.push('second'))
    expect([deadlines.remove(removed), deadlines.remove(removed), deadlines.remove(undefined)]).toEqual([
      true,
      false,
      false,
    ])
    environment.advance(20)
    expect(fired).toEqual(['first true'])
    expect([deadlines.size, environment.pending()]).toEqual([0, 0])
  })

  it('leave no timer once the last is removed', () => {
    const { environment, deadlines } = setUp()
    const [a, b] = [deadlines.add(5, () => {}), deadlines.add(10, () => {})]
    deadlines.remove(a)
    expect(environment.pending()).toBe(1)
    deadlines.remove(b)
    expect(environment.pending()).toBe(0)
  })

  it('run a callback that one of them added in a later turn, at its own deadline', () => {
    const { environment, deadlines, fired } = setUp()
    deadlines.add(10, () => deadlines.add(0, () => fired.push(`inner ${environment.monotonic()}`)))
    deadlines.add(10.5, () => fired.push(`other ${environment.monotonic()}`))
    environment.advance(50)
    expect(fired).toEqual(['other 10.5', 'inner 11'])
  })

  it('report what a callback throws and hinder no other', () => {
    const { environment, deadlines, errors, fired } = setUp()
    const failure = new Error('bad callback')
    deadlines.add(10, () => {
      throw failure
    })
    deadlines.add(10, () => fired.push('other'))
    environment.advance(10)
    expect([errors, fired]).toEqual([[failure], ['other']])
  })

  it('go on with the rest when even the report throws', () => {
    const environment = new VirtualEnvironment()
    const fired: string[] = []
    const deadlines = new Deadlines(environment, (error) => {
      throw error
    })
    deadlines.add(10, () => {
      throw new Error('bad callback')
    })
    deadlines.add(10, () => fired.push('other'))
    expect(() => environment.advance(20)).toThrow('bad callback')
    expect([fired, environment.pending()]).toEqual([['other'], 0])
  })

  it('are not moved by a wall clock that jumps', () => {
    const { environment, deadlines, fired } = setUp()
    deadlines.add(10, () => fired.push('late'))
    environment.jump(1_000_000)
    environment.advance(9)
    expect(fired).toEqual([])
    environment.advance(1)
    expect(fired).toEqual(['late'])
  })

  it('run nothing and hold nothing after they are closed, by a callback or from outside', () => {
    const { environment, deadlines, fired } = setUp()
    deadlines.add(10, () => {
      fired.push('closing')
      deadlines.close()
      deadlines.add(1, () => fired.push('after close'))
    })
    deadlines.add(10, () => fired.push('same turn'))
    deadlines.add(20, () => fired.push('later'))
    environment.advance(100)
    deadlines.close()
    expect(fired).toEqual(['closing'])
    expect([deadlines.size, environment.pending()]).toEqual([0, 0])
  })

  it('clamp absurd durations', () => {
    const { environment, deadlines, fired } = setUp()
    deadlines.add(Number.NaN, () => fired.push('not a number'))
    deadlines.add(-5, () => fired.push('negative'))
    deadlines.add(Number.POSITIVE_INFINITY, () => fired.push('endless'))
    environment.advance(1)
    expect(fired).toEqual(['not a number', 'negative'])
    expect(deadlines.size).toBe(1)
  })

  it('run what a plain reference runs, under any adds, removals and steps of time', () => {
    const command = fc.oneof(
      fc.record({ do: fc.constant('add' as const), value: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ do: fc.constant('remove' as const), value: fc.nat(30) }),
      fc.record({ do: fc.constant('advance' as const), value: fc.integer({ min: 1, max: 30 }) }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (commands) => {
        const { environment, deadlines, fired } = setUp()
        const model: { name: string; due: number }[] = []
        const handles: ReturnType<Deadlines['add']>[] = []
        const expected: string[] = []
        for (const { do: what, value } of commands) {
          if (what === 'add') {
            const name = `${handles.length}`
            handles.push(deadlines.add(value, () => fired.push(name)))
            model.push({ name, due: environment.monotonic() + value })
          } else if (what === 'remove') {
            const at = model.findIndex(({ name }) => name === `${value}`)
            expect(deadlines.remove(handles[value])).toBe(at >= 0)
            if (at >= 0) model.splice(at, 1)
          } else {
            environment.advance(value)
            model.sort((a, b) => a.due - b.due || Number(a.name) - Number(b.name))
            while (model[0] !== undefined && model[0].due <= environment.monotonic())
              expected.push(model.shift()?.name ?? '')
          }
          expect(fired).toEqual(expected)
          expect(environment.pending()).toBe(model.length > 0 ? 1 : 0)
        }
      }),
    )
  })
})
