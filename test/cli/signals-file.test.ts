import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { outcry } from './fakes.js'

const folder = mkdtempSync(join(tmpdir(), 'outcry-signals-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)
const TEXT = '{"type":"trade"}\n'

const news = at('news.ndjson')
writeFileSync(news, TEXT)
symlinkSync(news, at('symbolic.ndjson'))
linkSync(news, at('hard.ndjson'))
mkdirSync(at('inner'))
writeFileSync(at('strategy.mjs'), "export default { name: 'one', onEvent() {} }")

describe('a file that a command would empty', () => {
  it.each([
    ['the recording of a run', ['run', '--feed', `ndjson:${news}`, '--record', news], '--record'],
    ['it by another name', ['run', '--feed', `ndjson:${news}`, '--record', at('hard.ndjson')], '--record'],
    ['over a strategy', ['run', '--strategy', at('strategy.mjs'), '--record', at('strategy.mjs')], '--record'],
    ['a trace', ['simulate', '--scenario', news, '--trace', news], '--trace'],
  ])('is not one that it reads: %s', async (_, argv, flag) => {
    const { code, err, engines } = await outcry(argv)
    expect({ code, engines }).toEqual({ code: 2, engines: [] })
    expect(err).toMatch(new RegExp(`^outcry: ${flag} [^\\n]*it is read[^\\n]*\\n$`))
    expect(readFileSync(news, 'utf8')).toBe(TEXT)
  })

  it('is not one that it writes something else to', async () => {
    const target = at('both.ndjson')
    const { code, err } = await outcry(['run', '--feed', `ndjson:${news}`, '--signals', target, '--record', target])
    expect(code).toBe(2)
    expect(err).toMatch(/^outcry: --record [^\n]*the signals are written there/)
  })
})

describe('outcry run --signals', () => {
  it.each([
    ['the input itself', news],
    ['the input by a detour', join(folder, 'inner', '..', 'news.ndjson')],
    ['a symbolic link to the input', at('symbolic.ndjson')],
    ['a hard link to the input', at('hard.ndjson')],
  ])('refuses %s and leaves the input as it was', async (_, path) => {
    const { code, out, err, engines } = await outcry([
      'run',
      '--feed',
      `ndjson:${news}?maxLineBytes=4096`,
      '--signals',
      path,
    ])
    expect({ code, out, engines }).toEqual({ code: 2, out: '', engines: [] })
    expect(err).toMatch(/^outcry: --signals [^\n]*it is read[^\n]*\n$/)
    expect(readFileSync(news, 'utf8')).toBe(TEXT)
  })

  it('refuses a strategy module that it would empty', async () => {
    const { code, err } = await outcry(['run', '--strategy', at('strategy.mjs'), '--signals', at('strategy.mjs')])
    expect(code).toBe(2)
    expect(err).toContain('it is read')
  })

  it('refuses a file of the bundled demonstration', async () => {
    const { code, err } = await outcry(['run', '--signals', news], {
      demonstration: () =>
        Promise.resolve({
          strategies: [],
          feeds: [{ name: `ndjson:${news}`, recorded: true, read: async function* () {} }],
          options: {},
          notes: [],
        }),
    })
    expect(code).toBe(2)
    expect(err).toContain('it is read')
  })

  it.each([
    ['a directory', folder, 'it is a directory; name a file'],
    ['a path through a file', join(news, 'out.ndjson'), 'a part of its path is a file'],
    ['a path deep below a file', join(news, 'deep', 'out.ndjson'), 'a part of its path is a file'],
  ])('answers %s with one line and exit 2', async (_, path, said) => {
    const { code, err, engines } = await outcry(['run', '--feed', 'ndjson:package.json', '--signals', path])
    expect({ code, engines }).toEqual({ code: 2, engines: [] })
    expect(err).toMatch(/^outcry: --signals [^\n]+\n$/)
    expect(err).toContain(said)
  })

  // The superuser may write anywhere, so nothing is refused to it.
  it.skipIf(process.getuid?.() === 0)('answers a file that may not be written with exit 2', async () => {
    writeFileSync(at('kept.ndjson'), TEXT, { mode: 0o444 })
    const { code, err } = await outcry(['run', '--feed', `ndjson:${news}`, '--signals', at('kept.ndjson')])
    expect(code).toBe(2)
    expect(err).toContain('it may not be written')
  })

  it('takes a file beside the input, one in folders that are still to be made, and one that is there', async () => {
    for (const name of ['out.ndjson', 'new/folder/out.ndjson', 'strategy.mjs']) {
      expect((await outcry(['run', '--feed', `ndjson:${news}`, '--signals', at(name), '--json'])).code).toBe(0)
    }
  })
})
