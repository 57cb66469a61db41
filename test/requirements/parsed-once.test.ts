import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createEngine, defineEvent, MemoryJournal, trade } from '../../src/index.js'

/** Schemas that were compiled so far. */
const compiled = vi.hoisted(() => ({ count: 0 }))

vi.mock('zod', async (importOriginal) => {
  const zod = await importOriginal<typeof import('zod')>()
  const compile: typeof zod.z.compile = (schema, ...rest) => {
    compiled.count += 1
    return zod.z.compile(schema, ...rest)
  }
  return { ...zod, z: { ...zod.z, compile } }
})

it('a draft is parsed when it is made and by no part of an engine again, and the wire form once (rows 3464, 3476, 3477)', async () => {
  let runs = 0
  const counted = defineEvent({
    type: 'counted',
    payload: z.object({ a: z.number() }).refine(() => {
      runs += 1
      return true
    }),
  })
  const drafts = Array.from({ length: 5 }, (_, a) => counted({ a }))
  expect(runs).toBe(5)
  let published = false
  const engine = createEngine({
    events: [counted],
    journal: new MemoryJournal(),
    history: true,
    rateLimits: { sources: { '*': { ratePerSecond: 1_000_000 } } },
    feeds: [
      {
        name: 'live',
        recorded: false,
        async *read() {
          yield drafts.slice(0, 1)
        },
      },
    ],
    strategies: [
      {
        name: 'publishes',
        onEvent: (_event, { publish }) => {
          if (published) return
          published = true
          publish(drafts[1] as (typeof drafts)[number])
        },
      },
    ],
  })
  await engine.start()
  await engine.finished()
  engine.offer(drafts[2] as (typeof drafts)[number])
  await engine.publish(drafts[3] as (typeof drafts)[number])
  await engine.publishAll(drafts.slice(4))
  await engine.drain()
  expect(runs).toBe(5)
  await engine.publish({ type: 'counted', payload: { a: 6 } })
  await engine.drain()
  expect(runs).toBe(6)
  const { events, derived } = (await engine.stop()).ledger
  expect([events.accepted, derived.accepted]).toEqual([5, 1])
})

it('a schema is compiled once, whatever comes of its type and in which form (rows 3464, 3476, 3477)', async () => {
  const engine = createEngine()
  await engine.start()
  const both = (): void => {
    engine.offer(trade({ symbol: 'AAPL', price: 1, size: 1 }))
    engine.offer({ type: 'trade', symbol: 'AAPL', payload: { price: 1, size: 1 } })
  }
  both()
  const before = compiled.count
  expect(before).toBeGreaterThan(0)
  for (let each = 0; each < 100; each += 1) both()
  await engine.drain()
  expect(compiled.count).toBe(before)
  expect((await engine.stop()).ledger.events.accepted).toBe(202)
})
