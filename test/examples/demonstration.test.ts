import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, type EngineStats, type Ledger } from 'outcry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demonstration } from '../../examples/demonstration.js'
import { createSystemEnvironment } from '../../src/environment/system.js'
import { EventDraft } from '../../src/events/draft.js'
import { FeedProblem } from '../../src/feeds/feed.js'

interface Played {
  readonly ledger: Ledger
  readonly stats: EngineStats
  readonly digest: string | undefined
  /** What the sink wrote. */
  readonly lines: readonly string[]
}

const run = async (signals: string): Promise<Played> => {
  const { strategies, feeds, options } = await demonstration({ signals })
  await using engine = createEngine({ ...options, strategies, feeds })
  await engine.start()
  await engine.finished()
  const stats = engine.stats.get()
  await engine.stop()
  const lines = (await readFile(signals, 'utf8')).trimEnd().split('\n')
  return { ledger: engine.ledger(), stats, digest: engine.digest(), lines }
}

describe('the data of the demonstration', () => {
  it('has 21,578 items of news and 5,105 bars, and the news lies within the bars, on the days of the week it had', async () => {
    const { feeds } = await demonstration()
    const context = { environment: createSystemEnvironment(), signal: new AbortController().signal }
    const counts = new Map<string, number>()
    const times = new Map<string, number[]>()
    for (const feed of feeds) {
      for await (const batch of feed.read(context)) {
        for (const item of batch) {
          const type = item instanceof FeedProblem ? `${feed.name.slice(0, 7)} problem` : item.type
          counts.set(type, (counts.get(type) ?? 0) + 1)
          if (item instanceof EventDraft) times.set(type, [...(times.get(type) ?? []).slice(-1), item.timestamp ?? 0])
          if (item instanceof EventDraft && !times.has(`first ${type}`))
            times.set(`first ${type}`, [item.timestamp ?? 0])
        }
      }
    }
    expect(counts.get('bar')).toBe(5_105)
    expect((counts.get('news') ?? 0) + (counts.get('reuters problem') ?? 0)).toBe(21_578)
    const [firstNews = 0] = times.get('first news') ?? []
    const [firstBar = 0] = times.get('first bar') ?? []
    // 26 February 1987 was a Thursday; the first bar is the close of 3 January 2000 in New York.
    expect(new Date(firstNews).toISOString()).toBe('2008-02-28T15:01:01.790Z')
    expect(new Date(firstNews).getUTCDay()).toBe(4)
    expect(new Date(firstBar).toISOString()).toBe('2000-01-03T21:00:00.000Z')
    expect(times.get('news')?.at(-1) ?? 0).toBeLessThan(times.get('bar')?.at(-1) ?? 0)
  })

  it('says by how much the news was moved, from when to when, and where signals go', async () => {
    const { notes } = await demonstration({ signals: 'elsewhere.ndjson' })
    expect(notes.join('\n')).toMatch(/1987-02-26 to 1987-10-20.*1096 weeks to 2008-02-28 to 2008-10-21/)
    expect(notes.join('\n')).toContain('elsewhere.ndjson')
  })
})

describe('the demonstration', () => {
  let folder: string
  let first: Played
  let second: Played

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outcry-demonstration-'))
    first = await run(join(folder, 'first.ndjson'))
    second = await run(join(folder, 'second.ndjson'))
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('accounts for every record', () => {
    const { events, derived, deliveries, deadLetters } = first.ledger
    expect(events.published).toBe(26_683)
    expect(events.invalid).toBe(738)
    expect(events.published).toBe(events.invalid + events.duplicate + events.refused + events.accepted)
    expect(events.accepted).toBe(events.settled)
    expect(events).toMatchObject({ queued: 0, inFlight: 0, duplicate: 0, refused: 0 })
    expect(derived.published).toBe(derived.settled)
    expect(deliveries.due).toBe(deliveries.succeeded)
    expect(deadLetters.entered).toBe(0)
  })

  it('gives one digest and the same signals in two runs', () => {
    expect(first.digest).toMatch(/^[0-9a-f]{16}$/)
    expect(second.digest).toBe(first.digest)
    expect(second.lines).toEqual(first.lines)
  })

  it('hears from each of its strategies, and writes their signals', () => {
    const { strategies, signals } = first.stats
    for (const name of ['news-tone', 'news-burst', 'breakout']) expect(strategies[name]?.signals).toBeGreaterThan(50)
    expect(signals).toBeGreaterThan(500)
    // The signals that late news gave rise to are withheld from the sink.
    expect(first.lines.length).toBeLessThanOrEqual(signals)
    expect(first.lines.length).toBeGreaterThan(0.9 * signals)
    const sources = new Set(first.lines.map((line) => (JSON.parse(line) as { source: string }).source))
    expect([...sources].sort()).toEqual(['breakout', 'news-burst', 'news-tone'])
  })

  it('makes the supervisor spawn a worker in a burst and retire one in a quiet time', () => {
    const { spawned, retired, peak } = first.stats.workers
    expect(spawned).toBeGreaterThan(2)
    expect(retired).toBeGreaterThan(0)
    expect(peak).toBeGreaterThan(2)
  })
})
