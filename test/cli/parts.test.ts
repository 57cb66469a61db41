import { describe, expect, it } from 'vitest'
import { oneLine } from '../../src/cli/failure.js'
import { createLog } from '../../src/cli/log.js'
import { progressLine, shareRead } from '../../src/cli/progress.js'
import { Tally } from '../../src/cli/tally.js'
import { paint } from '../../src/cli/terminal.js'
import { OutcryError } from '../../src/errors.js'
import type { Feed } from '../../src/feeds/feed.js'
import { Captured } from './fakes.js'

const plain = paint(false)
const feed = (total?: number, read?: number): Feed => ({
  name: 'f',
  recorded: true,
  total,
  ...(read === undefined ? {} : { progress: () => read }),
  read: async function* () {},
})

describe('the tally of reasons', () => {
  it('names a place once, however often it is met there', () => {
    const tally = new Tally()
    for (const place of ['wire', 'wire', 'tape', 'wire']) tally.add('its type is not known', place)
    expect(tally.list()).toMatchObject([{ count: 4, examples: ['wire', 'tape'] }])
  })

  it('takes reasons for one kind that differ by their numbers and the value got', () => {
    const tally = new Tally()
    tally.add('payload.close: must be above 0 (got "-1.5")', 'a.csv:2')
    tally.add('payload.close: must be above 0 (got "-7")', 'a.csv:9')
    tally.add('line 3: is no JSON', 'b:3')
    tally.add('line 14: is no JSON')
    tally.add('line 15: is no JSON', 'b:15')
    expect(tally.list()).toEqual([
      { reason: 'is no JSON', count: 3, examples: ['b:3', 'b:15'] },
      { reason: 'payload.close: must be above 0 (got "-1.5")', count: 2, examples: ['a.csv:2', 'a.csv:9'] },
    ])
  })

  it('is bounded, and loses no count', () => {
    const tally = new Tally()
    for (let at = 0; at < 10_000; at += 1) tally.add(`reason ${String.fromCodePoint(0x4e00 + at)}`, `p${at}`)
    expect(tally.total).toBe(10_000)
    expect(tally.list()).toHaveLength(51)
    expect(tally.list().at(-1)).toEqual({ reason: 'other', count: 9_950, examples: [] })
  })
})

describe('the progress bar', () => {
  it('shows share, events, rate and time to go in the width that there is', () => {
    const view = { share: 0.25, events: 5_000, elapsedMs: 1_000 }
    expect(progressLine(view, plain, 100)).toBe(
      `${'█'.repeat(7)}${'░'.repeat(21)}  25 %  5,000 events  5,000 events/s  3.00 s to go`,
    )
    for (const columns of [20, 40, 60, 80]) expect(progressLine(view, plain, columns).length).toBeLessThan(columns)
  })

  it('shows no share where a feed does not know its length', () => {
    expect(shareRead([feed(100, 50), feed(200, 50)])).toBe(0.375)
    expect(shareRead([feed(100, 150)])).toBe(1)
    expect(shareRead([feed(0, 0)])).toBe(1)
    expect(shareRead([feed(100, 50), feed()])).toBeUndefined()
    expect(shareRead([])).toBeUndefined()
    expect(progressLine({ share: undefined, events: 5, elapsedMs: 0 }, plain, 80)).toBe('5 events  0 events/s')
  })
})

describe('errors in one line', () => {
  it('says each cause once', () => {
    const disk = new Error('EIO: the disk\nis on fire')
    expect(oneLine(new Error('cannot write', { cause: disk }))).toBe('outcry: cannot write: EIO: the disk is on fire')
    expect(oneLine(new Error(`cannot write: ${disk.message}`, { cause: disk }))).toBe(
      'outcry: cannot write: EIO: the disk is on fire',
    )
    expect(oneLine('a string')).toBe('outcry: a string')
  })

  it('survives a cause that leads back to itself', () => {
    const error = new OutcryError('OUTCRY_START_FAILED', 'it failed')
    Object.defineProperty(error, 'cause', { value: error })
    expect(oneLine(error)).toBe('outcry: it failed (OUTCRY_START_FAILED)')
  })
})

describe('the log on standard error', () => {
  it('is silent unless asked, JSON for a machine, a line for a person', () => {
    const machine = new Captured()
    createLog('silent', machine, plain).error({}, 'no')
    expect(machine.text).toBe('')
    const log = createLog('warn', machine, plain)
    log.warn({ depth: 7 }, 'the queue is full')
    log.info({}, 'no')
    expect(
      machine.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ level: 40, depth: 7, msg: 'the queue is full' }])
    const person = new Captured(true)
    const spoken = createLog('warn', person, plain)
    spoken.warn({ depth: 7, error: new Error('boom') }, 'the queue\nis full')
    spoken.debug({}, 'no')
    expect(person.text).toBe('\r\u001b[2Kwarn the queue is full depth=7 error=boom\n')
  })
})
