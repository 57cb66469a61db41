import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, createActor, type InspectionEvent, raise, setup } from 'xstate'
import { withShortMove } from '../../actors/short-move.js'

interface Desk {
  readonly log: string[]
  waiting: number
}

const machine = setup({
  types: {
    context: {} as { readonly desk: Desk; readonly attempts: number; readonly count: number },
    events: {} as { readonly type: 'offer' | 'done' | 'fail' | 'count' | 'guarded' | 'counted' | 'raised' | 'rest' },
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
    count: assign({ count: ({ context, event }) => context.count + event.type.length }),
    again: raise({ type: 'done' }),
  },
  guards: {
    waits: ({ context }) => context.desk.waiting > 0,
    again: ({ context, event }) => context.count % 2 === 0 && event.type === 'guarded',
  },
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
        guarded: [
          { guard: 'again', target: 'writing' },
          { target: 'resting', actions: 'count' },
        ],
        counted: { target: 'writing', actions: 'count' },
        raised: { target: 'writing', actions: 'again' },
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
    resting: { after: { 1000: 'idle' }, on: { offer: 'idle' } },
  },
})

const short = () => {
  const provided = machine.provide({})
  for (const event of ['offer', 'guarded', 'counted']) withShortMove(provided, ['idle'], event)
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
    for (const type of [
      'offer',
      'done',
      'done',
      'offer',
      'fail',
      'done',
      'count',
      'guarded',
      'offer',
      'offer',
      'done',
      'counted',
      'done',
      'guarded',
      'fail',
      'done',
      'offer',
    ] as const) {
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
    const values = long.snapshots.map((one) => (one as { readonly value?: unknown }).value)
    expect(values).toContain('resting')
    expect(long.log).toContain('acknowledge 1')
  })

  it('makes snapshots of all the fields that XState gives them', () => {
    const fields = (logic: typeof machine): unknown => {
      const actor = createActor(logic, { input: { log: [], waiting: 0 } }).start()
      for (const type of ['offer', 'done', 'offer', 'done'] as const) actor.send({ type })
      const snapshot = actor.getSnapshot()
      const { tags, _nodes, children, historyValue, status, output, error, can, toJSON } = snapshot
      const ids = _nodes.map(({ id }) => id)
      return [Object.keys(snapshot).sort(), ids, tags, children, historyValue, status, output, error, can, toJSON]
    }
    expect(fields(short())).toEqual(fields(machine.provide({})))
  })

  it('leaves the snapshot before it as it was, and one actor alone', () => {
    const logic = short()
    const [one, other] = [0, 1].map(() => createActor(logic, { input: { log: [], waiting: 0 } }).start())
    if (one === undefined || other === undefined) return
    for (const type of ['offer', 'fail', 'done', 'offer', 'fail'] as const) one.send({ type })
    const before = one.getSnapshot()
    other.send({ type: 'offer' })
    one.send({ type: 'done' })
    expect([before.value, before.context.attempts]).toEqual(['writing', 1])
    expect([one.getSnapshot().value, one.getSnapshot().context.attempts]).toEqual(['idle', 0])
    expect([other.getSnapshot().value, other.getSnapshot().can({ type: 'done' })]).toEqual(['writing', true])
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
    refuse(['idle'], 'raised', 'does more than run effects and assign fields: again')
    refuse(['idle'], 'rest', 'has no transition')
    refuse(['writing'], 'fail', 'does not lead to a sibling')
    refuse(['writing'], 'rest', 'between states with parts')
    refuse(['asleep'], 'done', 'no state asleep')
    const inline = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { always: { guard: () => false, target: 'a' } } },
    })
    refuse(['a'], 'go', 'a guard that is not known by its name', inline)
  })
})
