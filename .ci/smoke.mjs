/** What a user of the packed package can do: import each subpath, run an engine for one event, and stop it. */
import assert from 'node:assert/strict'
import { createEngine, defineStrategy, signal, trade } from 'outcry'

for (const subpath of [
  'outcry',
  'outcry/machines',
  'outcry/actors',
  'outcry/simulation',
  'outcry/inspector',
  'outcry/metrics',
]) {
  assert.ok(Object.keys(await import(subpath)).length > 0, `${subpath} exports something`)
}

// What stands on an optional package says so where that is not installed.
const peers = {
  'outcry/http': 'undici',
  'outcry/lmdb': 'lmdb',
  'outcry/opentelemetry': '@opentelemetry/api',
  'outcry/postgres': 'pg',
}
for (const [subpath, peer] of Object.entries(peers)) {
  await assert.rejects(import(subpath), {
    code: 'OUTCRY_PEER_MISSING',
    message: `${subpath} needs the package ${peer}, which is not installed: npm install ${peer}`,
  })
}

const buyer = defineStrategy({
  name: 'buyer',
  subscribe: { types: ['trade'] },
  onEvent: (event) => signal({ symbol: event.symbol, side: 'buy', strength: 1, cause: event }),
})
const engine = createEngine({ strategies: [buyer] })
const signals = []
engine.on('signal', (fact) => signals.push(fact))
await engine.start()
const receipt = await engine.publish(trade({ symbol: 'AAPL', price: 187.2, size: 100 }))
assert.equal(receipt.status, 'accepted')
await engine.drain()
const { clean } = await engine.stop()
assert.ok(clean, 'the engine stopped clean')
assert.equal(signals.length, 1)
assert.equal(signals[0].payload.side, 'buy')
console.log('package: imported, ran and stopped')
