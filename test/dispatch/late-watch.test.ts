import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/dispatch/deadlines.js'
import { LateWatch } from '../../src/dispatch/late-watch.js'
import type { StrategyRuntime } from '../../src/dispatch/runtime.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'

function setUp(lateAfterMs = 100, timeoutMs = 1_000) {
  const environment = new VirtualEnvironment()
  const deadlines = new Deadlines(environment, (error) => {
    throw error
  })
  const watch = new LateWatch({ environment, deadlines, lateAfterMs, timeoutMs })
  const told: (readonly [string, number])[] = []
  const runtime = {
    definition: {},
    late: false,
    calledAt: 0,
    current: undefined,
    deadline: undefined,
    send: ({ type }: { readonly type: string }) => {
      told.push([type, environment.monotonic()])
      if (type === 'handler.late') runtime.late = true
      else runtime.current = undefined
    },
  } as unknown as StrategyRuntime
  const begin = (): void => {
    const now = environment.monotonic()
    Object.assign(runtime, { calledAt: now, current: { startedAt: now } })
    watch.begin(runtime, now)
  }
  const settle = (): void => {
    runtime.current = undefined
  }
  return { environment, deadlines, watch, told, runtime, begin, settle, start: environment.monotonic() }
}

describe('the watch on what is awaited', () => {
  it('keeps one look for a strategy whose calls settle, however many there are', () => {
    const { environment, deadlines, told, begin, settle } = setUp()
    for (let call = 0; call < 50; call += 1) {
      begin()
      expect(deadlines.size).toBe(1)
      environment.advance(10)
      settle()
    }
    expect(told).toEqual([])
  })

  it('tells of a call that is late by its own time, after looks that were arranged for others', () => {
    const { environment, told, begin, settle, start } = setUp()
    begin()
    environment.advance(60)
    settle()
    begin()
    environment.advance(2_000)
    expect(told).toEqual([
      ['handler.late', start + 160],
      ['handler.timedOut', start + 1_060],
    ])
  })

  it('looks sooner where what it keeps would be too late', () => {
    const { environment, told, runtime, begin, settle, start } = setUp()
    runtime.late = true
    begin()
    settle()
    runtime.late = false
    begin()
    environment.advance(150)
    expect(told).toEqual([['handler.late', start + 100]])
  })

  it('leaves no timer once nothing is in flight, and those of what is', () => {
    const { environment, deadlines, watch, begin, settle } = setUp()
    begin()
    watch.rest()
    expect(deadlines.size).toBe(1)
    settle()
    watch.rest()
    expect([deadlines.size, environment.pending()]).toEqual([0, 0])
  })
})
