import { describe, expect, it } from 'vitest'
import { portOf } from '../../actors/engine.js'
import type { EngineOptions } from '../../actors/options.js'
import { createEngine } from '../../src/index.js'
import { MemoryJournal } from '../../src/journal/memory.js'
import type { JournalBatch } from '../../src/journal/records.js'
import { dispatchOf } from './support.js'

/** A journal that takes nothing while it is down. */
class DownJournal extends MemoryJournal {
  down = false

  override async append(batch: JournalBatch, sync: boolean): Promise<void> {
    if (this.down) throw new Error('the disk is full')
    await super.append(batch, sync)
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000 && !condition(); round += 1) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(condition()).toBe(true)
}

const engineOn = (journal: MemoryJournal, options: EngineOptions = {}) =>
  createEngine({
    journal,
    journalling: { onFailure: 'continue' },
    ...options,
  })

describe('a journal that is down while an engine goes on without it', () => {
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
