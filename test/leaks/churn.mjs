/**
 * One kind of coming and going, many times over the build, between two full collections of garbage:
 * `node --expose-gc test/leaks/churn.mjs KIND CYCLES`. Prints the growth of the heap as one JSON object.
 */
import { createEngine, trade } from '../../dist/src/index.js'

const [kind = '', count = '1000'] = process.argv.slice(2)
const cycles = Number(count)

/** Subscriptions of one function each, over 10,000 types. */
async function subscriptions() {
  const engine = createEngine()
  await engine.start()
  const round = async (times) => {
    for (let at = 0; at < times; at += 1) {
      engine.subscribe([`leak.t${at % 10_000}`], () => {})()
      if (at % 100 === 99) await new Promise(setImmediate)
    }
  }
  return { round, end: () => engine.stop(), left: () => engine.strategies.list().length }
}

/** Restarts of one strategy among others. */
async function restarts() {
  const strategies = ['a', 'b', 'c'].map((name) => ({ name, state: () => new Map(), onEvent() {} }))
  const engine = createEngine({ strategies })
  await engine.start()
  const round = async (times) => {
    for (let at = 0; at < times; at += 1) await engine.strategies.restart('b')
  }
  return { round, end: () => engine.stop(), left: () => engine.strategies.list().length - 3 }
}

/** Engines that are made, started, used once and stopped. */
async function engines() {
  const round = async (times) => {
    for (let at = 0; at < times; at += 1) {
      const engine = createEngine({ strategies: [{ name: 's', onEvent() {} }], dedupe: { window: 64 } })
      await engine.start()
      await engine.publish(trade({ symbol: 'A', price: 1, size: 1 }))
      await engine.drain()
      await engine.stop()
    }
  }
  const handles = () => process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate/.test(name)).length
  const before = handles()
  return { round, end: async () => {}, left: () => handles() - before }
}

/** Events through ten strategies. */
const events = () => through(10, 256)

/** Chunks of one event each. */
const chunks = () => through(1, 1)

async function through(count, maxEvents) {
  const strategies = Array.from({ length: count }, (_, index) => ({ name: `s${index}`, onEvents() {} }))
  const engine = createEngine({ strategies, chunk: { maxEvents } })
  await engine.start()
  const round = async (times) => {
    for (let at = 0; at < times; at += 1) {
      engine.offer(trade({ symbol: `S${at % 100}`, price: 1, size: 1 }))
      if (at % 1_000 === 999) await engine.drain()
    }
    await engine.drain()
  }
  return {
    round,
    end: () => engine.stop(),
    left: () => engine.ledger().events.queued + engine.ledger().events.inFlight,
  }
}

/** Events that all fail, so that each is a dead letter. */
async function failures() {
  const onEvent = () => {
    throw new Error('always')
  }
  const strategy = { name: 's', breaker: { disabled: true }, onEvent }
  const engine = createEngine({ strategies: [strategy], deadLetters: { maxCount: 1_000 } })
  await engine.start()
  const round = async (times) => {
    for (let at = 0; at < times; at += 1) {
      engine.offer(trade({ symbol: `S${at % 100}`, price: 1, size: 1 }))
      if (at % 1_000 === 999) await engine.drain()
    }
    await engine.drain()
  }
  const left = () => {
    const { entered, held, redriven, discarded, evicted } = engine.ledger().deadLetters
    return held - 1_000 + (entered - held - redriven - discarded - evicted)
  }
  return { round, end: () => engine.stop(), left }
}

const KINDS = { subscriptions, restarts, engines, events, chunks, failures }

async function heapBytes() {
  // What the last turn left is garbage only in the next; one collection may keep what another finds.
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise(setImmediate)
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

const { round, end, left } = await KINDS[kind]()
// Code that is compiled and tables that grow to their bound are no leak.
await round(Math.max(2_000, Math.min(cycles, 120_000) / 5))
const before = await heapBytes()
await round(cycles)
const growthBytes = (await heapBytes()) - before
console.log(JSON.stringify({ kind, cycles, growthBytes, left: left() }))
await end()
