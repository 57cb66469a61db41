import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, createActor, type InspectionEvent, setup } from 'xstate'
import { withShortStep } from '../../actors/short-step.js'

const machine = setup({
  types: {
    context: {} as { readonly count: number },
    events: {} as { readonly type: 'begin' | 'end' | 'count' | 'rest' | 'ring' | 'leave' | 'fork' },
  },
  actions: { count: assign({ count: ({ context }) => context.count + 1 }), ring: () => {} },
}).createMachine({
  id: 'caller',
  context: () => ({ count: 0 }),
  initial: 'active',
  on: { count: { actions: 'count' } },
  states: {
    active: {
      initial: 'ready',
      states: {
        ready: {
          on: { begin: 'busy', ring: { target: 'busy', actions: 'ring' }, rest: 'resting', leave: '#caller.out' },
        },
        busy: { on: { end: 'ready', fork: [{ guard: () => true, target: 'ready' }, 'resting'] } },
        resting: { entry: 'ring', on: { end: 'ready' } },
      },
    },
    out: {},
  },
})

const short = () => {
  const provided = machine.provide({})
  withShortStep(provided, ['active', 'ready'], 'begin')
  return withShortStep(provided, ['active', 'busy'], 'end')
}

function run(logic: typeof machine) {
  const edges: unknown[] = []
  const snapshots: unknown[] = []
  const inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return
    const [taken] = event._transitions as unknown as { eventType: string; source: { id: string } }[]
    if (taken !== undefined)
      edges.push([taken.source.id, taken.eventType, (event.snapshot as unknown as { value: unknown }).value])
  }
  const actor = createActor(logic, { inspect })
  actor.start()
  const tell = (type: Parameters<typeof actor.send>[0]['type']): void => {
    actor.send({ type })
    const { value, context, status } = actor.getSnapshot()
    snapshots.push({ value, context, status, can: actor.getSnapshot().can({ type: 'begin' }) })
  }
  for (let round = 0; round < 3; round += 1) {
    for (const type of ['begin', 'begin', 'end', 'begin', 'count', 'end', 'end', 'rest', 'begin', 'end'] as const)
      tell(type)
  }
  tell('leave')
  tell('begin')
  return { edges, snapshots }
}

describe('a short step between two states', () => {
  it('leads to the same states and contexts as the long one, and tells inspectors of the same edges', () => {
    expect(run(short())).toEqual(run(machine.provide({})))
  })

  it('goes round between two snapshots for as long as the context stays as it is', () => {
    const actor = createActor(short()).start()
    const round = (): unknown[] => {
      actor.send({ type: 'begin' })
      const busy = actor.getSnapshot()
      actor.send({ type: 'end' })
      return [busy, actor.getSnapshot()]
    }
    const [busy, ready] = round()
    const again = round()
    expect(again[0]).toBe(busy)
    expect(again[1]).toBe(ready)
    actor.send({ type: 'count' })
    const counted = round()
    expect(counted[0]).not.toBe(busy)
    expect(actor.getSnapshot().context.count).toBe(1)
    expect(round()).toEqual(counted)
  })

  it('is shared by no two actors whose contexts differ', () => {
    const logic = short()
    const one = createActor(logic).start()
    const other = createActor(logic).start()
    other.send({ type: 'count' })
    for (const actor of [one, other]) {
      actor.send({ type: 'begin' })
      actor.send({ type: 'end' })
    }
    expect([one, other].map((actor) => actor.getSnapshot().context.count)).toEqual([0, 1])
  })

  it('is refused for a transition by which anything but the state could change', () => {
    const refuse = (path: string[], event: string, why: string, logic: AnyStateMachine = machine.provide({})): void =>
      expect(() => withShortStep(logic, path, event)).toThrow(why)
    refuse(['active', 'ready'], 'ring', 'does more than change to a sibling')
    refuse(['active', 'ready'], 'leave', 'does more than change to a sibling')
    refuse(['active', 'busy'], 'fork', 'needs one transition')
    refuse(['active', 'ready'], 'rest', 'has effects')
    refuse(['active', 'asleep'], 'end', 'no state active.asleep')
    const nervous = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { always: { guard: () => false, target: 'a' } } },
    })
    refuse(['a'], 'go', 'eventless', nervous)
    const nostalgic = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: {}, back: { type: 'history' } },
    })
    refuse(['a'], 'go', 'history', nostalgic)
  })
})
