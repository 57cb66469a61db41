import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createEngine, signal, trade } from '../../src/index.js'
import { encodingsMade } from '../../src/journal/encode.js'
import { lmdbJournal } from '../../src/journal/lmdb/index.js'

it('an event of an engine with a journal, a history and dead letters is encoded once, its signals too (row 3485)', async () => {
  const path = mkdtempSync(join(tmpdir(), 'outcry-encoded-'))
  try {
    const engine = createEngine({
      journal: lmdbJournal(path),
      history: true,
      breaker: { disabled: true },
      strategies: [
        {
          name: 'signals',
          onEvent: (cause) => signal({ symbol: cause.symbol ?? '', side: 'buy', strength: 0.5, cause }),
        },
        {
          name: 'fails',
          onEvent: () => {
            throw new Error('always')
          },
        },
      ],
    })
    await engine.start()
    const before = encodingsMade()
    await engine.publishAll(Array.from({ length: 500 }, (_, at) => trade({ symbol: `S${at % 5}`, price: 1, size: 1 })))
    await engine.drain()
    for await (const event of engine.history.query({})) expect(event.sequence).toBeGreaterThan(0)
    await engine.stop()
    const { events, derived, deadLetters } = engine.ledger()
    expect([events.accepted, derived.accepted, deadLetters.entered]).toEqual([500, 500, 500])
    expect(encodingsMade() - before).toBe(1_000)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})
