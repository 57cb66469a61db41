import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createEngine, type Publishable, trade } from '../../src/index.js'

const MOST = 300_000

/** Yields what comes to nothing until the event loop has turned, or far too long. */
const source = (make: () => unknown) => {
  const seen = { asked: 0, turned: false }
  setImmediate(() => setImmediate(() => setImmediate(() => (seen.turned = true))))
  function* sync(): Generator<Publishable> {
    while (!seen.turned && seen.asked < MOST) {
      seen.asked += 1
      yield make() as Publishable
    }
  }
  async function* async(): AsyncGenerator<Publishable> {
    yield* sync()
  }
  return { seen, sync, async }
}

const started = async () => {
  const engine = createEngine()
  await engine.start()
  await engine.publish(trade({ id: 'known', symbol: 'A', price: 1, size: 1 }))
  return engine
}

describe('a source whose events come to nothing', () => {
  const known = (): unknown => trade({ id: 'known', symbol: 'A', price: 1, size: 1 })
  for (const [kind, make] of [
    ['duplicates', known],
    ['invalid input', () => null],
  ] as const) {
    for (const form of ['sync', 'async'] as const) {
      it(`lets the event loop turn in between: ${kind}, ${form}`, async () => {
        const engine = await started()
        const { seen, ...forms } = source(make)
        const totals = await engine.publishAll(forms[form]())
        expect(seen.turned).toBe(true)
        expect(seen.asked).toBeLessThan(MOST)
        expect(totals.published).toBe(seen.asked)
        expect(totals.accepted).toBe(0)
        await engine.stop()
      })
    }

    it(`lets timers have theirs before a long array is through: ${kind}`, async () => {
      const engine = await started()
      let through = false
      const all = engine.publishAll(Array.from({ length: MOST }, make) as Publishable[]).then((totals) => {
        through = true
        return totals
      })
      await sleep(1)
      expect(through).toBe(false)
      expect((await all).published).toBe(MOST)
      await engine.stop()
    })
  }
})

describe('a draft that cannot be read', () => {
  it('is an invalid receipt from each way in, and loses nothing beside it', async () => {
    const engine = await started()
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const rude = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error('not for you')
        },
      },
    )
    for (const bad of [proxy, rude] as unknown as Publishable[]) {
      expect(engine.offer(bad).status).toBe('invalid')
      expect((await engine.publish(bad)).status).toBe('invalid')
      const totals = await engine.publishAll([bad, trade({ symbol: 'B', price: 1, size: 1 })])
      expect(totals).toMatchObject({ published: 2, accepted: 1, invalid: 1 })
    }
    await engine.stop()
    expect(engine.ledger().events).toMatchObject({ published: 1 + 8, accepted: 3, invalid: 6, settled: 3 })
  })
})
