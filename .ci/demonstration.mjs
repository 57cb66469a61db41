/** Asserts the facts of the bundled demonstration on its `--json` output, and that every run given has one digest. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const paths = process.argv.slice(2)
assert.ok(paths.length > 0, 'usage: node .ci/demonstration.mjs RUN.json…')
const runs = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')))

/** 21,578 items of the newswire and 5,105 daily bars. */
const PUBLISHED = 26_683

for (const [index, run] of runs.entries()) {
  const { events: e, deliveries: d, deadLetters: l } = run
  const where = `run ${index + 1}`
  assert.equal(e.published, PUBLISHED, `${where}: published`)
  assert.equal(e.published, e.invalid + e.duplicate + e.refused + e.accepted, `${where}: receipts`)
  assert.equal(
    e.accepted,
    e.settled + e.conflated + e.expired + e.evicted + e.abandoned + e.queued + e.inFlight,
    `${where}: fates of events`,
  )
  assert.equal(e.queued + e.inFlight + d.inFlight, 0, `${where}: nothing queued or in flight`)
  assert.equal(d.due, d.succeeded + d.deadLettered + d.skipped + d.abandoned + d.inFlight, `${where}: deliveries`)
  assert.equal(l.entered, l.held + l.redriven + l.discarded + l.evicted, `${where}: dead letters`)
  assert.ok(run.signals > 0, `${where}: signals`)
  assert.match(run.digest, /^[0-9a-f]{16}$/, `${where}: digest`)
  for (const name of ['elapsedMs', 'eventsPerSecond', 'peakRssMb']) assert.ok(run[name] > 0, `${where}: ${name}`)
  for (const name of ['p50', 'p99', 'max']) assert.ok(run.latencyMs[name] >= 0, `${where}: latencyMs.${name}`)
}
assert.deepEqual(
  new Set(runs.map(({ digest }) => digest)).size,
  1,
  `one digest, not ${runs.map(({ digest }) => digest)}`,
)
const [first] = runs
console.log(
  `demonstration: ${first.events.published} published, ${first.signals} signals, ${first.eventsPerSecond} events/s, digest ${first.digest} in ${runs.length} runs`,
)
