import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lmdbJournal } from '../../src/journal/lmdb/index.js'
import { run } from './support.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const scripts = mkdtempSync(join(tmpdir(), 'outcry-disk-'))

/** What another process does: it has the product from the build, as a user's has. */
function script(name: string, body: string): string {
  const path = join(scripts, `${name}.mjs`)
  const imports = `import { createEngine, trade } from ${JSON.stringify(join(root, 'dist/src/index.js'))}
import { lmdbJournal } from ${JSON.stringify(join(root, 'dist/src/journal/lmdb/index.js'))}
const path = process.argv[2]
`
  writeFileSync(path, imports + body)
  return path
}

describe('the disk under an lmdb journal', () => {
  let path: string

  beforeAll(() => {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
      cwd: root,
    })
  }, 180_000)
  afterAll(() => rmSync(scripts, { recursive: true, force: true }))
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'outcry-disk-journal-'))
  })
  afterEach(() => {
    chmodSync(path, 0o700)
    rmSync(path, { recursive: true, force: true })
  })

  it.skipIf(process.platform === 'win32')(
    'that is full is one clear error, refuses what it cannot keep, and loses nothing that it took',
    async () => {
      const child = script(
        'full',
        `
const strays = []
process.on('unhandledRejection', (error) => strays.push(String(error)))
process.on('uncaughtException', (error) => strays.push(String(error)))
const engine = createEngine({ journal: lmdbJournal(path), journalling: { onFailure: 'refuse' } })
const faults = []
engine.on('fault', ({ where, error }) => faults.push(\`\${where}: \${error.code}\`))
await engine.start()
const accepted = []
let refused = 0
for (let n = 0; refused === 0 && n < 500; n += 1) {
  const all = Array.from({ length: 500 }, (_, i) => engine.publish(trade({ id: \`\${n}-\${i}\`, symbol: 'S', price: 1, size: 1 })))
  for (const { status, id } of await Promise.all(all)) status === 'accepted' ? accepted.push(id) : (refused += 1)
}
await new Promise((resolve) => setTimeout(resolve, 100))
process.stdout.write(JSON.stringify({ accepted, refused, faults, strays }))
process.exit()
`,
      )
      // Nothing is signalled where a file would grow too long, so that the write says so as a full disk does.
      const limited = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`
      const { stdout, stderr } = spawnSync('/bin/sh', ['-c', limited, process.execPath, child, path], {
        encoding: 'utf8',
        timeout: 60_000,
      })
      expect(stdout, stderr).not.toBe('')
      const told = JSON.parse(stdout) as { accepted: string[]; refused: number; faults: string[]; strays: string[] }
      expect(told.refused).toBeGreaterThan(0)
      expect(told.accepted.length).toBeGreaterThan(0)
      expect(told.faults).toEqual(['journal: OUTCRY_JOURNAL_FAILED'])
      expect(told.strays).toEqual([])
      const journal = lmdbJournal(path)
      await journal.open(run())
      const kept = new Set<string>()
      for await (const events of journal.read()) for (const { id } of events) kept.add(id)
      expect(told.accepted.filter((id) => !kept.has(id))).toEqual([])
      expect((await journal.verify()).problems).toEqual([])
      await journal.close('clean', 1)
    },
    90_000,
  )

  it('that may not be written to is one clear error', () => {
    const child = script(
      'read-only',
      `
// Root may write anywhere: nobody is who meets it.
if (process.getuid?.() === 0) process.setuid('nobody')
const error = await lmdbJournal(path).open({ version: '', configuration: '', startedAt: 0 }).catch((reason) => reason)
process.stdout.write(\`\${error.code}: \${error.message}\`)
process.exit()
`,
    )
    chmodSync(scripts, 0o755)
    chmodSync(path, 0o555)
    const { stdout, stderr } = spawnSync(process.execPath, [child, path], { encoding: 'utf8' })
    expect(stdout, stderr).toMatch(/^OUTCRY_JOURNAL_FAILED: lmdb:.*(EACCES|permission)/i)
  })

  it('refuses a journal to a second process for as long as the first lives, and gives it after a kill', async () => {
    mkdirSync(path, { recursive: true })
    const child = script(
      'holder',
      `
const engine = createEngine({ journal: lmdbJournal(path) })
await engine.start()
const { status } = await engine.publish(trade({ id: 'kept', symbol: 'S', price: 1, size: 1 }))
console.log(status)
setInterval(() => {}, 1_000)
`,
    )
    const holder = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = new Promise((resolve) => holder.once('exit', resolve))
    try {
      for await (const line of createInterface({ input: holder.stdout })) {
        expect(line).toBe('accepted')
        break
      }
      const refused = await lmdbJournal(path)
        .open(run())
        .catch((reason: unknown) => reason)
      expect(refused).toMatchObject({ code: 'OUTCRY_JOURNAL_LOCKED', value: holder.pid })
    } finally {
      holder.kill('SIGKILL')
      await exited
    }
    const journal = lmdbJournal(path)
    const { runs, lastSequence } = await journal.open(run())
    expect(lastSequence).toBe(1)
    expect(runs.map(({ end }) => end)).toEqual(['crashed', undefined])
    await journal.close('clean', 1)
  })
})
