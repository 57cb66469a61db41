import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'outcry-lint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const BAD = `import { setImmediate as soon } from 'node:timers'
export async function work(): Promise<void> {}
export interface Sink { write(): Promise<void> | void }
export function go(sink: Sink): void {
  work()
  sink.write()
  soon(work)
  for (const item of [1, 2]) if (work()) [item].forEach(async () => work())
  setTimeout(() => {}, performance.now())
  console.log(Date.now(), Math.random(), new Date(), crypto.randomUUID())
}
export default go
export * from './other.js'
`

/** What the linter, as this project sets it up, says of files; one line a finding. */
function lint(files: Record<string, string>): string[] {
  for (const path of ['biome.json', '.biome']) cpSync(join(root, path), join(folder, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n')
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', '--max-diagnostics=200', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stdout.split('\n').flatMap((text) => {
    const [, rule, path, line] =
      /^::error title=([^,]+),file=(?:.*\/)?((?:src|machines|test)\/[^,]+),line=(\d+)/.exec(text) ?? []
    return rule === undefined ? [] : [`${path}:${line} ${rule.replace(/^.*\//, '')}`]
  })
}

describe('the linter', () => {
  it('really fires: floating promises, forbidden time and chance, impure machines, vague exports', () => {
    const found = lint({
      'src/bad.ts': BAD,
      'src/other.ts': 'export const other = 1\n',
      'src/environment/clock.ts': 'export const now = (): number => Date.now() + performance.now()\n',
      'machines/bad.ts':
        "import { readFileSync } from 'node:fs'\nexport const text = readFileSync\nconsole.log(process.pid)\n",
    })
    for (const expected of [
      'src/bad.ts:1 noRestrictedImports',
      'src/bad.ts:5 noFloatingPromises',
      'src/bad.ts:6 noFloatingPromises',
      'src/bad.ts:8 noMisusedPromises',
      'src/bad.ts:9 noRestrictedGlobals',
      'src/bad.ts:10 plugin',
      'src/bad.ts:12 noDefaultExport',
      'src/bad.ts:13 noReExportAll',
      'machines/bad.ts:1 noRestrictedImports',
      'machines/bad.ts:3 noConsole',
      'machines/bad.ts:3 noRestrictedGlobals',
    ]) {
      expect(found).toContain(expected)
    }
    expect(found.filter((text) => text === 'src/bad.ts:10 plugin')).toHaveLength(4)
    expect(found.filter((text) => text.startsWith('src/environment/'))).toEqual([])
  })
})
