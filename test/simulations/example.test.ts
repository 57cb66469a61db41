import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buyTheNews, buyTheNewsMended } from '../../examples/simulation/buy-the-news.js'
import { engineWith, noHaltedBuys } from '../../examples/simulation/no-halted-buys.js'
import { describeFailure, parseScenario, replay, shrinkFailure, simulate } from '../../simulations/index.js'
import { defineStrategy, signal } from '../../src/index.js'

const invariants = [noHaltedBuys]

it('a strategy’s bug is found by a seed, reduced to a few events, and replayed from its file', async () => {
  const options = { createEngine: engineWith(buyTheNews), invariants, events: { events: 300 } }
  const report = await simulate({ ...options, seeds: 20 })
  expect(describeFailure(report)).toMatch(
    /^seed \d+ of \d+ failed; .*\n {2}invariant: \S+ is bought while it is halted/,
  )
  if (report.scenario === undefined) throw new Error('no scenario')

  const shrunk = await shrinkFailure(report.scenario, options)
  expect(shrunk?.scenario.events.length).toBeLessThan(20)
  expect(shrunk?.scenario.events.length).toBe(2)

  const folder = mkdtempSync(join(tmpdir(), 'outcry-'))
  try {
    const file = join(folder, 'halted.json')
    writeFileSync(file, JSON.stringify(shrunk?.scenario))
    const kept = parseScenario(readFileSync(file, 'utf8'), file)
    const again = await replay(kept, options)
    expect(again.result.violations[0]?.message).toMatch(/is bought while it is halted/)
    const mended = await replay(kept, { createEngine: engineWith(buyTheNewsMended), invariants })
    expect(mended.result.violations).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('the strategy without the bug is clean, faults or not', async () => {
  const createEngine = engineWith(buyTheNewsMended)
  expect(describeFailure(await simulate({ createEngine, invariants, seeds: 3 }))).toBe('')
  const faults = ['stall', 'pause', 'restart', 'clock', 'listener'] as const
  expect(describeFailure(await simulate({ createEngine, invariants, seeds: 3, faults }))).toBe('')
})

it('real time that a strategy asks for is told with the line that asked', async () => {
  const stamped = defineStrategy({
    name: 'stamped',
    subscribe: { types: ['trade'] },
    onEvent: (event) =>
      Date.now() > 0 ? signal({ symbol: event.symbol ?? 'A', side: 'buy', strength: 1, cause: event }) : undefined,
  })
  const report = await simulate({ createEngine: engineWith(stamped), seeds: 1, events: { events: 20 } })
  expect(describeFailure(report)).toMatch(
    /real-time: Date\.now was called in a simulation.*\n(?: {4}at .*\n)* {4}at .*example\.test\.ts/,
  )
})
