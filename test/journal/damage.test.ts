import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isOutcryError } from '../../src/errors.js'
import type { Journal } from '../../src/journal/journal.js'
import { lmdbJournal } from '../../src/journal/lmdb/index.js'
import { openTables } from '../../src/journal/lmdb/tables.js'
import { sealJson } from '../../src/journal/seal.js'
import { all, eventsAt, run } from './support.js'

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return isOutcryError(error) ? error.code : undefined
}

describe('a damaged lmdb journal', () => {
  let path: string
  let journal: Journal

  beforeEach(async () => {
    path = mkdtempSync(join(tmpdir(), 'outcry-damage-'))
    journal = lmdbJournal(path)
    await journal.open(run())
    for (let from = 1; from <= 1_024; from += 256) {
      await journal.append({ events: eventsAt(from, from + 255), settled: [{ from, to: from + 99 }] }, true)
    }
    await journal.close('clean', 1)
  })

  afterEach(async () => {
    await journal.close('clean', 2)
    rmSync(path, { recursive: true, force: true })
  })

  /** Turns one bit over in the stored form of an event. */
  function flip(sequence: number): void {
    const file = join(path, 'data.mdb')
    const bytes = readFileSync(file)
    const at = bytes.indexOf(`event ${sequence}"`)
    expect(at).toBeGreaterThan(0)
    for (let from = 0, found = 0; found !== -1; from = found + 1) {
      found = bytes.indexOf(`event ${sequence}"`, from)
      if (found !== -1) bytes[found] = (bytes[found] ?? 0) ^ 1
    }
    writeFileSync(file, bytes)
  }

  it('is refused with the block named, where a flipped bit concerns what was not settled', async () => {
    flip(700)
    journal = lmdbJournal(path)
    const error = await journal.open(run()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'OUTCRY_JOURNAL_CORRUPT', path: expect.stringContaining('block 513') })
  })

  it('sets the part aside where it is told to, says which events are gone, and keeps all others', async () => {
    flip(700)
    journal = lmdbJournal(path, { onDamage: 'quarantine' })
    const { damage, runs, unsettled } = await journal.open(run())
    expect(damage).toMatchObject([{ remedy: 'quarantined', sequences: { from: 513, to: 768 } }])
    expect(runs.at(-1)).toMatchObject({ quarantined: true })
    expect(unsettled).toEqual([
      { from: 101, to: 256 },
      { from: 357, to: 512 },
      { from: 869, to: 1_024 },
    ])
    expect(await all(journal.read())).toEqual([...eventsAt(1, 512), ...eventsAt(769, 1_024)])
    expect((await journal.verify()).problems).toEqual(['set aside by an earlier run: block 513'])
  })

  it('reads only what is not settled when it is opened, and all of it when it is verified', async () => {
    journal = lmdbJournal(path)
    await journal.open(run())
    await journal.append({ settled: [{ from: 257, to: 512 }] }, true)
    await journal.close('clean', 1)
    flip(300)
    journal = lmdbJournal(path)
    expect((await journal.open(run())).unsettled).toHaveLength(3)
    expect((await journal.verify()).problems).toEqual([expect.stringContaining('block 257')])
  })

  it('is refused where a newer version wrote it, and left as it was', async () => {
    const tables = openTables(path, false)
    await tables.meta.put('format', sealJson(99))
    await tables.root.close()
    journal = lmdbJournal(path)
    const error = await journal.open(run()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'OUTCRY_JOURNAL_FORMAT', value: 99 })
    expect((error as Error).message).toMatch(/format 99/)
  })

  it('is refused with a clear error where its end is torn off, and does not end the process', async () => {
    truncateSync(join(path, 'data.mdb'), 3 * 4_096)
    journal = lmdbJournal(path)
    expect(await codeOf(journal.open(run()))).toBe('OUTCRY_JOURNAL_CORRUPT')
  })

  it('is refused where the file is something else, and does not end the process', async () => {
    // As random bytes are to lmdb, which would follow them wherever they point.
    const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * 7_919 + (at >> 3) * 31) & 255))
    for (const junk of [bytes, bytes.subarray(0, 10), Buffer.from('{"not": "lmdb"}\n'.repeat(1_000))]) {
      writeFileSync(join(path, 'data.mdb'), junk)
      journal = lmdbJournal(path)
      const error = await journal.open(run()).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'OUTCRY_JOURNAL_CORRUPT' })
      expect((error as Error).message).toMatch(/is no lmdb file/)
    }
  })

  it('is refused to a second process, which is told who has it', async () => {
    journal = lmdbJournal(path)
    await journal.open(run())
    const holder = `${process.pid}`
    const lock = JSON.parse(readFileSync(join(path, 'outcry.lock'), 'utf8')) as { pid: number }
    expect(String(lock.pid)).toBe(holder)
    expect(await codeOf(lmdbJournal(path).open(run()))).toBe('OUTCRY_JOURNAL_LOCKED')
  })

  it('is taken over from a process that is dead', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.once('exit', resolve))
    writeFileSync(join(path, 'outcry.lock'), JSON.stringify({ pid: child.pid, began: 'long ago', token: 'x' }))
    journal = lmdbJournal(path)
    expect(await journal.open(run())).toMatchObject({ lastSequence: 1_024 })
  })

  it('has a clear error for a folder that cannot be one', async () => {
    const file = join(path, 'file')
    writeFileSync(file, '')
    expect(await codeOf(lmdbJournal(join(file, 'journal')).open(run()))).toBe('OUTCRY_JOURNAL_FAILED')
    mkdirSync(join(path, 'sub'))
  })
})
