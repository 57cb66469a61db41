import { createEngine, defineStrategy, signal, trade } from 'outcry'

const jump = defineStrategy({
  name: 'jump',
  subscribe: { types: ['trade'] },
  state: () => new Map<string, number>(),
  onEvent(event, { state: last }) {
    const { symbol = '', payload } = event
    const before = last.get(symbol) ?? payload.price
    last.set(symbol, payload.price)
    if (payload.price > before * 1.01) return signal({ symbol, side: 'buy', strength: 0.7, cause: event })
  },
})

const engine = createEngine({ strategies: [jump] })
engine.on('signal', ({ symbol, payload }) => console.log(payload.side, symbol, payload.strength))
await engine.start()
for (const price of [100, 100.5, 103, 102]) await engine.publish(trade({ symbol: 'AAPL', price, size: 10 }))
await engine.stop()
