import { describe, expect, it } from 'vitest'
import { FakeProducer } from './fake.js'

describe('the fake producer', () => {
  it('says the same for one seed', () => {
    const [first, second] = [new FakeProducer({ seed: 3 }), new FakeProducer({ seed: 3 })]
    expect(first.hello()).toEqual(second.hello())
    expect(first.batch(1)).toEqual(second.batch(1))
  })

  it('moves actors only along edges of their statecharts', () => {
    const fake = new FakeProducer()
    const { machines, actors } = fake.hello()
    const machineOf = new Map(actors.map(({ actor, machine }) => [actor, machines[machine ?? '']]))
    const { changed = [] } = fake.batch(1)
    expect(changed.length).toBeGreaterThan(0)
    for (const { actor, edge, state } of changed) {
      const { targets = [] } = machineOf.get(actor)?.edges[edge ?? -1] ?? {}
      expect(state.some((leaf) => targets.some((target) => `${leaf}.`.startsWith(`${target}.`)))).toBe(true)
    }
  })
})
