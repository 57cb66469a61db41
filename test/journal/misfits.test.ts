import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EngineOptions } from '../../actors/options.js'
import { createEngine, defineEvent, isOutcryError, trade } from '../../src/index.js'
import { lmdbJournal } from '../../src/journal/lmdb/index.js'
import { imbalances } from '../../src/metrics/imbalances.js'
import { unwritable } from '../support/unwritable.js'
import { all } from './support.js'

const anything = defineEvent({ type: 'anything', payload: z.object({ value: z.any() }) })
const price = (n: number) => trade({ id: `t-${n}`, symbol: `S${n % 5}`, price: n + 1, size: 1 })

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outcry-misfits-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function engineOn(options: EngineOptions = {}) {
  const seen: string[] = []
  const strategy = { name: 'seeing', onEvent: ({ id }: { readonly id: string }) => void seen.push(id) }
  const engine = createEngine({ events: [anything], strategies: [strategy], journal: lmdbJournal(folder), ...options })
  const faults: unknown[] = []
  engine.on('fault', ({ error }) => faults.push(error))
  return { engine, seen, faults }
}

async function written(): Promise<readonly string[]> {
  const journal = lmdbJournal(folder)
  await journal.open({ version: 'test', configuration: '', startedAt: 0 })
  const events = await all(journal.read())
  await journal.close('clean', 0)
  return events.map(({ id }) => id)
}

describe('a journal that is given what cannot be written', () => {
  it.each(Object.entries(unwritable))('refuses %s, by name, and goes on with all others', async (_, make) => {
    const { engine, seen, faults } = engineOn()
    await engine.start()
    const misfit = anything({ id: 'odd', value: make() })
    const summary = await engine.publishAll([price(1), misfit, price(2)])
    expect(summary).toMatchObject({ accepted: 2, refused: 1 })
    expect(summary.problems).toEqual([{ status: 'refused', id: 'odd', reason: 'journal' }])
    expect(await engine.publish(price(3))).toMatchObject({ status: 'accepted' })
    const [fault] = faults
    expect(isOutcryError(fault) && [fault.code, fault.path]).toEqual(['OUTCRY_EVENT_INVALID', 'payload'])
    expect(String(fault)).toMatch(/anything: the payload of odd cannot be written to /)
    expect(faults).toHaveLength(1)
    expect(engine.health().reasons).toEqual([])
    const { clean, ledger } = await engine.stop()
    expect(clean).toBe(true)
    expect(imbalances(ledger)).toEqual([])
    expect(seen).toEqual(['t-1', 't-2', 't-3'])
    expect(await written()).toEqual(['t-1', 't-2', 't-3'])
  })

  it('takes nothing of its source’s rate for what cannot be written', async () => {
    const { engine } = engineOn({ rateLimits: { sources: { '*': { ratePerSecond: 0.001, burst: 2 } } } })
    await engine.start()
    const [[, make]] = Object.entries(unwritable) as [[string, () => object]]
    const statuses: string[] = []
    for (const at of [0, 1, 2]) {
      statuses.push(
        (await engine.publish(anything({ id: `odd-${at}`, source: 'wire', value: make() as never }))).status,
      )
    }
    for (const at of [3, 4, 5]) statuses.push((await engine.publish(price(at).withSource('wire'))).status)
    expect(statuses).toEqual(['refused', 'refused', 'refused', 'accepted', 'accepted', 'refused'])
    await engine.stop()
  })

  it('goes on without what was answered as accepted already, in its turn, and counts it', async () => {
    const { engine, seen, faults } = engineOn()
    await engine.start()
    const receipts = [price(1), anything({ id: 'odd', value: () => {} }), price(2)].map((event) => engine.offer(event))
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted'])
    expect(await engine.publish(price(3))).toMatchObject({ status: 'accepted' })
    await engine.drain()
    expect([...seen].sort()).toEqual(['odd', 't-1', 't-2', 't-3'])
    expect(engine.stats.get().journal).toMatchObject({ unjournalled: 1, failing: false, failures: 0 })
    expect(faults).toHaveLength(1)
    expect((await engine.stop()).clean).toBe(true)
    expect(await written()).toEqual(['t-1', 't-2', 't-3'])
  })

  it('counts it as unjournalled where nobody waits for the journal', async () => {
    const { engine, faults } = engineOn({ durability: 'interval', journalling: { intervalMs: 5 } })
    await engine.start()
    expect(await engine.publish(anything({ id: 'odd', value: () => {} }))).toMatchObject({ status: 'accepted' })
    await engine.publish(price(1))
    await engine.drain()
    await engine.stop()
    expect(engine.stats.get().journal).toMatchObject({ unjournalled: 1, failures: 0 })
    expect(faults).toHaveLength(1)
    expect(await written()).toEqual(['t-1'])
  })

  it('keeps a dead letter without its event, and forgoes a state that cannot be serialised', async () => {
    const shared = new SharedArrayBuffer(8)
    const { engine } = engineOn({
      strategies: [
        {
          name: 'failing',
          snapshot: () => ({ shared }),
          snapshotEvery: 1,
          onEvent: ({ type }) => {
            if (type === 'anything') throw new Error('no')
          },
        },
      ],
    })
    await engine.start()
    engine.offer(anything({ id: 'odd', value: () => {} }))
    await engine.drain()
    await engine.publish(price(1))
    await engine.drain()
    await engine.publish(price(2))
    expect((await engine.stop()).clean).toBe(true)
    expect(await written()).toEqual(['t-1', 't-2'])
    const again = engineOn({ strategies: [{ name: 'failing', onEvent: () => {} }] })
    await again.engine.start()
    expect(again.engine.deadLetters.list()).toMatchObject([{ strategy: 'failing', error: 'no', event: undefined }])
    await again.engine.stop()
  })
})
