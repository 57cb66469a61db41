import { describe, expect, it } from 'vitest'
import { createActor, type InspectionEvent, setup } from 'xstate'
import { withShortWay } from '../../actors/short-way.js'

const machine = setup({
  types: { context: {} as { readonly log: string[] }, events: {} as { readonly type: 'hand.over' | 'go' | 'fail' } },
  actions: {
    take: ({ context }) => {
      context.log.push('take')
    },
    park: ({ context }) => {
      context.log.push('park')
    },
  },
  guards: { never: () => false },
}).createMachine({
  id: 'taker',
  context: () => ({ log: [] }),
  initial: 'active',
  on: { 'hand.over': { actions: 'park' } },
  states: {
    active: {
      initial: 'ready',
      states: {
        ready: { on: { 'hand.over': { actions: 'take' }, go: 'busy' } },
        busy: { on: { go: 'ready', 'hand.over': [{ guard: 'never', actions: 'take' }, { actions: 'park' }] } },
      },
    },
  },
})

const short = () => withShortWay(machine.provide({}), ['active', 'ready'], 'hand.over')

function run(logic: typeof machine): { log: string[]; edges: string[]; states: unknown[] } {
  const edges: string[] = []
  const states: unknown[] = []
  const inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return
    for (const { eventType, source } of event._transitions as unknown as {
      eventType: string
      source: { id: string }
    }[])
      edges.push(`${source.id} ${eventType}`)
  }
  const actor = createActor(logic, { inspect })
  actor.start()
  for (const type of ['hand.over', 'go', 'hand.over', 'go', 'hand.over'] as const) {
    actor.send({ type })
    states.push(actor.getSnapshot().value)
  }
  return { log: [...actor.getSnapshot().context.log], edges, states }
}

describe('the short way of a transition that stays where it is', () => {
  it('runs the same actions, leads to the same states and tells inspectors of the same edges as the long way', () => {
    const long = run(machine.provide({ actions: {} }))
    expect(run(short())).toEqual(long)
    expect(long.log).toEqual(['take', 'park', 'take'])
  })

  it('is refused for a transition that has a guard, a target or more than one action, and for an unknown state', () => {
    const provided = machine.provide({})
    expect(() => withShortWay(provided, ['active', 'busy'], 'hand.over')).toThrow('needs one transition')
    expect(() => withShortWay(provided, ['active', 'ready'], 'go')).toThrow('does more than run one action')
    expect(() => withShortWay(provided, ['active', 'ready'], 'fail')).toThrow('needs one transition')
    expect(() => withShortWay(provided, ['active', 'asleep'], 'go')).toThrow('no state active.asleep')
  })

  it('fails the actor when its action throws, as the long way does', () => {
    const throwing = withShortWay(
      machine.provide({
        actions: {
          take: () => {
            throw new Error('no')
          },
        },
      }),
      ['active', 'ready'],
      'hand.over',
    )
    const actor = createActor(throwing)
    const errors: unknown[] = []
    actor.subscribe({ error: (error) => errors.push(error) })
    actor.start()
    actor.send({ type: 'hand.over' })
    expect(actor.getSnapshot().status).toBe('error')
    expect(errors).toEqual([new Error('no')])
  })
})
