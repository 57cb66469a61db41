import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, createActor, type InspectionEvent, setup } from 'xstate'
import { withShortMove } from '../../actors/short-move.js'

interface Desk {
  readonly log: string[]
  waiting: number
}

const machine = setup({
  types: {
    context: {} as { readonly desk: Desk; readonly attempts: number; readonly count: number },
    events: {} as { readonly type: 'offer' | 'done' | 'fail' | 'count' | 'guarded' | 'counted' | 'rest' },
    input: {} as Desk,
  },
  actions: {
    write: ({ context, event }) => {
      context.desk.waiting -= 1
      context.desk.log.push(`write ${event.type} ${context.attempts}`)
    },
    acknowledge: ({ context }) => context.desk.log.push(`acknowledge ${context.attempts}`),
    say: ({ context }) => context.desk.log.push(`say ${context.attempts}`),
    forget: assign({ attempts: 0 }),
    attempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    count: assign({ count: ({ context }) => context.count + 1 }),
  },
  guards: { waits: ({ context }) => context.desk.waiting > 0 },
}).createMachine({
  id: 'desk',
  context: ({ input }) => ({ desk: input, attempts: 0, count: 0 }),
  initial: 'idle',
  on: { count: { actions: 'count' } },
  states: {
    idle: {
      always: { guard: 'waits', target: 'writing' },
      on: {
        offer: 'writing',
        guarded: { guard: 'waits', target: 'writing' },
        counted: { target: 'writing', actions: 'count' },
      },
    },
    writing: {
      entry: 'write',
      on: {
        done: { target: 'idle', actions: ['acknowledge', 'forget', 'say'] },
        fail: { target: 'writing', reenter: true, actions: 'attempt' },
        rest: 'resting',
      },
    },
    resting: { after: { 1000: 'idle' } },
  },
})

const short = () => {
  const provided = machine.provide({})
  withShortMove(provided, ['idle'], 'offer')
  return withShortMove(provided, ['writing'], 'done')
}

function run(logic: typeof machine) {
  const edges: unknown[] = []
  const snapshots: unknown[] = []
  const desk: Desk = { log: [], waiting: 0 }
  const inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return
    const [taken] = event._transitions as unknown as { eventType: string; source: { id: string } }[]
    if (taken !== undefined)
      edges.push([taken.source.id, taken.eventType, (event.snapshot as unknown as { value: unknown }).value])
  }
  const actor = createActor(logic, { inspect, input: desk }).start()
  for (let round = 0; round < 3; round += 1) {
    for (const type of ['offer', 'done', 'done', 'offer', 'fail', 'done', 'count', 'offer', 'done', 'offer'] as const) {
      actor.send({ type })
      snapshots.push({ value: actor.getSnapshot().value, context: { ...actor.getSnapshot().context, desk: undefined } })
    }
    desk.waiting = 2
    actor.send({ type: 'done' })
    snapshots.push(actor.getSnapshot().value)
    desk.waiting = 0
    actor.send({ type: 'done' })
  }
  return { edges, snapshots, log: desk.log }
}

describe('a short move between two states', () => {
  it('has the effects, states, contexts and edges of the long one, eventless transitions among them', () => {
    const long = run(machine.provide({}))
    expect(run(short())).toEqual(long)
    expect(long.snapshots).toContain('writing')
    expect(long.log).toContain('acknowledge 1')
  })

  it('goes round between two snapshots for as long as the context stays as it is', () => {
    const actor = createActor(short(), { input: { log: [], waiting: 0 } }).start()
    const round = (): unknown[] => {
      actor.send({ type: 'offer' })
      const writing = actor.getSnapshot()
      actor.send({ type: 'done' })
      return [writing, actor.getSnapshot()]
    }
    round()
    const [writing, idle] = round()
    expect(round()[0]).toBe(writing)
    expect(round()[1]).toBe(idle)
    actor.send({ type: 'count' })
    expect(round()[0]).not.toBe(writing)
    expect(actor.getSnapshot().context.count).toBe(1)
  })

  it('ends its actor as the long one does where an effect throws', () => {
    const failing = (logic: typeof machine): unknown => {
      const desk: Desk = { log: [], waiting: 0 }
      const actor = createActor(logic, { input: desk })
      actor.subscribe({ error: () => {} })
      actor.start()
      for (const type of ['offer', 'done', 'offer', 'done'] as const) actor.send({ type })
      desk.log.push = () => {
        throw new Error('no more room')
      }
      actor.send({ type: 'offer' })
      return actor.getSnapshot().error
    }
    expect(failing(short())).toEqual(failing(machine.provide({})))
  })

  it('is refused where what follows could depend on more than the state', () => {
    const refuse = (path: string[], event: string, why: string, logic: AnyStateMachine = machine.provide({})): void =>
      expect(() => withShortMove(logic, path, event)).toThrow(why)
    refuse(['idle'], 'guarded', 'to a sibling, without a guard')
    refuse(['idle'], 'counted', 'depends on more than its state: count')
    refuse(['idle'], 'rest', 'needs one transition')
    refuse(['writing'], 'fail', 'to a sibling')
    refuse(['writing'], 'rest', 'between states with parts')
    refuse(['asleep'], 'done', 'no state asleep')
    const inline = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { always: { guard: () => false, target: 'a' } } },
    })
    refuse(['a'], 'go', 'a guard that is not known by its name', inline)
  })
})
