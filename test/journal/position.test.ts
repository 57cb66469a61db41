import { expect, it } from 'vitest'
import { createEngine } from '../../actors/engine.js'
import { trade } from '../../src/events/catalogue/market.js'
import type { Feed } from '../../src/feeds/feed.js'
import { MemoryJournal } from '../../src/journal/memory.js'
import type { JournalBatch } from '../../src/journal/records.js'

class WatchedJournal extends MemoryJournal {
  readonly batches: JournalBatch[] = []

  override async append(batch: JournalBatch, sync: boolean): Promise<void> {
    this.batches.push(batch)
    await super.append(batch, sync)
  }
}

it('the place in a recording that a batch holds is never ahead of the events that are journalled with it', async () => {
  const count = 200
  const feed: Feed = {
    name: 'days',
    recorded: true,
    async *read() {
      // A day apart, so that each has a boundary of its own to wait for.
      for (let n = 0; n < count; n += 1) {
        yield [trade({ id: `t-${n}`, symbol: 'S', price: 1, size: 1, timestamp: 1_700_000_000_000 + n * 86_400_000 })]
      }
    },
  }
  const journal = new WatchedJournal()
  const engine = createEngine({ journal, feeds: [feed] })
  await engine.start()
  await engine.finished()
  await engine.stop()
  let events = 0
  const ahead: unknown[] = []
  for (const { events: some = [], position } of journal.batches) {
    events += some.length
    if (position !== undefined && position.items > events) ahead.push({ events, position })
  }
  expect(events).toBe(count)
  expect(journal.batches.length).toBeGreaterThan(count / 2)
  expect(ahead).toEqual([])
})
