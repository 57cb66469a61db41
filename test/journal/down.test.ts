import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import type { EngineOptions } from '../../actors/options.js'
import { createEngine, trade } from '../../src/index.js'
import { MemoryJournal } from '../../src/journal/memory.js'
import type { JournalBatch } from '../../src/journal/records.js'
import { dispatchOf } from './support.js'

/** A journal that takes nothing while it is down. */
class DownJournal extends MemoryJournal {
  readonly batches: JournalBatch[] = []
  down = false

  override async append(batch: JournalBatch, sync: boolean): Promise<void> {
    if (this.down) throw new Error('the disk is full')
    this.batches.push(batch)
    await super.append(batch, sync)
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000 && !condition(); round += 1) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(condition()).toBe(true)
}

const failing = {
  name: 'failing',
  onEvent: () => {
    throw new Error('always')
  },
}

const engineOn = (journal: MemoryJournal, options: EngineOptions = {}) =>
  createEngine({
    journal,
    strategies: [failing],
    breaker: { disabled: true },
    journalling: { onFailure: 'continue' },
    ...options,
  })

const price = (n: number) => trade({ id: `t-${n}`, symbol: 'A', price: 1, size: 1 })
const heldBy = (engine: ReturnType<typeof createEngine>) => engine.deadLetters.list({}).map(({ id }) => id)

describe('a journal that is down while an engine goes on without it', () => {
  it('is told of the letters that it has, and not of all that came and went meanwhile', async () => {
    const journal = new DownJournal()
    const engine = engineOn(journal, { deadLetters: { maxCount: 10 } })
    await engine.start()
    for (let n = 0; n < 10; n += 1) await engine.publish(price(n))
    await engine.drain()
    const writer = () => portOf(engine).plane.journalling?.writer
    await until(() => writer()?.quiet === true)
    const before = heldBy(engine)
    journal.down = true
    for (let n = 10; n < 2_000; n += 1) await engine.publish(price(n))
    await engine.drain()
    const tried = writer()?.counts.failures ?? 0
    journal.down = false
    const written = journal.batches.length
    await until(() => writer()?.failing === false && writer()?.quiet === true)
    const gone = journal.batches.slice(written).flatMap(({ lettersGone = [] }) => lettersGone)
    expect(gone).toEqual(expect.arrayContaining(before))
    expect(gone.length).toBeLessThanOrEqual(10 + 10 * tried)
    const held = heldBy(engine)
    await engine.stop()
    const again = engineOn(journal)
    await again.start()
    expect(heldBy(again)).toEqual(held)
    await again.stop()
  })

  it('is told of letters that found no room when they came back at a start', async () => {
    const journal = new DownJournal()
    const first = engineOn(journal)
    await first.start()
    for (let n = 0; n < 5; n += 1) await first.publish(price(n))
    await first.drain()
    const held = heldBy(first)
    await first.stop()
    const small = engineOn(journal, { deadLetters: { maxCount: 2 } })
    await small.start()
    expect(heldBy(small)).toEqual(held.slice(3))
    await small.stop()
    const last = engineOn(journal)
    await last.start()
    expect(heldBy(last)).toEqual(held.slice(3))
    // What came back is there already: it is not written once more.
    const letters = journal.batches.flatMap((batch) => batch.letters ?? [])
    expect(letters.map(({ id }) => id)).toEqual(held)
    await last.stop()
  })

  it('counts and logs the dispatch records that were given up', async () => {
    const lines: unknown[] = []
    const logger = { debug: () => {}, info: () => {}, warn: (line: unknown) => void lines.push(line), error: () => {} }
    const journal = new DownJournal()
    const engine = engineOn(journal, { logger: logger as never })
    await engine.start()
    expect(engine.stats.get().journal?.dispatchesDropped).toBe(0)
    journal.down = true
    portOf(engine).plane.journalling?.writer.note((pending) => {
      for (let chunk = 1; chunk <= 100_001; chunk += 1) pending.dispatch(dispatchOf(chunk, chunk, chunk))
    })
    expect(portOf(engine).plane.journalling?.writer.counts.dispatchesDropped).toBe(50_000)
    expect(lines).toContainEqual({ journal: journal.name, dispatchesDropped: 50_000 })
    await until(() => engine.stats.get().journal?.failing === true)
    expect(engine.stats.get().journal?.dispatchesDropped).toBe(50_000)
    journal.down = false
    await until(() => engine.stats.get().journal?.failing === false)
    expect(lines).toContainEqual(expect.objectContaining({ unjournalled: 0, refused: 0, dispatchesDropped: 50_000 }))
    await engine.stop()
  })
})
