import { describe, expect, it } from 'vitest'
import type { StrategyDefinition } from '../../src/index.js'
import { engineOn, expectQuiet, trades } from './support.js'

type Callback = (value?: unknown) => void

type Then = (fulfil: Callback, reject: Callback) => void

const thenable = (then: Then): { readonly then: Then } => ({ then })

/** What has a `then` and is no promise of the language's own: a query builder's, a polyfill's, or a broken one. */
const THENS: Readonly<Record<string, Then>> = {
  'settles at once': (fulfil) => fulfil(),
  'is fulfilled twice': (fulfil) => {
    fulfil()
    fulfil()
  },
  'is fulfilled and then rejected': (fulfil, reject) => {
    queueMicrotask(() => {
      fulfil()
      reject(new Error('after all'))
      fulfil()
    })
  },
  'throws after it was fulfilled': (fulfil) => {
    fulfil()
    throw new Error('late')
  },
}

const forms = (answer: unknown): readonly Pick<StrategyDefinition, 'onEvent' | 'onEvents'>[] => [
  { onEvent: () => answer as undefined },
  { onEvents: () => answer as undefined },
]

describe('a handler whose answer has a then of its own', () => {
  it.each(Object.entries(THENS))('that %s is done with each event once', async (_, then) => {
    for (const form of forms(thenable(then))) {
      const world = engineOn({ strategies: [{ name: 'odd', ...form }] })
      await world.start()
      await world.during(world.engine.publishAll(trades(20)))
      await world.during(world.engine.drain(), 1_000)
      expectQuiet(world)
      expect(world.engine.ledger().deliveries).toMatchObject({ due: 20, succeeded: 20, inFlight: 0 })
      expect(world.engine.state).toBe('running.flowing')
    }
  })

  it('that throws has failed, and no more than that', async () => {
    const broken = thenable(() => {
      throw new Error('no promise')
    })
    for (const form of forms(broken)) {
      const world = engineOn({ strategies: [{ name: 'odd', breaker: { disabled: true }, ...form }] })
      await world.start()
      await world.during(world.engine.publishAll(trades(20)))
      await world.during(world.engine.drain(), 1_000)
      expectQuiet(world)
      expect(world.engine.ledger().deliveries).toMatchObject({ due: 20, deadLettered: 20 })
      expect(world.engine.deadLetters.list()[0]?.error).toBe('no promise')
      expect(world.engine.state).toBe('running.flowing')
    }
  })
})

describe('a hook whose answer has a then of its own', () => {
  it('is waited for like any other', async () => {
    const handled: boolean[] = []
    let ready = false
    const world = engineOn({
      strategies: [
        {
          name: 'odd',
          onStart: () =>
            thenable((fulfil) =>
              queueMicrotask(() => {
                ready = true
                fulfil()
              }),
            ) as Promise<void>,
          onEvent: () => void handled.push(ready),
        },
      ],
    })
    await world.start()
    await world.during(world.engine.publishAll(trades(2)))
    await world.during(world.engine.drain(), 1_000)
    expect(handled).toEqual([true, true])
  })

  it('that throws keeps the engine from starting, as a hook that throws does', async () => {
    const onStart = () => thenable(() => expect.fail('no promise')) as Promise<void>
    const world = engineOn({ strategies: [{ name: 'odd', onStart, onEvent: () => {} }], restart: { maxRestarts: 0 } })
    await expect(world.start()).rejects.toThrow('no promise')
  })
})

describe('a feed whose prepare answers what is no promise', () => {
  it.each([null, true, 0])('is prepared if that is %s', async (answer) => {
    const prepare = () => answer as unknown as Promise<void>
    const feed = {
      name: 'odd',
      recorded: false,
      prepare,
      async *read() {
        yield trades(2)
      },
    }
    const world = engineOn({ feeds: [feed] })
    await world.start()
    await world.during(world.engine.finished(), 1_000)
    expect(world.engine.ledger().events.accepted).toBe(2)
  })
})
