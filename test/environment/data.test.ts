import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDataEnvironment, type RunEnvironment } from '../../src/environment/data.js'

/** Sets a timer that notes its name and what the clock shows when it fires. */
function noting(environment: RunEnvironment): {
  set: (name: string, delayMs: number, exact?: boolean) => void
  fired: [string, number][]
} {
  const fired: [string, number][] = []
  return {
    fired,
    set: (name, delayMs, exact = false) => {
      environment.setTimeout(() => fired.push([name, environment.now()]), delayMs, { exact })
    },
  }
}

describe('the clock of a data environment', () => {
  it('stands still until it is moved, and never goes back', () => {
    const environment = createDataEnvironment({ start: 100.5 })
    const shown = [environment.now()]
    for (const time of [200, 150, Number.NaN, 200.25]) {
      environment.advanceTo(time)
      shown.push(environment.now())
    }
    expect(shown).toEqual([100.5, 200, 200, 200, 200.25])
  })

  it('refuses to advance to the end of time, and stays where it was', () => {
    const environment = createDataEnvironment({ start: 5 })
    expect(() => environment.advanceTo(Number.POSITIVE_INFINITY)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID' }),
    )
    expect(environment.now()).toBe(5)
  })

  it('fires timers in order of deadline, then of setting, exact or not, each with the clock at its deadline', () => {
    const environment = createDataEnvironment({ start: 1_000 })
    const { set, fired } = noting(environment)
    set('late', 30)
    set('first of a tie', 20, true)
    set('second of a tie', 20)
    set('third of a tie', 20, true)
    set('early', 10)
    set('not due', 31)
    environment.advanceTo(1_030)
    expect(fired).toEqual([
      ['early', 1_010],
      ['first of a tie', 1_020],
      ['second of a tie', 1_020],
      ['third of a tie', 1_020],
      ['late', 1_030],
    ])
    expect(environment.pending()).toBe(1)
  })

  it('fires a timer set inside a timer callback at its own deadline, within the same advance', () => {
    const environment = createDataEnvironment()
    const { set, fired } = noting(environment)
    environment.setTimeout(() => {
      set('inner', 5)
      set('beyond', 100)
    }, 10)
    set('between', 12)
    set('after', 16)
    environment.advanceTo(50)
    expect(fired).toEqual([
      ['between', 12],
      ['inner', 15],
      ['after', 16],
    ])
    expect(environment.now()).toBe(50)
    environment.advanceTo(110)
    expect(fired.at(-1)).toEqual(['beyond', 110])
  })

  it('keeps its pace with a timer that re-arms itself without a delay', () => {
    const environment = createDataEnvironment()
    let fired = 0
    const again = (): void => {
      fired += 1
      environment.setTimeout(again, 0)
    }
    again()
    environment.advanceTo(100)
    expect(fired).toBe(101)
  })

  it('does not fire a timer that a callback before it cleared', () => {
    const environment = createDataEnvironment()
    const { set, fired } = noting(environment)
    const doomed = environment.setTimeout(() => fired.push(['doomed', 0]), 20)
    environment.setTimeout(() => environment.clearTimeout(doomed), 20 - 1)
    set('other', 20)
    environment.advanceTo(20)
    expect(fired.map(([name]) => name)).toEqual(['other'])
    expect(environment.pending()).toBe(0)
  })

  it('leaves a timer as it was when another is cleared twice, or one of another environment', () => {
    const [one, other] = [createDataEnvironment(), createDataEnvironment()]
    const cleared = one.setTimeout(() => {}, 10)
    one.setTimeout(() => {}, 10)
    one.clearTimeout(cleared)
    one.clearTimeout(cleared)
    one.clearTimeout(undefined)
    other.setTimeout(() => {}, 10)
    one.clearTimeout(other.setTimeout(() => {}, 10))
    expect([one.pending(), other.pending()]).toEqual([1, 2])
  })

  it('knows the earliest exact timer', () => {
    const environment = createDataEnvironment({ start: 10 })
    expect(environment.nextExact()).toBe(Number.POSITIVE_INFINITY)
    environment.setTimeout(() => {}, 5)
    const nearer = environment.setTimeout(() => {}, 20, { exact: true })
    environment.setTimeout(() => {}, 30, { exact: true })
    expect(environment.nextExact()).toBe(30)
    environment.clearTimeout(nearer)
    expect(environment.nextExact()).toBe(40)
    environment.advanceTo(40)
    expect(environment.nextExact()).toBe(Number.POSITIVE_INFINITY)
  })

  it('may be advanced by a callback, and does not go back for the timers of the outer advance', () => {
    const environment = createDataEnvironment()
    const { set, fired } = noting(environment)
    environment.setTimeout(() => environment.advanceTo(50), 10)
    set('on the way', 20)
    set('beyond', 60)
    environment.advanceTo(30)
    expect(fired).toEqual([['on the way', 20]])
    expect(environment.now()).toBe(50)
  })

  it('clamps absurd delays and counts them', () => {
    const environment = createDataEnvironment({ start: 1_000 })
    const deadlines = [Number.NaN, Number.NEGATIVE_INFINITY, -5, 0, 0.25, Number.POSITIVE_INFINITY].map(
      (delayMs) => environment.setTimeout(() => {}, delayMs).deadline,
    )
    expect(deadlines).toEqual([1_001, 1_001, 1_001, 1_001, 1_001, 1_000 + 8.64e15])
    // A negative delay is what a deadline that has just passed gives: it is not absurd.
    expect(environment.clamped()).toBe(3)
  })

  it('fires the same timers at the same times as a plain reference, however the advance is cut', () => {
    const timers = fc.array(
      fc.record({ at: fc.integer({ min: 1, max: 100 }), inner: fc.option(fc.integer({ min: 1, max: 40 })) }),
    )
    fc.assert(
      fc.property(timers, fc.array(fc.integer({ min: 1, max: 150 })), (plan, cuts) => {
        const environment = createDataEnvironment()
        const { set, fired } = noting(environment)
        plan.forEach(({ at, inner }, name) => {
          environment.setTimeout(() => {
            fired.push([`${name}`, environment.now()])
            if (inner !== null) set(`${name}.inner`, inner, name % 2 === 0)
          }, at)
        })
        for (const cut of [...cuts, 150]) environment.advanceTo(cut)
        const expected = plan.flatMap(({ at, inner }, name): [string, number][] => [
          [`${name}`, at],
          ...(inner === null ? [] : [[`${name}.inner`, at + inner] as [string, number]]),
        ])
        const times = fired.map(([, time]) => time)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect([...fired].sort()).toEqual(expected.sort())
        expect(environment.pending()).toBe(0)
      }),
    )
  })
})

