import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { breakerMachine } from '../../machines/breaker.js'
import type { BreakerFact, BreakerPort, BreakerStand } from '../../src/breaker/facts.js'

const stand: BreakerStand = { state: 'closed', openings: 0, until: 0, waitMs: 0 }
const none = (): void => {}
const port = (given: BreakerStand = stand): BreakerPort => ({
  name: 'pure',
  stand: given,
  attach: () => none,
  moved: none,
  arm: () => none,
  unanswered: none,
})

const numbers = { calls: 4, failed: 4, slow: 0 }
const breached: BreakerFact = { type: 'window.breached', cause: 'failure-rate', at: 10, waitMs: 100, ...numbers }
const cooled: BreakerFact = { type: 'cooldown.elapsed', at: 110 }
const probing: BreakerFact = { type: 'probe.started', at: 120, until: 620 }
const failed: BreakerFact = { type: 'probes.failed', cause: 'probe-lost', at: 620, waitMs: 200, ...numbers }
const passed: BreakerFact = { type: 'probes.passed', at: 130, ...numbers }
const awaited: BreakerFact = { type: 'probes.awaited', at: 620, until: 900 }
const returned: BreakerFact = { type: 'probes.returned', at: 620 }
const trip: BreakerFact = { type: 'breaker.trip', cause: 'tripped', at: 5, waitMs: 100 }

function snapshotAfter(...facts: readonly BreakerFact[]) {
  let [snapshot] = initialTransition(breakerMachine, port())
  for (const fact of facts) [snapshot] = transition(breakerMachine, snapshot, fact)
  return snapshot
}

describe('the machine of the breaker, as a pure function', () => {
  it.each([
    [[], 'closed'],
    [[breached], 'open'],
    [[trip], 'open'],
    [[breached, cooled], { halfOpen: 'waiting' }],
    [[breached, cooled, probing], { halfOpen: 'probing' }],
    [[breached, cooled, probing, passed], 'closed'],
    [[breached, cooled, probing, failed], 'open'],
    [[breached, cooled, probing, returned], { halfOpen: 'waiting' }],
    [[breached, cooled, probing, awaited], { halfOpen: 'awaiting' }],
    [[breached, cooled, probing, awaited, awaited], { halfOpen: 'awaiting' }],
    [[breached, cooled, probing, awaited, passed], 'closed'],
    [[breached, cooled, probing, awaited, failed], 'open'],
    [[breached, cooled, probing, awaited, returned], { halfOpen: 'waiting' }],
    [[breached, cooled, trip], 'open'],
    [[{ type: 'breaker.isolate', at: 1 }], 'isolated'],
    [[{ type: 'breaker.disable', at: 1 }], 'disabled'],
    [
      [
        { type: 'breaker.isolate', at: 1 },
        { type: 'breaker.reset', at: 2 },
      ],
      'closed',
    ],
    // Facts that come too late for the state that they were told in.
    [[cooled, probing, passed, failed, returned], 'closed'],
    [[breached, breached, passed, failed, probing], 'open'],
    [[{ type: 'breaker.isolate', at: 1 }, breached, trip, cooled], 'isolated'],
    [[{ type: 'breaker.disable', at: 1 }, breached, trip, cooled], 'disabled'],
  ] satisfies readonly (readonly [readonly BreakerFact[], unknown])[])('after %j it is %j', (facts, value) => {
    expect(snapshotAfter(...facts).value).toEqual(value)
  })

  it('counts openings until it recovers, and keeps the deadline of the first while open', () => {
    expect(snapshotAfter(breached, trip).context).toMatchObject({ openings: 1, until: 110, waitMs: 100, at: 10 })
    expect(snapshotAfter(breached, cooled, probing, failed).context).toMatchObject({
      openings: 2,
      until: 820,
      waitMs: 200,
    })
    expect(snapshotAfter(breached, cooled, probing, passed).context).toMatchObject({ openings: 0, until: 0, waitMs: 0 })
  })

  it.each(['closed', 'open', 'halfOpen', 'isolated', 'disabled'] as const)('starts %s from a stand', (state) => {
    const [snapshot] = initialTransition(breakerMachine, port({ state, openings: 3, until: 50, waitMs: 40 }))
    const value = typeof snapshot.value === 'string' ? snapshot.value : Object.keys(snapshot.value)[0]
    expect(value).toBe(state)
    expect(snapshot.context).toMatchObject({ openings: 3, until: 50, waitMs: 40, cause: 'started' })
  })

  it('is repeatable: the same facts give the same snapshot', () => {
    const facts = [breached, cooled, probing, failed, cooled]
    expect(JSON.stringify(snapshotAfter(...facts).context)).toBe(JSON.stringify(snapshotAfter(...facts).context))
  })
})
