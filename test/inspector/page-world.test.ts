import { describe, expect, it } from 'vitest'
import { diagramOf } from '../../inspector/page/sequence/lanes.js'
import { embedded } from '../../inspector/page/travel/embedded.js'
import { World } from '../../inspector/page/world/world.js'
import type { Message } from '../../inspector/protocol.js'
import type { RecordedState, RecordingInfo, TraceEntry } from '../../inspector/protocol-recording.js'
import { FakeProducer } from './fake.js'

describe("the page's picture of the engine", () => {
  it('is the same for a tab that joins late as for one that was there from the start', () => {
    const fake = new FakeProducer({ strategies: 20 })
    const early = new World(fake.hello())
    for (let at = 1; at <= 40; at++) early.apply(fake.batch(at * 100))
    const late = new World(early.toHello())
    const rows = (world: World) =>
      [...world.actors.values()].map(({ row, state, status, figures }) => [row.path, state, status, figures])
    expect(rows(late)).toEqual(rows(early))
    expect(late.overview).toEqual(early.overview)
    expect(late.series).toEqual(early.series)
  })

  it('follows actors that come and go, and keeps no more than its bounds', () => {
    const fake = new FakeProducer({ strategies: 10 })
    const hello = fake.hello()
    const world = new World(hello)
    const [engine] = hello.actors
    if (engine === undefined) throw new Error('there is no engine')
    const batch = fake.batch(1)
    const row = { ...engine, actor: 9_999, path: 'engine/worker-9', name: 'worker-9', parent: engine.actor }
    const point = hello.series[0]
    if (point === undefined) throw new Error('there is no point')
    world.apply({ ...batch, added: [row] })
    expect(world.actors.get(engine.actor)?.children).toContain(9_999)
    const fact = { at: 1, kind: 'fault', text: 'a fault' } as const
    world.apply({
      ...batch,
      removed: [9_999],
      series: Array.from({ length: 1_000 }, () => point),
      facts: Array.from({ length: 1_000 }, () => fact),
    })
    expect(world.actors.has(9_999)).toBe(false)
    expect(world.actors.get(engine.actor)?.children).not.toContain(9_999)
    expect([world.series.length, world.facts.length]).toEqual([300, 200])
  })

  it('ignores what a batch says of an actor that it does not know', () => {
    const fake = new FakeProducer({ strategies: 10 })
    const world = new World(fake.hello())
    const size = world.actors.size
    world.apply({
      ...fake.batch(1),
      changed: [{ actor: 77_777, state: ['x'], status: 'active', since: 1 }],
      unhandled: [{ actor: 77_777, event: 'x', count: 1 }],
      removed: [88_888],
    })
    expect(world.actors.size).toBe(size)
  })
})

describe('the lanes of the sequence', () => {
  const world = new World(new FakeProducer({ strategies: 20 }).hello())
  const named = (name: string): number =>
    [...world.actors.values()].find(({ row }) => row.name === name)?.row.actor ?? -1
  const message = (number: number, from: number | undefined, to: number): Message => ({
    message: number,
    at: number,
    from,
    to,
    event: 'chunk.deliver',
  })
  const group = named('group-1')
  const messages = [
    message(1, undefined, named('worker-1')),
    message(2, named('worker-1'), group),
    ...Array.from({ length: 10 }, (_, index) => message(3 + index, group, named(`momentum-${index + 1}`))),
  ]

  it('are one a kind, in the order in which an event passes them, with repeats as one arrow', () => {
    const { lanes, arrows } = diagramOf({ messages, actors: world.actors, only: undefined })
    expect(lanes.map(({ name }) => name)).toEqual(['outside', 'workers', 'groups', 'strategies'])
    expect(arrows).toHaveLength(3)
    expect(arrows[2]).toMatchObject({ from: 2, to: 3, label: 'chunk.deliver → 10 strategies' })
    expect(arrows[2]?.messages).toHaveLength(10)
  })

  it('are one an actor around the one that is selected', () => {
    const only = named('momentum-3')
    const { lanes, arrows } = diagramOf({ messages, actors: world.actors, only })
    expect(lanes.map(({ name }) => name)).toEqual(['group-1', 'momentum-3'])
    expect(arrows).toHaveLength(1)
  })
})

describe('an exported recording', () => {
  const before: RecordedState = { at: 10, clock: 0, actors: [], accepted: 5, dispatched: 0, failures: 0 }
  const entries: TraceEntry[] = [
    {
      entry: 11,
      clock: 1,
      kind: 'spawned',
      actor: 1,
      path: 'engine',
      parent: undefined,
      machine: 'engine',
      state: ['engine.idle'],
    },
    ...Array.from(
      { length: 1_200 },
      (_, index): TraceEntry => ({
        entry: 12 + index,
        clock: 2 + index,
        kind: 'step',
        actor: 1,
        event: 'tick',
        from: undefined,
        edges: [index % 2],
        state: [index === 900 ? 'engine.failed' : 'engine.running'],
      }),
    ),
  ]
  const source = embedded({ info: {} as RecordingInfo, before, entries })

  it('tells the state at any entry, wherever one comes from', async () => {
    const at = async (entry: number) => (await source.state(0, entry)).actors[0]
    expect(await at(1_000)).toMatchObject({ entry: 1_000, steps: 989 })
    expect(await at(12)).toMatchObject({ entry: 12, steps: 1 })
    expect(await at(11)).toMatchObject({ state: ['engine.idle'], steps: 0 })
    expect((await source.state(0, 11)).accepted).toBe(5)
    expect(await at(1_000)).toMatchObject({ entry: 1_000, steps: 989 })
  })

  it('finds a state forwards and backwards, and knows its range', async () => {
    expect(source.range).toEqual({ first: 11, last: 1_211 })
    expect((await source.find(0, 11, 'forward', { state: 'failed' })).entry?.entry).toBe(912)
    expect((await source.find(0, 1_211, 'backward', { state: 'failed' })).entry?.entry).toBe(912)
    expect((await source.find(0, 913, 'forward', { state: 'failed' })).entry).toBeUndefined()
    expect((await source.entries(0, 11, 2)).map(({ entry }) => entry)).toEqual([11, 12])
  })
})