describe('a throwing timer of a data environment', () => {
  it('is told to onError and stops neither the clock nor the others', () => {
    const errors: unknown[] = []
    const environment = createDataEnvironment({ onError: (error) => errors.push(error) })
    const { set, fired } = noting(environment)
    const failure = new Error('bad timer')
    set('before', 10)
    environment.setTimeout(() => {
      throw failure
    }, 10)
    set('after', 10)
    environment.advanceTo(20)
    expect(errors).toEqual([failure])
    expect(fired.map(([name]) => name)).toEqual(['before', 'after'])
    expect(environment.now()).toBe(20)
  })

  it('throws from the advance, once it is over, where nobody listens', () => {
    const environment = createDataEnvironment()
    const { set, fired } = noting(environment)
    const failure = new Error('bad timer')
    environment.setTimeout(() => {
      throw failure
    }, 10)
    set('after', 11)
    expect(() => environment.advanceTo(20)).toThrow(failure)
    expect(fired).toEqual([['after', 11]])
    expect(environment.now()).toBe(20)
    expect(() => environment.advanceTo(30)).not.toThrow()
  })

  it('throws all that several threw, a bounded number kept and all counted', () => {
    const environment = createDataEnvironment()
    for (let timer = 0; timer < 1_000; timer += 1) {
      environment.setTimeout(() => {
        throw new Error(`timer ${timer}`)
      }, 10)
    }
    let thrown: unknown
    try {
      environment.advanceTo(20)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(AggregateError)
    expect((thrown as AggregateError).message).toContain('1000 timers')
    expect((thrown as AggregateError).errors).toHaveLength(100)
  })
})

describe('chance and identity of a data environment', () => {
  const record = (environment: RunEnvironment): unknown[] =>
    [1_000, 1_000.5, 2_000].map((time) => {
      environment.advanceTo(time)
      return [environment.id(), environment.id(), environment.random('a')]
    })

  it('are equal in two runs of one seed and different in another', () => {
    expect(record(createDataEnvironment({ seed: 5 }))).toEqual(record(createDataEnvironment({ seed: 5 })))
    expect(record(createDataEnvironment({ seed: 5 }))).not.toEqual(record(createDataEnvironment({ seed: 6 })))
  })

  it('do not shift each other', () => {
    const [plain, drawing] = [createDataEnvironment(), createDataEnvironment()]
    for (let draw = 0; draw < 10; draw += 1) drawing.random('a')
    expect(drawing.id()).toBe(plain.id())
  })

  it('give ids of the data clock', () => {
    const environment = createDataEnvironment({ start: Date.UTC(1987, 2, 27) })
    expect(Number.parseInt(environment.id().replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(1987, 2, 27))
  })
})

describe('the options of a data environment', () => {
  it.each([
    ['start', { start: Number.NaN }],
    ['start', { start: 9e15 }],
    ['seed', { seed: Number.POSITIVE_INFINITY }],
    ['seed', { seed: '1' }],
    ['onError', { onError: true }],
    ['strat', { strat: 1 }],
  ])('are refused with the path %s', (path, options) => {
    expect(() => createDataEnvironment(options as object)).toThrow(
      expect.objectContaining({ code: 'OUTCRY_OPTION_INVALID', path, message: expect.stringContaining(path) }),
    )
  })
})
