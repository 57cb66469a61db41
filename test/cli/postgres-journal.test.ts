import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createEngine } from '../../actors/engine.js'
import { withPostgres } from '../journal/postgres-support.js'
import { outcry } from './fakes.js'

const folder = mkdtempSync(join(tmpdir(), 'outcry-cli-postgres-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const day = join(folder, 'day.ndjson')
const rows = Array.from({ length: 500 }, (_, n) => ({
  id: `t${n}`,
  type: 'trade',
  timestamp: 1_700_000_000_000 + n,
  symbol: 'ABC'[n % 3],
  payload: { price: 1 + (n % 7), size: 1 },
}))
writeFileSync(day, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))

/** With the real engine. */
const run = (...argv: string[]) => outcry(argv, { engine: createEngine })

withPostgres('the command line with a journal on PostgreSQL', (server) => {
  const place = () => `${server().url}?schema=from_cli`

  it('says that there is none, and makes none by looking', async () => {
    const { code, err } = await run('journal', 'verify', place().replace('outcry@', 'outcry:hunter2@'))
    expect(code).toBe(2)
    expect(err).toContain('there is no journal at postgres://outcry:…@')
    expect(err).not.toContain('hunter2')
  })

  it('runs, verifies, exports and replays it, to one digest', async () => {
    const first = await run('run', '--feed', `ndjson:${day}`, '--journal', place(), '--json')
    expect(first.err).toBe('')
    const { digest, events } = JSON.parse(first.out) as { digest: string; events: { accepted: number } }
    expect(events.accepted).toBe(500)
    const verified = await run('journal', 'verify', place(), '--json')
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, events: 500, lastSequence: 500, problems: [] })
    const exported = await run('journal', 'export', place(), '--from', '490')
    expect(exported.out.trim().split('\n')).toHaveLength(11)
    const again = await run('replay', '--journal', place(), '--json')
    expect(JSON.parse(again.out)).toMatchObject({ digest })
    const { runs } = JSON.parse((await run('journal', 'verify', place(), '--json')).out) as { runs: unknown[] }
    expect(runs, 'those that looked are none').toMatchObject([{ run: 1, end: 'clean' }])
  })

  it('has one clear line for a server that does not answer', async () => {
    const { code, err } = await run('run', '--feed', `ndjson:${day}`, '--journal', 'postgres://a:b@127.0.0.1:1/x')
    expect(code).not.toBe(0)
    expect(err).toMatch(/ECONNREFUSED/)
    expect(err).not.toContain('a:b@')
  })
})
