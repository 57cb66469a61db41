import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../.ci/arrows.mjs', import.meta.url))
const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/** The least project in which every arrow is right. */
const SOUND = {
  'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "target": "ES2023" } }',
  'package.json':
    '{ "type": "module", "dependencies": { "xstate": "5", "p-limit": "7" }, "devDependencies": { "vitest": "4" } }',
  'src/errors.ts': 'export const code = 1\n',
  'src/environment/clock.ts': "import { code } from '../errors.js'\nexport const clock = code\n",
  'src/events/event.ts': "import { code } from '../errors.js'\nexport const event = code\nexport type Event = number\n",
  'machines/engine.ts':
    "import { setup } from 'xstate'\nimport type { Event } from '../src/events/event.js'\nexport const machine = (_: Event) => setup({})\n",
  'actors/engine.ts':
    "import { machine } from '../machines/engine.js'\nimport { event } from '../src/events/event.js'\nexport const engine = machine(event)\n",
  'src/index.ts': "export { engine } from '../actors/engine.js'\n",
}

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

it('leaves the benchmarks out where their peers are not installed', () => {
  const peers = { 'bench/package.json': '{ "dependencies": { "a-peer": "1" } }', 'bench/run.ts': "import 'a-peer'\n" }
  const { status, text } = arrows(peers)
  expect(text).toContain('bench is left out')
  expect(status).toBe(0)
  const installed = { 'bench/node_modules/a-peer/package.json': '{ "name": "a-peer" }' }
  expect(arrows({ ...peers, ...installed, 'bench/run.ts': "import 'another'\n" })).toMatchObject({ status: 1 })
})

function arrows(files: Record<string, string | undefined>): { status: number | null; text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'outcry-arrows-'))
  folders.push(folder)
  for (const [path, text] of Object.entries({ ...SOUND, ...files })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  symlinkSync(modules, join(folder, 'node_modules'))
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

describe('the arrows of the architecture', () => {
  it('lets a sound project through, having seen its modules', () => {
    const { status, text } = arrows({})
    expect(text).toContain('arrows: 6 modules')
    expect(status).toBe(0)
  })

  it('fails when it saw no machine', () => {
    const { status, text } = arrows({
      'machines/engine.ts': undefined,
      'actors/engine.ts': 'export const engine = 1\n',
    })
    expect(text).toContain('no module was seen in machines/')
    expect(status).toBe(1)
  })

  it('reports every arrow that runs the wrong way, and every import that leads nowhere', () => {
    const wrong: readonly (readonly [rule: string, path: string, text: string])[] = [
      ['room-events', 'src/events/up.ts', "import { q } from '../queue/q.js'\nexport const up = q\n"],
      ['room-events', 'src/events/type.ts', "import type { q } from '../queue/q.js'\nexport type U = typeof q\n"],
      ['rooms-are-listed', 'src/attic/a.ts', "import { event } from '../events/event.js'\nexport const a = event\n"],
      ['rooms-know-no-xstate', 'src/events/x.ts', "import { setup } from 'xstate'\nexport const x = setup\n"],
      ['machines-are-pure', 'machines/m.ts', "import { readFileSync } from 'node:fs'\nexport const m = readFileSync\n"],
      ['machines-are-pure', 'machines/n.ts', "import limit from 'p-limit'\nexport const n = limit\n"],
      [
        'machines-take-only-types',
        'machines/o.ts',
        "import { event } from '../src/events/event.js'\nexport const o = event\n",
      ],
      ['actors-know-no-face', 'actors/a.ts', "import { engine } from '../src/index.js'\nexport const a = engine\n"],
      ['public-face', 'examples/e.ts', "import { engine } from '../src/index.js'\nexport const e = engine\n"],
      ['faces-know-no-examples', 'src/cli/c.ts', "import { e } from '../../examples/e.js'\nexport const c = e\n"],
      ['resolvable', 'src/events/r.ts', "import { gone } from './gone.js'\nexport const r = gone\n"],
      ['declared', 'src/cli/d.ts', "import { vi } from 'vitest'\nexport const d = vi\n"],
      ['no-cycles', 'src/queue/a.ts', "import { b } from './b.js'\nexport const a = b\n"],
    ]
    const files = Object.fromEntries(wrong.map(([, path, text]) => [path, text]))
    const { status, text } = arrows({
      ...files,
      'src/queue/q.ts': 'export const q = 1\n',
      'src/queue/b.ts': "import { a } from './a.js'\nexport const b = 1\nexport const c = a\n",
      'src/queue/typeA.ts': "import type { typeB } from './typeB.js'\nexport const typeA = (_: typeof typeB) => 1\n",
      'src/queue/typeB.ts': "import { typeA } from './typeA.js'\nexport const typeB = 1\nexport const typeC = typeA\n",
    })
    for (const [rule, path] of wrong) expect(text).toContain(`error: ${rule}: ${path}`)
    expect(text, 'a cycle of types alone is none').not.toContain('src/queue/type')
    expect(status).toBe(1)
  })
})
