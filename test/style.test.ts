import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  bypasses,
  escapes,
  exportedMachines,
  holdsWordsAlone,
  impurities,
  type Offence,
  vagueExports,
} from './style/offences.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every file that belongs to the project or is about to: what git does not ignore. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(new URL(`../${path}`, import.meta.url)))

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const sources = (...parts: string[]): string[] =>
  files.filter((path) => /[.]tsx?$/.test(path) && parts.some((part) => path.startsWith(`${part}/`)))

const offencesIn = (paths: readonly string[], find: (text: string, path: string) => Offence[]): string[] =>
  paths.flatMap((path) => find(read(path), path).map(({ line, what }) => `${path}:${line}: ${what}`))

const product = sources('src', 'machines', 'actors', 'simulations', 'inspector')

describe('the style of the house', () => {
  it('sees the sources', () => {
    expect(product.length).toBeGreaterThan(10)
    expect(sources('test').length).toBeGreaterThan(1)
  })

  it('takes time, chance and identity from the environment alone', () => {
    // The page has a browser's clock; it looks at an engine and is no part of its run.
    const ENVIRONMENTS = /^(src\/environment\/|inspector\/page\/environment[.]ts$)/
    const paths = [...product, ...sources('examples')].filter((path) => !ENVIRONMENTS.test(path))
    expect(offencesIn(paths, bypasses)).toEqual([])
  })

  it('keeps machines pure', () => {
    expect(offencesIn(sources('machines'), impurities)).toEqual([])
  })

  // Transitions and actions that machines take over belong to none of them.
  const SHARED_PARTS = ['machines/imperative.ts', 'machines/unexpected.ts']

  it('has a machine in every file of machines/, but for the index and for shared words', () => {
    const without = sources('machines').filter((path) => {
      const text = read(path)
      return (
        path !== 'machines/index.ts' &&
        !SHARED_PARTS.includes(path) &&
        exportedMachines(text).length === 0 &&
        !holdsWordsAlone(text)
      )
    })
    expect(without).toEqual([])
  })

  it('imports every package that it makes its users install', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: Record<string, string> }
    const texts = product.filter((path) => !path.startsWith('inspector/page/')).map(read)
    const imported = (name: string): boolean => texts.some((text) => text.includes(`from '${name}'`))
    expect(Object.keys(dependencies).length).toBeGreaterThan(5)
    expect(Object.keys(dependencies).filter((name) => !imported(name))).toEqual([])
  })

  it('exports by name, never by default nor by star', () => {
    expect(offencesIn(product, vagueExports)).toEqual([])
  })

  it('escapes from the type system nowhere in the product', () => {
    expect(offencesIn(product, escapes)).toEqual([])
  })

  it('keeps every file to 400 lines, and every test to 600', () => {
    const long = files
      .filter((path) => /\.(tsx?|mjs|cjs|css)$/.test(path))
      .map((path) => [path, read(path).split('\n').length - 1] as const)
      .filter(([path, lines]) => lines > (path.startsWith('test/') ? 600 : 400))
    expect(long).toEqual([])
  })

  it('names no folder of somebody’s machine', () => {
    const text = files.filter((path) => /\.(tsx?|mjs|cjs|js|json|css|md|html|yml|yaml|sh|grit)$|^\.ci\/run$/.test(path))
    const found = text.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) =>
          /(?<![\w./:$}-])\/(?:home|root|Users|work|tmp|var\/tmp|mnt)\/\w/.test(line)
            ? [`${path}:${index + 1}: ${line.trim()}`]
            : [],
        ),
    )
    expect(found).toEqual([])
  })

  it('takes packages from the public registry only', () => {
    const hosts = new Set(
      files
        .filter((path) => path.endsWith('package-lock.json'))
        .flatMap((path) => [...read(path).matchAll(/"resolved": "([a-z+]+:\/\/[^/"]+)/g)].map(([, host]) => host)),
    )
    hosts.delete('https://registry.npmjs.org')
    expect([...hosts]).toEqual([])
  })
})

describe('the checks of style', () => {
  const whats = (offences: Offence[]): string[] => offences.map(({ what }) => what)

  it.each([
    ['Date.now()', 'Date.now'],
    ["globalThis.Date['now']()", 'Date.now'],
    ['const { random } = Math; Math.random()', 'Math.random'],
    ['crypto.randomUUID()', 'crypto.randomUUID'],
    ['globalThis.setTimeout(() => {}, 1)', 'setTimeout'],
    ['const later = setTimeout', 'setTimeout'],
    ['const clock = { setTimeout }', 'setTimeout'],
    ['new Date()', 'new Date() without arguments'],
    ['new Date', 'new Date() without arguments'],
    ['Date()', 'Date() called as a function'],
    ['performance.now()', 'performance'],
    ["import { setTimeout as later } from 'node:timers/promises'", 'import of timers/promises'],
    ["import { performance as p } from 'node:perf_hooks'", 'import of perf_hooks'],
    ["import { createHash, randomUUID } from 'node:crypto'", 'import of randomUUID from crypto'],
    ['AbortSignal.timeout(5)', 'AbortSignal.timeout'],
    ['process.hrtime.bigint()', 'process.hrtime'],
  ])('finds the bypass in: %s', (text, what) => {
    expect(whats(bypasses(text))).toContain(what)
  })

  it.each([
    'environment.setTimeout(() => {}, 1)',
    'new Date(1)',
    'Date.parse(text)',
    'interface Clock { setTimeout(callback: () => void): void }',
    'class Clock { setTimeout(): void {} }',
    'const clock = { setTimeout: environment.setTimeout, setInterval(): void {} }',
    'const { setTimeout } = environment; setTimeout(go, 1)',
    "import { createHash } from 'node:crypto'",
    "const text = 'Date.now()' // Date.now()",
  ])('finds none in: %s', (text) => {
    expect(bypasses(text)).toEqual([])
  })

  it('tells a pure machine from an impure one', () => {
    expect(impurities("import { setup } from 'xstate'\nimport type { Lane } from '../src/events/event.js'\n")).toEqual(
      [],
    )
    expect(whats(impurities("import { LANES } from '../src/events/event.js'"))).toEqual([
      'more than types from ../src/events/event.js',
    ])
    expect(
      whats(impurities("import pino from 'pino'\nconsole.log(pino)\nvoid fetch('x')\nawait import('./x.js')")),
    ).toEqual(['import of pino', 'console', 'fetch', 'dynamic import'])
    expect(
      exportedMachines('export const m = setup({}).createMachine({})\nconst n = setup({}).createMachine({})'),
    ).toEqual(['m'])
  })

  it('finds vague exports and escapes from the type system', () => {
    expect(
      whats(vagueExports("export default 1\nexport * from './x.js'\nexport default function f() {}\nexport { a }")),
    ).toEqual(['default export', 'export *', 'default export'])
    expect(whats(escapes('// @ts-ignore\nconst a = b!'))).toEqual(['non-null assertion', 'a silenced compiler'])
  })
})
