import { describe, expect, it } from 'vitest'
import { createEngine, defineStrategy, signal, trade } from '../../src/index.js'

const answering = () =>
  defineStrategy({
    name: 'answering',
    subscribe: { types: ['trade'] },
    onEvent: (event) => signal({ symbol: event.symbol, side: 'buy', strength: 1, cause: event }),
  })

describe('an engine that is misused', () => {
  it('refuses to start again once it has stopped', async () => {
    const engine = createEngine()
    await engine.start()
    await engine.stop()
    await expect(engine.start()).rejects.toMatchObject({ code: 'OUTCRY_ENGINE_STATE' })
  })

  it('says which facts there are to one who listens to another', () => {
    const engine = createEngine()
    expect(() => engine.on('nope' as 'signal', () => {})).toThrow(/"nope".*signal, deadLetter/)
    expect(() => engine.on('signal', 5 as never)).toThrow(/listener of signal is number/)
  })

  it('takes a listener that rejects for a fault, and goes on', async () => {
    await using engine = createEngine({ strategies: [answering()] })
    const faults: string[] = []
    engine.on('fault', ({ where }) => faults.push(where))
    engine.on('signal', (() => Promise.reject(new Error('not today'))) as () => void)
    await engine.start()
    await engine.publish(trade({ symbol: 'A', price: 1, size: 1 }))
    await engine.drain()
    await new Promise((resolve) => setImmediate(resolve))
    expect(faults).toEqual(['listener of signal'])
    expect(engine.ledger().events.settled).toBe(1)
  })

  it('refuses what cannot be published from, by name', async () => {
    const engine = createEngine()
    await expect(engine.publishAll(5 as never)).rejects.toMatchObject({ code: 'OUTCRY_OPTION_INVALID', path: 'events' })
  })
})
