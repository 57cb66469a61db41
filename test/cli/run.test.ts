import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EngineStats } from '../../actors/api.js'
import { createEngine } from '../../actors/engine.js'
import { OutcryError } from '../../src/errors.js'
import { FakeSignals, LEDGER, outcry, STATS } from './fakes.js'

const ESCAPE = '\u001b'

describe('outcry run: what it prints', () => {
  it('prints one JSON object of exactly the documented shape', async () => {
    const { code, out, err } = await outcry(['run', '--json'])
    expect(code).toBe(0)
    expect(err).toBe('')
    expect(out.endsWith('}\n')).toBe(true)
    const { elapsedMs, eventsPerSecond, ...rest } = JSON.parse(out)
    expect(elapsedMs).toBeGreaterThanOrEqual(0)
    expect(eventsPerSecond).toBeGreaterThanOrEqual(0)
    const { derived, ...ledgers } = LEDGER
    expect(rest).toEqual({
      ...ledgers,
      signals: STATS.signals,
      latencyMs: { p50: 0.042, p99: 1.5, max: 12.25 },
      peakRssMb: 153.6,
      digest: '0123456789abcdef',
      derived,
      signalsByStrategy: { 'news-tone': 1_234, breakout: 41 },
      invalidReasons: [],
      deadLetterReasons: [{ strategy: 'news-tone', reason: 'poison', error: 'Error: cannot read item 1', count: 2 }],
      faults: [],
    })
    // What was added stands behind what there was.
    expect(Object.keys(JSON.parse(out)).slice(-6)).toEqual([
      'digest',
      'derived',
      'signalsByStrategy',
      'invalidReasons',
      'deadLetterReasons',
      'faults',
    ])
  })

  it('prints why records were invalid and where faults came up, in bounded lists', async () => {
    const { code, out } = await outcry(['run', '--json'], {
      behaviour: {
        finished: (emit) => {
          for (let at = 1; at <= 9; at += 1) {
            emit('invalid', { source: 'news.ndjson', position: at, reason: `price: is no number (got ${at})` })
          }
          for (let at = 0; at < 60; at += 1) emit('fault', { where: `listener:${at}`, error: new Error('boom') })
          emit('fault', { where: 'listener:7', error: new Error('boom again') })
          return Promise.resolve()
        },
      },
    })
    expect(code).toBe(0)
    const { invalidReasons, faults } = JSON.parse(out)
    expect(invalidReasons).toEqual([
      {
        reason: 'price: is no number (got 1)',
        count: 9,
        places: ['news.ndjson:1', 'news.ndjson:2', 'news.ndjson:3'],
      },
    ])
    expect(faults).toHaveLength(51)
    expect(faults[0]).toEqual({ where: 'listener:7', count: 2 })
    expect(faults.at(-1)).toEqual({ where: 'other', count: 10 })
  })

  it('closes with a summary that accounts for everything', async () => {
    const { code, out, err } = await outcry(['run'], {
      behaviour: {
        finished: (emit) => {
          for (const position of [7, 19, 300, 4_000]) {
            emit('invalid', {
              source: 'news.ndjson',
              position,
              reason: `timestamp: is no date (got "${position}-MAR")`,
            })
          }
          return Promise.resolve()
        },
      },
    })
    expect(code).toBe(0)
    expect(err).toBe('')
    const text = out.replace(/ in [\d.]+ m?s/, ' in T').replace(/[\d,]+ events\/s/, 'N events/s')
    expect(text).toMatchInlineSnapshot(`
      "
        the bundled demonstration · 26,683 events in T · 1,275 signals
        news is rebased by +992 weeks

        throughput  N events/s
        latency     p50 0.042 ms · p99 1.50 ms · max 12.25 ms
        workers     3 spawned · 1 retired · 3 at the peak
        memory      154 MB at the peak
        digest      0123456789abcdef

        events ✓             by strategies ✓      deliveries ✓             dead letters ✓
        published  26,683    published   1,275    due            53,346    entered         2
        invalid         3    invalid         0    succeeded      53,344    held            2
        duplicate       7    duplicate       0    dead lettered       2    redriven        0
        refused         0    refused         0    skipped             0    discarded       0
        accepted   26,673    accepted    1,275    abandoned           0    evicted         0
        settled    26,673    settled     1,275    in flight           0
        conflated       0    conflated       0
        expired         0    expired         0
        evicted         0    evicted         0
        abandoned       0    abandoned       0
        queued          0    queued          0
        in flight       0    in flight       0
        late           12
        ✓ every event, delivery and dead letter is accounted for

        signals by strategy
        news-tone  1,234  ████████████████████████  from 21,578 deliveries, 2 failed
        breakout      41  ▊                         from 5,105 deliveries

        invalid: 3 records by reason
        4  timestamp: is no date (got "7-MAR")
           at news.ndjson:7, news.ndjson:19, news.ndjson:300, …

        dead letters by reason
        2  news-tone: poison: Error: cannot read item 1

      "
    `)
  })

  it('paints on a terminal alone, and not where the user said no', async () => {
    expect((await outcry(['run'])).out).not.toContain(ESCAPE)
    expect((await outcry(['run'], { tty: true })).out).toContain(ESCAPE)
    expect((await outcry(['run'], { tty: true, env: { NO_COLOR: '1' } })).out).not.toContain(ESCAPE)
    expect((await outcry(['run'], { tty: true, env: { TERM: 'dumb' } })).out).not.toContain(ESCAPE)
  })

  it('draws a progress bar on a terminal and takes it off again', async () => {
    const { err } = await outcry(['run'], { tty: true })
    expect(err).toContain('26,673 events')
    expect(err.endsWith(`\r${ESCAPE}[2K`)).toBe(true)
    expect((await outcry(['run', '--quiet'], { tty: true })).err).toBe('')
  })

  it('says nothing when it is to be quiet', async () => {
    expect(await outcry(['run', '--quiet'])).toMatchObject({ code: 0, out: '', err: '' })
  })
})

