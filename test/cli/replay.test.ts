import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createEngine } from '../../actors/engine.js'
import { OutcryEvent } from '../../src/index.js'
import { lmdbJournal } from '../../src/journal/lmdb/index.js'
import { outcry } from './fakes.js'

const folder = mkdtempSync(join(tmpdir(), 'outcry-replay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const START = Date.UTC(2024, 5, 10, 13, 30)
const rows = Array.from({ length: 600 }, (_, index) => ({
  id: `t${index}`,
  type: index % 10 === 0 ? 'news' : 'trade',
  timestamp: START + index * 100,
  symbol: 'ABC'[index % 3],
  payload: index % 10 === 0 ? { headline: `item ${index}` } : { price: 1 + ((index * 37) % 101), size: 1 },
}))
const day = join(folder, 'day.ndjson')
writeFileSync(day, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))

const strategy = join(folder, 'rising.mjs')
writeFileSync(
  strategy,
  `export default {
  name: 'rising', subscribe: { types: ['trade'] }, state: () => ({ last: 0, sent: 0 }),
  onEvent(event, { state, publish }) { state.last = event.payload.price },
}`,
)

/** With the real engine. */
const run = (...argv: string[]) => outcry(argv, { engine: createEngine })
const played = async (...argv: string[]) => {
  const { code, out, err } = await run(...argv, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out) as { digest: string; events: { accepted: number; settled: number }; elapsedMs: number }
}

describe('outcry replay', () => {
  it('plays a file to the digest of the run over it', async () => {
    const first = await played('run', '--feed', `ndjson:${day}`, '--strategy', strategy)
    const again = await played('replay', day, '--strategy', strategy)
    expect(again.events).toMatchObject({ accepted: 600, settled: 600 })
    expect(again.digest).toBe(first.digest)
    expect((await played('replay', `ndjson:${day}`, '--strategy', strategy)).digest).toBe(first.digest)
  })

  it('plays what is asked for', async () => {
    const accepted = async (...flags: string[]) =>
      (await played('replay', day, '--strategy', strategy, ...flags)).events.accepted
    expect(await accepted('--symbols', 'A')).toBe(200)
    expect(await accepted('--types', 'trade', '--symbols', 'A', 'B')).toBe(360)
    expect(await accepted('--types', 'trade', '--from', '2024-06-10T13:30:01Z', '--to', String(START + 2_000))).toBe(9)
    expect(await accepted('--types', 'trade', '--order', 'event-time')).toBe(540)
  })

  it('keeps the pace that it is given', async () => {
    const { elapsedMs } = await played(
      'replay',
      day,
      '--strategy',
      strategy,
      '--to',
      String(START + 5_000),
      '--speed',
      '20',
    )
    expect(elapsedMs).toBeGreaterThanOrEqual(200)
  })

  it('plays a journal, and leaves it as it was', async () => {
    const path = join(folder, 'journal')
    const journal = lmdbJournal(path)
    await journal.open({ version: '1.0.0', configuration: 'test', startedAt: 1 })
    const events = rows.map(
      ({ id, type, timestamp, symbol = 'A', payload }, index) =>
        new OutcryEvent(
          id,
          type,
          1,
          timestamp,
          timestamp,
          'day',
          symbol,
          [symbol],
          payload,
          undefined,
          undefined,
          index + 1,
          0,
        ),
    )
    await journal.append({ events }, true)
    await journal.close('clean', 2)
    const first = await played('run', '--feed', `ndjson:${day}`, '--strategy', strategy)
    for (let round = 0; round < 2; round += 1) {
      const again = await played('replay', '--journal', path, '--strategy', strategy)
      expect(again.events).toMatchObject({ accepted: 600 })
      expect(again.digest).toBe(first.digest)
    }
    const opened = lmdbJournal(path)
    const { runs } = await opened.open({ version: '1.0.0', configuration: 'test', startedAt: 3 })
    expect(runs, 'what only reads is no run').toMatchObject([{ run: 1, end: 'clean' }, { run: 2 }])
    await opened.close('clean', 4)
  })

  it.each([
    [[], /takes the files of a recording, or --journal/],
    [[day, '--journal', folder], /takes the files of a recording, or --journal/],
    [['--journal', join(folder, 'no-such-journal')], /there is no journal at /],
    [['--journal', day], /there is no journal at /],
    [[join(folder, 'missing.ndjson')], /there is no such file/],
    [[day, '--from', 'yesterday'], /--from takes UTC epoch milliseconds/],
    [[day, '--types', 'No Type'], /replay\.types/],
    [[day, '--order', 'random'], /--order takes accepted/],
    [[day, '--speed', '0'], /--speed takes a number/],
    [[day, '--colour'], /unknown option/],
  ])('says in one line what is wrong: %j', async (argv, message) => {
    const { code, err } = await run('replay', ...argv)
    expect(code).toBe(2)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toMatch(message)
  })

  it('explains itself', async () => {
    const { code, out } = await run('replay', '--help')
    expect(code).toBe(0)
    expect(out).toMatch(/--journal <path>/)
  })
})
