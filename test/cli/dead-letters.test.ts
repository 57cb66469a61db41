import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createEngine, signal, trade } from '../../src/index.js'
import { lmdbJournal } from '../../src/journal/lmdb/index.js'
import { outcry } from './fakes.js'

const folder = mkdtempSync(join(tmpdir(), 'outcry-letters-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let runs = 0
let place = ''
// A module of a folder of its own cannot import what is tested here, be it the sources or the build.
const shared = globalThis as { signalForModules?: typeof signal }
shared.signalForModules = signal
afterAll(() => {
  delete shared.signalForModules
})

/** A strategy that fails on odd prices until it is mended, and answers each price with a signal. */
function moduleOf(broken: boolean): string {
  const path = join(folder, `${broken ? 'broken' : 'mended'}.mjs`)
  writeFileSync(
    path,
    `export default {
      name: 'parity',
      onEvent: ({ symbol, payload }) => {
        if (${broken} && payload.price % 2 === 1) throw new Error('odd: ' + payload.price)
        return signalForModules({ symbol, side: 'buy', strength: 1 })
      },
    }`,
  )
  return path
}

interface Listed {
  readonly held: number
  readonly matching: number
  readonly letters: readonly {
    readonly id: string
    readonly strategy: string
    readonly error: string
    readonly event: { readonly symbol: string }
  }[]
}

const command = (...argv: readonly string[]) =>
  outcry(['dead-letters', ...argv, '--journal', place], { engine: createEngine })
const list = async (...flags: readonly string[]): Promise<Listed> =>
  JSON.parse((await command('list', ...flags, '--json')).out) as Listed

/** A run that left three letters: prices 1, 3 and 5 of symbols S1, S3 and S5. */
beforeEach(async () => {
  runs += 1
  place = join(folder, `journal-${runs}`)
  const engine = createEngine({
    journal: lmdbJournal(place),
    strategies: [
      {
        name: 'parity',
        breaker: { disabled: true },
        onEvent: ({ payload }) => {
          const { price } = payload as { readonly price: number }
          if (price % 2 === 1) throw new Error(`odd: ${price}`)
        },
      },
    ],
  })
  await engine.start()
  await engine.publishAll(
    [1, 2, 3, 4, 5].map((price) => trade({ id: `t${price}`, symbol: `S${price}`, price, size: 1 })),
  )
  await engine.stop()
})

describe('outcry dead-letters', () => {
  it('lists what a journal holds, oldest first, by what is asked for', async () => {
    const all = await list()
    expect([all.held, all.matching]).toEqual([3, 3])
    expect(all.letters.map(({ strategy, error, event }) => [strategy, error, event.symbol])).toEqual([
      ['parity', 'odd: 1', 'S1'],
      ['parity', 'odd: 3', 'S3'],
      ['parity', 'odd: 5', 'S5'],
    ])
    const some = await list('--symbol', 'S3')
    expect([some.held, some.matching, some.letters[0]?.error]).toEqual([3, 1, 'odd: 3'])
    expect((await list('--newest', '--limit', '1')).letters.map(({ error }) => error)).toEqual(['odd: 5'])
    expect((await list('--of', 'nobody')).matching).toBe(0)
    const { code, out } = await command('list', '--limit', '2')
    expect(code).toBe(0)
    expect(out.split('\n')).toHaveLength(5)
    expect(out).toMatch(
      /^3 dead letters\n\S+ {2}20\S+Z {2}poison {2}parity {2}trade S1 {2}odd: 1\n[^\n]+\n… and 1 more\n$/,
    )
  })

  it('shows all that is known of one, and refuses an id that is not held', async () => {
    const [letter] = (await list()).letters
    const { out } = await command('show', letter?.id ?? '')
    expect(out).toContain('error     odd: 1\n')
    expect(out).toContain('"id":"t1"')
    expect(JSON.parse((await command('show', letter?.id ?? '', '--json')).out)).toMatchObject({
      id: letter?.id,
      reason: 'poison',
      attempts: 1,
      event: { type: 'trade', id: 't1' },
    })
    const { code, err } = await command('show', 'nobody')
    expect([code, err]).toEqual([
      2,
      'outcry: no dead letter of this journal has the id nobody (OUTCRY_OPTION_INVALID)\n',
    ])
  })

  it('discards what is named, for good', async () => {
    const [letter] = (await list()).letters
    expect((await command('discard', letter?.id ?? '', '--json')).out).toBe('{"discarded":1}\n')
    expect((await list()).letters.map(({ error }) => error)).toEqual(['odd: 3', 'odd: 5'])
    expect((await command('discard', '--all')).out).toBe('2 dead letters discarded\n')
    expect((await list()).held).toBe(0)
  })

  it('delivers letters again to the mended strategy, with its signals, and keeps the rest', async () => {
    const signals = join(folder, `signals-${runs}.ndjson`)
    const mended = moduleOf(false)
    const first = await command('redrive', '--strategy', mended, '--symbol', 'S3', '--signals', signals, '--json')
    expect([first.code, first.err]).toEqual([0, ''])
    expect(JSON.parse(first.out)).toMatchObject({
      deliveries: { due: 1, succeeded: 1 },
      deadLetters: { entered: 3, redriven: 1, held: 2 },
    })
    expect(readFileSync(signals, 'utf8').trim().split('\n')).toHaveLength(1)
    expect((await list()).letters.map(({ error }) => error)).toEqual(['odd: 1', 'odd: 5'])
    const { code, out } = await command('redrive', '--strategy', mended, '--all', '--signals', signals)
    expect(code).toBe(0)
    expect(out).toContain('2 dead letters delivered again')
    expect(out).not.toContain('nothing new was read')
    expect((await list()).held).toBe(0)
    expect(readFileSync(signals, 'utf8').trim().split('\n')).toHaveLength(3)
  })

  it('has a redrive that fails once more exit with 1, and holds its letters', async () => {
    const { code, err } = await command('redrive', '--strategy', moduleOf(true), '--all', '--json')
    expect(code).toBe(1)
    expect(err).toContain('None of 3 deliveries succeeded')
    expect((await list()).letters.map(({ error }) => error)).toEqual(['odd: 1', 'odd: 3', 'odd: 5'])
    const unknown = await command('redrive', 'nobody', '--strategy', moduleOf(true))
    expect(unknown.code).toBe(2)
    expect(unknown.err).toContain('no dead letter of this journal has the id nobody')
  })
})
