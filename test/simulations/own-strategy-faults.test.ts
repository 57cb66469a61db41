import { createEngine, defineStrategy, signal, type VirtualEnvironment } from 'outcry'
import { expect, it } from 'vitest'
import { type Invariant, parseScenario, replay, scenarioOf, shrinkFailure, simulate } from '../../simulations/index.js'

/** It is to buy each symbol once, and forgets what it bought whenever it begins anew. */
const forgetful = defineStrategy({
  name: 'forgetful',
  subscribe: { types: ['trade'] },
  state: () => new Set<string>(),
  onEvent(event, { state: bought }) {
    const { symbol } = event
    if (symbol === undefined || bought.has(symbol)) return undefined
    bought.add(symbol)
    return signal({ symbol, side: 'buy', strength: 1, cause: event })
  },
})

const oncePerSymbol: Invariant = (engine, fail) => {
  const bought = new Set<string>()
  engine.on('signal', ({ symbol = '' }) => {
    if (bought.has(symbol)) fail(`${symbol} was bought twice`)
    bought.add(symbol)
  })
}

const options = {
  createEngine: (environment: VirtualEnvironment) => createEngine({ environment, strategies: [forgetful] }),
  invariants: [oncePerSymbol],
  events: { events: 100, symbols: 2 },
}

it.each(['restart', 'replace'] as const)(
  'a strategy of the user’s own really begins anew with the action %s',
  async (action) => {
    const fault = { kind: 'strategy', strategy: 'forgetful', action, atMs: 30_000, forMs: 1 } as const
    const untouched = await replay(scenarioOf(1, options), options)
    expect(untouched.result.violations).toEqual([])
    const { result } = await replay({ ...scenarioOf(1, options), faults: [fault] }, options)
    expect(result.violations[0]?.message).toMatch(/was bought twice/)
  },
)

it('what a seed finds by such faults is reduced to one of them, and replayed', async () => {
  const { failed, scenario } = await simulate({ ...options, seeds: 30, faults: ['strategy'] })
  expect(failed?.violations[0]?.message).toMatch(/was bought twice/)
  if (scenario === undefined) throw new Error('no scenario')
  const small = (await shrinkFailure(scenario, options))?.scenario
  expect(small?.events.length).toBeLessThanOrEqual(2)
  expect(small?.faults).toMatchObject([{ kind: 'strategy', strategy: 'forgetful' }])
  const { result } = await replay(parseScenario(JSON.stringify(small), 'small.json'), options)
  expect(result.violations[0]?.message).toMatch(/was bought twice/)
})
