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
})
