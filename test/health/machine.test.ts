import { describe, expect, it } from 'vitest'
import { createActor, forwardTo, initialTransition, setup, transition } from 'xstate'
import { healthLogic } from '../../actors/health.js'
import { healthMachine } from '../../machines/health.js'
import type { HealthFact, HealthPort } from '../../src/health/monitor.js'

const monitor: HealthPort = { attach: () => () => {}, announce: () => {}, unanswered: () => {} }
const judged = (degraded: number, critical: number): HealthFact => ({ type: 'health.judged', degraded, critical })
/** Alone, as what it reports goes to its parent. */
const machine = healthMachine.provide({ actions: { reportStarted: () => {}, reportStopped: () => {} } })
const [start, entryActions] = initialTransition(machine, { monitor })

/** Where the facts lead, and the names of the actions of the last. */
function reached(...events: readonly (HealthFact | { readonly type: 'part.stop' })[]) {
  let snapshot = start
  let actions: readonly { readonly type: string }[] = entryActions
  for (const event of events) [snapshot, actions] = transition(machine, snapshot, event)
  return { value: snapshot.value, status: snapshot.status, actions: actions.map(({ type }) => type) }
}

describe('the health machine', () => {
  it('starts healthy and says so to the engine', () => {
    expect(start.value).toBe('healthy')
    expect(entryActions.map(({ type }) => type)).toContain('reportStarted')
  })

  it.each([
    [[judged(1, 0)], 'degraded'],
    [[judged(0, 1)], 'critical'],
    [[judged(3, 1)], 'critical'],
    [[judged(1, 0), judged(0, 1)], 'critical'],
    [[judged(0, 1), judged(1, 0)], 'degraded'],
    [[judged(0, 1), judged(0, 0)], 'healthy'],
    [[judged(1, 0), judged(0, 0)], 'healthy'],
  ] as const)('is after %j what the worst reason says: %s', (facts, state) => {
    const { value, actions } = reached(...facts)
    expect(value).toBe(state)
    expect(actions).toContain('announce')
  })

  it('tells of a further reason within one state, too', () => {
    const { value, actions } = reached(judged(1, 0), judged(2, 0))
    expect(value).toBe('degraded')
    expect(actions).toContain('announce')
  })

  it.each([[[]], [[judged(1, 0)]], [[judged(0, 1)]]] as const)('stops in every state: after %j', (facts) => {
    expect(reached(...facts, { type: 'part.stop' })).toMatchObject({ value: 'stopped', status: 'done' })
  })

  it('looks while it lives and no longer, stopped by its engine or by force', () => {
    let looking = 0
    const port: HealthPort = {
      attach: () => {
        looking += 1
        return () => {
          looking -= 1
        }
      },
      announce: () => {},
      unanswered: () => {},
    }
    const reports: string[] = []
    const engine = setup({ actors: { health: healthLogic } }).createMachine({
      initial: 'running',
      states: {
        running: {
          invoke: { src: 'health', id: 'health', input: { monitor: port } },
          on: { 'part.stop': { actions: forwardTo('health') }, leave: 'left' },
        },
        left: {},
      },
      on: { 'part.*': { actions: ({ event }) => reports.push(event.type) } },
    })
    const asked = createActor(engine).start()
    expect(looking).toBe(1)
    asked.send({ type: 'part.stop' })
    expect(looking).toBe(0)
    expect(reports).toEqual(['part.started', 'part.stopped'])
    const forced = createActor(engine).start()
    expect(looking).toBe(1)
    forced.send({ type: 'leave' })
    expect(looking).toBe(0)
  })
})
