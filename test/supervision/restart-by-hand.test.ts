import { describe, expect, it } from 'vitest'
import { createEngine, defineStrategy } from '../../src/index.js'

describe('the restarts of a strategy', () => {
  it('count what its policy does after a failure, and its generation what was asked for as well', async () => {
    const strategy = defineStrategy({ name: 'a', onEvent: () => undefined })
    await using engine = createEngine({ strategies: [strategy] })
    await engine.start()
    const before = engine.strategies.list()[0]?.generation ?? Number.NaN
    await engine.strategies.restart('a')
    const after = engine.strategies.list()[0]
    expect(after?.restarts).toBe(0)
    expect(after?.generation).toBeGreaterThan(before)
  })
})
