import { setFlagsFromString } from 'node:v8'
import { createEngine, defineStrategy, trade } from 'outcry'
import { expect, it } from 'vitest'

/** Whether V8 keeps the object's properties by a shape and not in a hash table, in which each has to be looked up. */
const hasShape = (object: object): boolean => {
  setFlagsFromString('--allow-natives-syntax')
  return new Function('object', 'return %HasFastProperties(object)')(object)
}

it('what a host and a handler call for every event is no hash table', async () => {
  let context: object | undefined
  const strategy = defineStrategy({
    name: 'one',
    onEvents(_events, given) {
      context = given
    },
  })
  const engines = [createEngine({ strategies: [strategy] }), createEngine({ strategies: [strategy] })]
  for (const engine of engines) {
    await engine.start()
    await engine.publish(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    await engine.drain()
    expect(hasShape(engine)).toBe(true)
    expect(hasShape(context ?? {})).toBe(true)
    expect(engine.state).toBe('running.flowing')
    await engine.stop()
    expect(engine.state).toBe('stopped')
  }
})
