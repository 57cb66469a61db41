import { describe, expect, it } from 'vitest'
import { createEngine, type EventDraft, trade } from '../../src/index.js'

const one = (): EventDraft => trade({ symbol: 'A', price: 1, size: 1 })

describe('publishAll of an asynchronous source', () => {
  it('that has gone silent ends when the engine stops, with what it had counted', async () => {
    const engine = createEngine({})
    await engine.start()
    let ended = 0
    const silent: AsyncIterable<EventDraft> = {
      [Symbol.asyncIterator]() {
        let given = 0
        return {
          next: () => {
            given += 1
            return given === 1 ? Promise.resolve({ done: false, value: one() }) : new Promise(() => {})
          },
          return: () => {
            ended += 1
            return new Promise(() => {})
          },
        }
      },
    }
    const all = engine.publishAll(silent)
    await new Promise((resolve) => setImmediate(resolve))
    await engine.stop()
    expect(await all).toMatchObject({ published: 1, accepted: 1 })
    expect(ended).toBe(1)
  })

  it('that fails rejects with its error, and is not told to end', async () => {
    await using engine = createEngine({})
    await engine.start()
    let cleanedUp = 0
    async function* failing(): AsyncGenerator<EventDraft> {
      try {
        yield one()
        throw new Error('the line went dead')
      } finally {
        cleanedUp += 1
      }
    }
    await expect(engine.publishAll(failing())).rejects.toThrow('the line went dead')
    expect(cleanedUp).toBe(1)
    expect(engine.ledger().events.accepted).toBe(1)
  })

  it('that never ends is told to when the engine stops', async () => {
    const engine = createEngine({})
    await engine.start()
    let cleanedUp = 0
    async function* endless(): AsyncGenerator<EventDraft> {
      try {
        for (;;) yield one()
      } finally {
        cleanedUp += 1
      }
    }
    const all = engine.publishAll(endless())
    await new Promise((resolve) => setImmediate(resolve))
    await engine.stop()
    const { published, accepted, refused } = await all
    expect(published).toBe(accepted + refused)
    await Promise.resolve()
    expect(cleanedUp).toBe(1)
  })

  const sourceOf = (iterator: object): AsyncIterable<EventDraft> => ({
    [Symbol.asyncIterator]: () => iterator as AsyncIterator<EventDraft>,
  })

  it.each([5, null, undefined])('whose step is %s is refused, and not asked without end', async (step) => {
    await using engine = createEngine({})
    await engine.start()
    const all = engine.publishAll(sourceOf({ next: async () => step }))
    await expect(all).rejects.toThrow(`Iterator result ${step} is not an object`)
  })

  it('whose steps are no promises is read to its end', async () => {
    await using engine = createEngine({})
    await engine.start()
    let given = 0
    const next = () => ({ done: given++ === 3, value: one() })
    expect(await engine.publishAll(sourceOf({ next }))).toMatchObject({ published: 3, accepted: 3 })
  })

  it('that throws when it is told to end changes nothing of the answer', async () => {
    const engine = createEngine({})
    await engine.start()
    const iterator = {
      next: () => new Promise((resolve) => setImmediate(() => resolve({ done: false, value: one() }))),
      return: () => {
        throw new Error('not now')
      },
    }
    const all = engine.publishAll(sourceOf(iterator))
    await new Promise((resolve) => setImmediate(resolve))
    await engine.stop()
    const { published, accepted, refused } = await all
    expect(published).toBe(accepted + refused)
  })
})
