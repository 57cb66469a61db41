import {
  createEngine,
  defineStrategy,
  type Engine,
  type StrategyDefinition,
  tradingStatus,
  type VirtualEnvironment,
} from 'outcry'
import type { Invariant } from 'outcry/simulation'

/** What each engine's witness has heard of halts. */
const heard = new WeakMap<Engine, ReadonlySet<string>>()

/**
 * An engine with a strategy under test, and before it a witness that hears of every halt at the same
 * time. The environment is all that differs from the engine that runs live.
 */
export function engineWith(
  // biome-ignore lint/suspicious/noExplicitAny: a strategy of any state and event type can be tested.
  strategy: StrategyDefinition<any, any>,
): (environment: VirtualEnvironment) => Engine {
  return (environment) => {
    const halted = new Set<string>()
    const witness = defineStrategy({
      name: 'witness',
      subscribe: { types: [tradingStatus] },
      onEvent({ symbol, payload }) {
        if (symbol === undefined) return
        if (payload.status === 'halted') halted.add(symbol)
        else halted.delete(symbol)
      },
    })
    const engine = createEngine({ environment, strategies: [witness, strategy] })
    heard.set(engine, halted)
    return engine
  }
}

/** Nothing is bought while its trading is halted. */
export const noHaltedBuys: Invariant = (engine, fail) => {
  engine.on('signal', ({ symbol, payload }) => {
    if (payload.side === 'buy' && symbol !== undefined && heard.get(engine)?.has(symbol) === true)
      fail(`${symbol} is bought while it is halted`)
  })
}
