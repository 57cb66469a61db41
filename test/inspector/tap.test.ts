import { createEngine, createSystemEnvironment, defineStrategy, type Engine, trade } from 'outcry'
import { portOf } from 'outcry/actors'
import { afterEach, describe, expect, it } from 'vitest'
import type { AnyActorRef } from 'xstate'
import { Tap } from '../../inspector/collect/tap.js'

let engine: Engine
const environment = createSystemEnvironment()

async function started(inspect?: (event: { readonly type: string }) => void): Promise<AnyActorRef> {
  const alpha = defineStrategy({ name: 'alpha', onEvents: () => undefined })
  engine = createEngine({ strategies: [alpha], ...(inspect === undefined ? {} : { inspect }) })
  await engine.start()
  return portOf(engine).root as AnyActorRef
}

const publish = async (): Promise<void> => {
  await engine.publish(trade({ symbol: 'AAPL', price: 1, size: 1 }))
  await engine.drain()
}

afterEach(() => engine.stop())

describe('the tap on an engine’s actors', () => {
  it('wedges nothing when what listens to it throws', async () => {
    const tap = new Tap(await started(), environment, {
      onStep: () => {
        throw new Error('a consumer that throws')
      },
    })
    tap.attach()
    await publish()
    expect(tap.faults).toBeGreaterThan(0)
    expect(engine.ledger().events.settled).toBe(1)
    tap.detach()
  })

  it('says of a state that it was there before it was looked at, until it is left', async () => {
    const tap = new Tap(await started(), environment)
    tap.attach()
    const alpha = () => [...tap.records.values()].find(({ ref }) => ref.id === 'alpha')?.row()
    expect(alpha()).toMatchObject({ status: 'active', sinceLooked: true })
    engine.strategies.pause('alpha')
    expect(alpha()?.state.join()).toContain('paused')
    expect(alpha()).not.toHaveProperty('sinceLooked')
    await engine.strategies.add(defineStrategy({ name: 'beta', onEvents: () => undefined }))
    const beta = [...tap.records.values()].find(({ ref }) => ref.id === 'beta')?.row()
    expect(beta).not.toHaveProperty('sinceLooked')
    tap.detach()
  })

  it('hears nothing, and holds nothing, once it is taken off', async () => {
    const tap = new Tap(await started(), environment)
    tap.attach()
    await publish()
    const { steps } = tap
    expect(steps).toBeGreaterThan(0)
    tap.detach()
    await publish()
    expect([tap.steps, tap.records.size, tap.dirty.length]).toEqual([steps, 0, 0])
  })

  it('stands beside other inspectors and other taps, whoever is taken off first', async () => {
    let heard = 0
    const root = await started(() => {
      heard += 1
    })
    const [first, second] = [new Tap(root, environment), new Tap(root, environment)]
    first.attach()
    second.attach()
    first.detach()
    const before = [heard, second.steps]
    await publish()
    expect(heard).toBeGreaterThan(before[0] ?? 0)
    expect(second.steps).toBeGreaterThan(before[1] ?? 0)
    second.detach()
    const after = heard
    await publish()
    expect(heard).toBeGreaterThan(after)
  })

  it('counts what an actor’s state has no answer to', async () => {
    const root = await started()
    const tap = new Tap(root, environment)
    tap.attach()
    root.send({ type: 'nonsense' })
    expect([...tap.records.values()].find(({ kind }) => kind === 'engine')).toMatchObject({ unhandled: 1 })
    tap.detach()
  })

  it('forgets actors that have gone', async () => {
    const tap = new Tap(await started(), environment, { keepsBatches: false })
    tap.attach()
    const { size } = tap.records
    for (let round = 0; round < 20; round++) {
      const leave = engine.subscribe(['trade'], () => {})
      await publish()
      leave()
      await publish()
    }
    expect(tap.records.size).toBeLessThanOrEqual(size + 4)
    tap.detach()
  })
})
