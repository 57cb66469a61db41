import { existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isOutcryError } from '../../src/errors.js'
import { EventDraft } from '../../src/events/draft.js'
import { OutcryEvent } from '../../src/events/event.js'
import { EventTypes } from '../../src/events/validate.js'
import { ndjsonSink } from '../../src/sinks/ndjson.js'
import type { SignalEvent } from '../../src/sinks/sink.js'

const payload = { side: 'buy', strength: 0.5, reason: 'two\nlines' } as const

const signalOf = (id: string): SignalEvent =>
  new OutcryEvent(id, 'signal', 1, 1000.5, 2000, 'tone', 'Ä', ['Ä', 'B'], payload, 'root', undefined, 7, 0)

async function failure(call: () => unknown): Promise<string> {
  try {
    await call()
    return ''
  } catch (error) {
    return isOutcryError(error) ? `${error.code} ${error.message}` : String(error)
  }
}

type HandleCalls = Record<'write' | 'truncate', (...args: unknown[]) => Promise<unknown>>

/** What all handles of files are made after, so that a call of the sink's own can be made to fail. */
async function handlesLike(path: string): Promise<HandleCalls> {
  const probe = await open(path)
  await probe.close()
  return Object.getPrototypeOf(probe)
}

describe('ndjsonSink', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outcry-test-'))
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await rm(folder, { recursive: true, force: true })
  })

  const linesOf = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).split('\n')
  const idsOf = async (path: string): Promise<unknown[]> =>
    (await linesOf(path)).slice(0, -1).map((line) => JSON.parse(line).id)

  it('writes a line for each signal, in folders that it makes, and has written it when it acknowledges', async () => {
    const path = join(folder, 'a', 'b', 'signals.ndjson')
    const sink = ndjsonSink(path)
    await sink.open?.()
    await sink.write([signalOf('1'), signalOf('2')])
    expect(await idsOf(path)).toEqual(['1', '2'])
    await sink.write([])
    await sink.write([signalOf('3')])
    expect(await idsOf(path)).toEqual(['1', '2', '3'])
    await sink.close?.()
  })

  it('writes the wire form, which can be published again', async () => {
    const path = join(folder, 'signals.ndjson')
    const sink = ndjsonSink(path)
    await sink.open?.()
    await sink.write([signalOf('1')])
    await sink.close?.()
    const wire: unknown = JSON.parse((await linesOf(path))[0] ?? '')
    expect(wire).toEqual({
      id: '1',
      type: 'signal',
      version: 1,
      timestamp: 1000.5,
      source: 'tone',
      symbol: 'Ä',
      symbols: ['Ä', 'B'],
      payload,
      correlationId: 'root',
    })
    expect(new EventTypes().parse(wire)).toBeInstanceOf(EventDraft)
  })

  it('begins with an empty file, or adds to the one that is there', async () => {
    const path = join(folder, 'signals.ndjson')
    for (const [options, expected] of [
      [undefined, ['1']],
      [{ append: true }, ['1', '1']],
      [{ append: false }, ['1']],
    ] as const) {
      const sink = ndjsonSink(path, options)
      await sink.open?.()
      await sink.write([signalOf('1')])
      await sink.close?.()
      expect(await idsOf(path)).toEqual(expected)
    }
  })

  it('does not glue its first line to half a line of a run that was killed', async () => {
    const path = join(folder, 'signals.ndjson')
    await writeFile(path, '{"id":"0"}\n{"id":"ha')
    const sink = ndjsonSink(path, { append: true })
    await sink.open?.()
    await sink.write([signalOf('1')])
    await sink.close?.()
    const lines = await linesOf(path)
    expect(lines.slice(0, 2)).toEqual(['{"id":"0"}', '{"id":"ha'])
    expect(JSON.parse(lines[2] ?? '').id).toBe('1')
  })

  it.each([true, false])(
    'takes back a write that failed half-way, so that it can be tried again (append: %s)',
    async (append) => {
      const path = join(folder, 'signals.ndjson')
      const sink = ndjsonSink(path, { append })
      await sink.open?.()
      await sink.write([signalOf('1')])
      const handles = await handlesLike(path)
      const write = handles.write
      vi.spyOn(handles, 'write')
        .mockImplementationOnce(async function (this: unknown, bytes, offset, _length, position) {
          return write.call(this, bytes, offset, 10, position)
        })
        .mockRejectedValueOnce(new Error('no space left'))
      expect(await failure(() => sink.write([signalOf('2')]))).toBe(`OUTCRY_SINK_FAILED ndjson:${path}: no space left`)
      expect(await idsOf(path)).toEqual(['1'])
      await sink.write([signalOf('2')])
      await sink.close?.()
      expect(await idsOf(path)).toEqual(['1', '2'])
    },
  )

  it.each([true, false])(
    'goes on at the beginning of a file that a rotation has emptied (append: %s)',
    async (append) => {
      const path = join(folder, 'signals.ndjson')
      const sink = ndjsonSink(path, { append })
      await sink.open?.()
      await sink.write([signalOf('1'), signalOf('2')])
      await truncate(path)
      await sink.write([signalOf('3')])
      expect(await idsOf(path)).toEqual(['3'])
      const handles = await handlesLike(path)
      vi.spyOn(handles, 'write').mockRejectedValueOnce(new Error('no space left'))
      await truncate(path)
      expect(await failure(() => sink.write([signalOf('4')]))).toContain('no space left')
      await sink.write([signalOf('4')])
      await sink.close?.()
      expect(await idsOf(path)).toEqual(['4'])
    },
  )

  it('does not glue a line to half of one that could not be taken back', async () => {
    const path = join(folder, 'signals.ndjson')
    const sink = ndjsonSink(path)
    await sink.open?.()
    const handles = await handlesLike(path)
    const write = handles.write
    vi.spyOn(handles, 'write')
      .mockImplementationOnce(async function (this: unknown, bytes, offset, _length, position) {
        return write.call(this, bytes, offset, 10, position)
      })
      .mockRejectedValueOnce(new Error('no space left'))
    vi.spyOn(handles, 'truncate').mockRejectedValueOnce(new Error('not allowed'))
    expect(await failure(() => sink.write([signalOf('1')]))).toContain('no space left')
    await sink.write([signalOf('1')])
    await sink.close?.()
    const lines = await linesOf(path)
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[1] ?? '').id).toBe('1')
  })

  it('says when it cannot write', async () => {
    expect(await failure(() => ndjsonSink(folder).open?.())).toMatch(/^OUTCRY_SINK_FAILED ndjson:.*EISDIR/)
    const path = join(folder, 'signals.ndjson')
    const sink = ndjsonSink(path)
    expect(await failure(() => sink.write([signalOf('1')]))).toMatch(/^OUTCRY_SINK_FAILED .*not open/)
    await sink.open?.()
    await sink.close?.()
    expect(await failure(() => sink.write([signalOf('1')]))).toMatch(/^OUTCRY_SINK_FAILED .*not open/)
    expect(await failure(() => sink.close?.())).toBe('')
  })

  it.skipIf(!existsSync('/dev/full'))('reports a full disk', async () => {
    const sink = ndjsonSink('/dev/full')
    await sink.open?.()
    expect(await failure(() => sink.write([signalOf('1')]))).toMatch(/^OUTCRY_SINK_FAILED ndjson:\/dev\/full: ENOSPC/)
    await sink.close?.()
  })

  it('refuses options that do not fit', async () => {
    const wrong: object = { append: 'yes' }
    expect(await failure(() => ndjsonSink('x', wrong))).toMatch(/^OUTCRY_OPTION_INVALID ndjsonSink.append: .*"yes"/)
  })
})