describe('outcry run: how it ends', () => {
  it('answers bad input that came to light at the start with one line and exit 2', async () => {
    const cause = new OutcryError('OUTCRY_FEED_FILE', 'ndjson:gone: there is no such file')
    const { code, out, err, stops } = await outcry(['run'], {
      behaviour: {
        start: () => Promise.reject(new OutcryError('OUTCRY_START_FAILED', 'feeds failed to start', { cause })),
      },
    })
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: 'outcry: ndjson:gone: there is no such file (OUTCRY_FEED_FILE)\n',
    })
    expect(stops).toBe(1)
  })

  it('answers a run that failed with its account, one line and exit 1', async () => {
    const { code, out, err } = await outcry(['run', '--json'], {
      behaviour: {
        finished: () => Promise.reject(new OutcryError('OUTCRY_FEED_FAILED', 'newswire: the disk is on fire')),
      },
    })
    expect(code).toBe(1)
    expect(JSON.parse(out).events.published).toBe(26_683)
    expect(err).toBe('outcry: newswire: the disk is on fire (OUTCRY_FEED_FAILED)\n')
  })

  it('fails when a feed or a sink failed on the way, though the engine went on', async () => {
    const fault = (where: string, error: Error) =>
      outcry(['run', '--json'], {
        behaviour: {
          finished: (emit) => {
            emit('fault', { where, error })
            return Promise.resolve()
          },
        },
      })
    const lost = await fault('sink ndjson', new OutcryError('OUTCRY_SINK_FAILED', 'ndjson:signals: no space is left'))
    expect(lost.code).toBe(1)
    expect(lost.err).toBe('outcry: ndjson:signals: no space is left (OUTCRY_SINK_FAILED)\n')
    const cut = await fault('feed spy', new OutcryError('OUTCRY_FEED_FORMAT', 'lean:spy.zip: the archive is cut off'))
    expect(cut).toMatchObject({
      code: 2,
      out: '',
      err: 'outcry: lean:spy.zip: the archive is cut off (OUTCRY_FEED_FORMAT)\n',
    })
    const shrugged = await fault(
      'listener:signal',
      new OutcryError('OUTCRY_HANDLER_FAILED', 'the host’s listener threw'),
    )
    expect(shrugged.code).toBe(0)
  })

  it.each([['--json'], ['--quiet']])('fails with %s when no record was accepted', async (flag) => {
    const events = { ...LEDGER.events, published: 3, invalid: 3, duplicate: 0, accepted: 0, settled: 0 }
    const { code, err } = await outcry(['run', flag], { behaviour: { ledger: { ...LEDGER, events } } })
    expect({ code, err }).toEqual({ code: 1, err: 'outcry: None of 3 records was accepted: 3 invalid\n' })
  })

  it('fails when every delivery became a dead letter', async () => {
    const deliveries = { ...LEDGER.deliveries, due: 2, succeeded: 0, deadLettered: 2 }
    const { code, err } = await outcry(['run', '--json'], { behaviour: { ledger: { ...LEDGER, deliveries } } })
    expect({ code, err }).toEqual({
      code: 1,
      err: 'outcry: None of 2 deliveries succeeded: 2 became dead letters\n',
    })
  })

  it('says that nothing was read of an empty feed, which is no failure', async () => {
    const events = { ...LEDGER.events, published: 0, invalid: 0, duplicate: 0, accepted: 0, settled: 0 }
    const deliveries = { ...LEDGER.deliveries, due: 0, succeeded: 0, deadLettered: 0 }
    const { code, out, err } = await outcry(['run'], { behaviour: { ledger: { ...LEDGER, events, deliveries } } })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('nothing was read: the feeds gave no records')
  })

  it.each([['--json'], ['--quiet']])('says with %s in one line when a feed yields what is no batch', async (flag) => {
    const folder = mkdtempSync(join(tmpdir(), 'outcry-batch-'))
    const path = join(folder, 'odd.mjs')
    writeFileSync(path, "export default { name: 'odd', recorded: true, async *read() { yield { type: 'trade' } } }")
    // The real engine, as it is its reader that would stumble.
    const { code, err } = await outcry(['run', '--feed', `module:${path}`, flag], { engine: createEngine })
    rmSync(folder, { recursive: true })
    expect(code).toBe(1)
    expect(err).toMatch(
      /^outcry: odd: read\(\) yielded [^\n]*, and should yield arrays of items \(OUTCRY_FEED_FAILED\)\n$/,
    )
  })

  it('does not wait for an engine that broke', async () => {
    const { code, err, stops } = await outcry(['run', '--quiet'], {
      behaviour: {
        finished: (emit) => {
          emit('fault', { where: 'engine', error: new Error('a machine threw') })
          return new Promise(() => {})
        },
      },
    })
    expect({ code, err, stops }).toEqual({ code: 1, err: 'outcry: a machine threw\n', stops: 1 })
  })

  it('counts for a feed run without strategies', async () => {
    const { code, out, engines } = await outcry(['run', '--feed', 'ndjson:package.json', '--sort'])
    expect(code).toBe(0)
    expect(out).toContain('no --strategy: a built-in observer counted nothing')
    expect(engines[0]?.strategies?.map(({ name }) => name)).toEqual(['observer'])
  })

  it('writes signals where it is told to', async () => {
    const sinks = { 'ndjson:out.ndjson': { offered: 3, written: 3, failed: 0, dropped: 0, withheld: 0 } }
    const run = ['run', '--feed', 'ndjson:package.json', '--signals', 'out.ndjson']
    const { engines, out } = await outcry(run, { behaviour: { sinks } })
    expect(engines[0]?.sinks?.map(({ name }) => name)).toEqual(['ndjson:out.ndjson'])
    expect(out).toContain('signals were written to ndjson:out.ndjson')
  })

  it.each([
    [0, 5, 0, 'no signals were written to ndjson:out.ndjson: 5 failed'],
    [2, 1, 4, '2 signals were written to ndjson:out.ndjson: 1 failed, 4 were dropped, as too many waited'],
    [0, 0, 0, 'no signals were written to ndjson:out.ndjson'],
  ])(
    'says of %i written, %i failed and %i dropped signals what became of them',
    async (written, failed, dropped, said) => {
      const counts = { offered: written + failed + dropped, written, failed, dropped, withheld: 0 }
      const run = ['run', '--feed', 'ndjson:package.json', '--signals', 'out.ndjson']
      const { out } = await outcry(run, { behaviour: { sinks: { 'ndjson:out.ndjson': counts } } })
      expect(out).toContain(`  ${said}\n`)
    },
  )

  it('warns where no strategy subscribes to anything of what came', async () => {
    const deliveries = { ...LEDGER.deliveries, due: 0, succeeded: 0, deadLettered: 0 }
    const { code, err } = await outcry(['run', '--json'], { behaviour: { ledger: { ...LEDGER, deliveries } } })
    expect(code).toBe(0)
    expect(err).toBe(
      'outcry: no strategy subscribes to anything of what came: 26,673 events accepted, none delivered\n',
    )
  })

  it('says of a run that a journal has whole already that nothing new was read', async () => {
    const events = { ...LEDGER.events, published: 0, invalid: 0, duplicate: 0, accepted: 0, settled: 0 }
    const deliveries = { ...LEDGER.deliveries, due: 0, succeeded: 0, deadLettered: 0 }
    const journal = { name: 'lmdb:x', failing: false } as EngineStats['journal']
    const { code, out, err } = await outcry(['run'], {
      behaviour: { journal, ledger: { ...LEDGER, events, deliveries } },
    })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('nothing new was read: the feeds gave no records beyond those that the journal has')
  })

  it('fails when the ledger does not balance', async () => {
    const { code, out, err } = await outcry(['run'], {
      behaviour: { ledger: { ...LEDGER, events: { ...LEDGER.events, settled: 26_672 } } },
    })
    expect(code).toBe(1)
    expect(out).toContain('✗ events.accepted 26673 ≠ 26672')
    expect(err).toMatch(/^outcry: The ledger does not balance: events.accepted[^\n]*\n$/)
  })

  it('fails when something had to be abandoned', async () => {
    const { code, err } = await outcry(['run', '--json'], { behaviour: { abandoned: ['strategy:slow'] } })
    expect(code).toBe(1)
    expect(err).toContain('abandoned: strategy:slow')
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('drains on %s and answers %i; a second one ends it at once', async (signal, code) => {
    const signals = new FakeSignals()
    const ran = await outcry(['run'], {
      signals,
      behaviour: {
        // A live feed never ends by itself.
        finished: () => {
          signals.send(signal)
          return new Promise(() => {})
        },
      },
    })
    expect(ran.code).toBe(code)
    expect(ran.stops).toBe(1)
    expect(ran.out).toContain('cut short')
    expect(ran.err).toContain('once more to stop at once')
    expect(signals.exits).toEqual([])
    expect(signals.listening).toBe(0)
  })

  it('ends the process at once on a second signal', async () => {
    const signals = new FakeSignals()
    await outcry(['run', '--quiet'], {
      signals,
      behaviour: {
        finished: () => {
          signals.send('SIGINT')
          signals.send('SIGINT')
          return new Promise(() => {})
        },
      },
    })
    expect(signals.exits).toEqual([130])
  })
})
