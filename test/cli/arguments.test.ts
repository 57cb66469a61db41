import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { outcry } from './fakes.js'

const folder = mkdtempSync(join(tmpdir(), 'outcry-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const strategy = file(
  'two.mjs',
  `const one = { name: 'one', onEvent() {} }
   export default one
   export const again = one
   export const two = { name: 'two', onEvents() {} }
   export const helper = () => 1`,
)

describe('outcry run: arguments', () => {
  it('plays the bundled demonstration when it is told nothing', async () => {
    const { code, engines } = await outcry(['run', '--json'])
    expect(code).toBe(0)
    expect(engines[0]?.feeds?.map(({ name }) => name)).toEqual(['newswire'])
    expect(engines[0]?.strategies?.map(({ name }) => name)).toEqual(['news-tone'])
    expect(engines[0]?.recording?.speed).toBe(Number.POSITIVE_INFINITY)
  })

  it('takes every strategy that a module exports, once, and plays the bundled feeds to them', async () => {
    const { code, engines } = await outcry(['run', '--strategy', strategy, '--speed', '2.5', '--json'])
    expect(code).toBe(0)
    expect(engines[0]?.strategies?.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(engines[0]?.feeds).toHaveLength(1)
    expect(engines[0]?.recording?.speed).toBe(2.5)
  })

  it.each([
    ['an unknown option', ['run', '--fed', 'x'], "unknown option '--fed'"],
    ['an unknown command', ['fly'], "unknown command 'fly'"],
    ['an argument too many', ['run', 'news.ndjson'], 'too many arguments'],
    ['an option without its value', ['run', '--speed'], 'argument missing'],
    ['speed 0', ['run', '--speed', '0'], '--speed takes a number above 0 and at most 1,000,000, or max (got "0")'],
    ['a negative speed', ['run', '--speed', '-1'], '(got "-1")'],
    ['a speed that is no number', ['run', '--speed', 'fast'], '(got "fast")'],
    ['an endless speed', ['run', '--speed', 'Infinity'], '(got "Infinity")'],
    ['a level of log that there is not', ['run', '--log-level', 'loud'], '--log-level takes one of'],
    ['an unknown scheme', ['run', '--feed', 'ftp:news'], 'begin it with one of ndjson:'],
    ['a feed without a scheme', ['run', '--feed', 'news.ndjson'], 'begin it with one of ndjson:'],
    ['an option that its feed does not know', ['run', '--feed', 'ndjson:news.ndjson?speed=1'], 'speed'],
    ['an empty feed', ['run', '--feed', ' '], '--feed takes a feed'],
    ['a flag in place of a feed', ['run', '--feed', '--json'], '--feed takes a feed such as ndjson:news.ndjson (got'],
    ['a flag among feeds', ['run', '--feed', '-x'], '(got "-x")'],
    ['a flag in place of a module', ['run', '--strategy', '--quiet'], '--strategy takes the path of a module (got'],
    ['a flag in place of a file', ['run', '--signals', '--json'], '--signals takes the path of a file (got "--json")'],
    ['a file of Lean that is not there', ['run', '--feed', 'lean:aapl/20140605_trade.zip'], 'there is no such file'],
    ['a file of Lean in no place of its tree', ['run', '--feed', 'lean:package.json'], 'leanFeed.type: the path'],
    ['a strategy module that is not there', ['run', '--strategy', './gone.mjs'], './gone.mjs: there is no such file'],
    ['a package that is not installed', ['run', '--strategy', 'not-a-package-of-anyone'], 'not-a-package-of-anyone'],
    [
      'a database that is none',
      ['run', '--journal', 'mongo://here'],
      '--journal takes the path of a folder or postgres://',
    ],
    ['durability without a journal', ['run', '--durability', 'chunk'], '--durability is for a run with --journal'],
    ['a journal that is not there', ['journal', 'verify', '/nowhere/at/all'], 'there is no journal at'],
    ['a port that is none', ['run', '--inspect', 'x'], '--inspect takes a port from 0 to 65,535'],
    ['a flag in place of a recording', ['run', '--record', '--json'], '--record takes the path of a file'],
    ['no recording', ['inspect'], "missing required argument 'recording'"],
    ['a port of no recording', ['inspect', 'run.ndjson', '--port', '-1'], '--port takes a port from 0 to 65,535'],
    ['a seed that is no number', ['simulate', '--seed', 'x'], '--seed takes a whole number from 0 up (got "x")'],
    ['seeds that are no range', ['simulate', '--seeds', '9..3'], '--seeds takes a range such as 1..300'],
    ['a seed and seeds', ['simulate', '--seed', '1', '--seeds', '1..2'], '--seed and --seeds exclude each other'],
    ['dead letters of no journal', ['dead-letters', 'list'], "required option '--journal <path>' not specified"],
    [
      'dead letters of a journal that is not there',
      ['dead-letters', 'list', '--journal', '/nowhere/at/all'],
      'there is no journal at /nowhere/at/all',
    ],
    [
      'a reason that is none',
      ['dead-letters', 'list', '--journal', '.', '--reason', 'bad luck'],
      '--reason takes one of refused,',
    ],
    ['no id of a letter', ['dead-letters', 'show', '--journal', '.'], "missing required argument 'id'"],
    [
      'a discard of nothing in particular',
      ['dead-letters', 'discard', '--journal', '.'],
      'dead-letters discard needs the ids of letters, a filter such as --reason, or --all',
    ],
    [
      'a redrive to nobody',
      ['dead-letters', 'redrive', '--all', '--journal', '.'],
      'dead-letters redrive needs --strategy',
    ],
  ])('answers %s with one line and exit 2', async (_, argv, text) => {
    const { code, out, err, engines } = await outcry(argv)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(text)
    expect(err).toMatch(/^outcry: [^\n]+\n$/)
    expect(engines).toEqual([])
  })

  it.each([
    ['without a strategy', 'export const helper = () => 1', 'exports no strategy'],
    ['that does not parse', 'export const = 1', 'Unexpected token'],
    ['that throws', 'throw new Error("no licence")', 'no licence'],
  ])('answers a strategy module %s with one line and exit 2', async (name, text, said) => {
    const path = file(`${name.replace(/ /g, '-')}.mjs`, text)
    const { code, err } = await outcry(['run', '--strategy', path])
    expect(code).toBe(2)
    expect(err).toContain(said)
    expect(err).toContain('OUTCRY_MODULE_INVALID')
    expect(err).toMatch(/^outcry: [^\n]+\n$/)
  })

  it('helps on standard output', async () => {
    for (const argv of [[], ['--help'], ['help'], ['run', '--help'], ['dead-letters', 'redrive', '--help']]) {
      const { code, out, err } = await outcry(argv)
      expect(code, argv.join(' ')).toBe(0)
      expect(out).toContain('Usage: outcry')
      expect(err).toBe('')
    }
    expect((await outcry(['run', '--help'])).out).toContain('--speed <factor>')
  })

  it('lists the options of Lean feeds, and names a file in its place in the tree', async () => {
    const { out } = await outcry(['run', '--help'])
    expect(out).toContain('lean:equity/usa/minute/aapl/20140605_trade.zip')
    for (const option of ['type', 'market', 'resolution', 'symbol', 'date', 'kind', 'zone', 'maxLineBytes']) {
      expect(out).toMatch(new RegExp(`\\b${option}\\b`))
    }
  })

  it('tells its version', async () => {
    expect(await outcry(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n', err: '' })
  })
})
