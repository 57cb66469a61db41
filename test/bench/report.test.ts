import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { barChart } from '../../bench/report/chart.js'
import { chart, page } from '../../bench/report/page.js'
import { parseRun, type Run, readResults } from '../../bench/report/results.js'
import { nameOf } from '../../bench/report/write.js'
import { kept, machine } from './support.js'

const about = {
  critical: {
    title: 'a critical event behind a deep queue',
    figures: [
      { name: 'p99Ms', title: 'p99 from publish, ms', digits: 3, asked: '≤ 1' },
      { name: 'leastDepth', title: 'queued before it, at least', digits: 0 },
    ],
  },
  realDay: { title: 'a day', figures: [{ name: 'events', title: 'events', digits: 0 }] },
  soak: { title: 'ten minutes', figures: [{ name: 'events', title: 'events', digits: 0, asked: 'all' }] },
}

const full = (day: string, engine: number, rest: object = {}): Run =>
  kept(`${day}T10:00:00.000Z`, {
    throughput: { engine, bareLoop: 1_000_000, python: 8_000 },
    critical: { p50Ms: 0.2, p99Ms: 0.75, leastDepth: 200_123 },
    realDay: { skipped: 'the market data is not here' },
    about,
    ...rest,
  })

describe('the page of the benchmark', () => {
  it('shows the newest run, each contender in relation to the loop and to the engine, and the history of all', () => {
    const text = page([full('2026-01-01', 400_000), full('2026-02-01', 500_000)])
    expect(text).toContain('Measured on 2026-02-01 at commit abc')
    expect(text).toContain('| **engine** | 500,000 | 0.500 |  | 1.00 |')
    expect(text).toContain('| python | 8,000 | 0.008 |  | 62.50 |')
    expect(text).toContain('| p99 from publish, ms | 0.750 | ≤ 1 |')
    expect(text).toContain('| queued before it, at least | 200,123 |  |')
    expect(text).toMatch(/2026-01-01 .* 0\.400 .*\n.*2026-02-01 .* 0\.500/)
    expect(text).not.toContain('skipped')
    expect(text).not.toContain('realDay')
  })

  it('shows the medians of the ratios where they were kept, of the time that passed and of the processor time', () => {
    const pair = {
      events: 1_000,
      pairs: 5,
      wall: { engine: 0.55, bareLoop: 1 },
      processor: { engine: 0.61, bareLoop: 1 },
    }
    const text = page([full('2026-02-01', 500_000, { ratios: { throughput: pair } })])
    expect(text).toContain('| **engine** | 500,000 | 0.550 | 0.610 | 1.00 |')
    expect(text).toContain('| 2026-02-01 | abc | v20.19.0 | 0.550 |')
  })

  it('shows each row as the newest run had it that measured it, with its commit', () => {
    const long = kept('2026-01-03T10:00:00.000Z', {
      soak: { events: 6_000_000 },
      about,
      machine: { ...machine, commit: 'def', cpu: 'another' },
    })
    const text = page([full('2026-01-01', 400_000, { soak: { events: 1 } }), long, full('2026-02-01', 500_000)])
    const [, soak = ''] = text.split('### soak')
    expect(soak).toContain('Measured on 2026-01-03 at commit def, Node v20.19.0, another, 2 cores. One run.')
    expect(soak).toContain('| events | 6,000,000 | all |')
    expect(text.match(/Measured on/g)).toHaveLength(2)
    expect(text.match(/### soak/g)).toHaveLength(1)
    // A row that there is no more goes with the run that knew of it.
    expect(page([long, full('2026-02-01', 500_000, { about: { critical: about.critical } })])).not.toContain('soak')
    // A run without a contest has no place in the history of contests.
    expect(text.split('## History')[1]).not.toContain('def')
  })

  it('says of how many runs each figure is the median', () => {
    const pair = {
      events: 1_000,
      pairs: 15,
      wall: { engine: 0.5, bareLoop: 1 },
      processor: { engine: 0.6, bareLoop: 1 },
    }
    const text = page([
      full('2026-02-01', 500_000, {
        ratios: { throughput: pair },
        about: { ...about, critical: { ...about.critical, runs: 2 } },
        soak: { events: 6 },
      }),
    ])
    const [contest = '', others = ''] = text.split('## Everything else')
    expect(contest).toContain('Medians of 5 rounds, for the engine and the loop of 15.')
    expect(text).not.toContain('up to 5')
    // As the run itself has it.
    expect(others.split('### critical')[1]).toContain('Median of 2 runs.')
    // A run that was kept before runs wrote it down: as the row was then.
    expect(page([full('2026-02-01', 500_000)]).split('### critical')[1]).toContain('Median of 3 runs.')
    expect(others.split('### soak')[1]).toContain('One run.')
  })

  it('shows the journal of runs that were kept before they named its figures', () => {
    const measured = { eventsPerSecond: 267_990, eventsPerSync: 1_017, oneByOnePerSecond: 1_150 }
    const unnamed = { ...about, journal: { title: 'a durable journal', figures: [] } }
    const [, journal = ''] = page([full('2026-02-01', 500_000, { journal: measured, about: unnamed })]).split(
      '### journal',
    )
    expect(journal).toContain('Median of 3 runs.')
    expect(journal).toContain('| durable events a second, lmdb | 267,990 | ≥ 200,000 |')
    expect(journal).toContain('| durable events a second, PostgreSQL | – |  |')
  })

  it('goes on showing contests and their picture when the newest run has none', () => {
    const long = kept('2026-01-03T10:00:00.000Z', { soak: { events: 6 }, about })
    const all = [full('2026-01-01', 400_000), long]
    expect(page(all)).toContain('| **engine** | 400,000 |')
    expect(chart(all)).toContain('>400,000<')
  })

  it('is what docs/benchmarks.md holds, and so is its picture', () => {
    const all = readResults('bench/results')
    if (all.length === 0) {
      expect(existsSync('docs/benchmarks.md')).toBe(false)
      return
    }
    expect(readFileSync('docs/benchmarks.md', 'utf8')).toBe(page(all))
    expect(readFileSync('docs/images/benchmarks.svg', 'utf8')).toBe(chart(all))
  })

  it('has nothing to show without a run', () => {
    expect(() => page([])).toThrow('run the benchmark with --save first')
  })
})

describe('a run that was kept', () => {
  const withFolder = (files: Record<string, string>, look: (folder: string) => void): void => {
    const folder = mkdtempSync(join(tmpdir(), 'outcry-results-'))
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      look(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const json = (rest: object = {}): string =>
    JSON.stringify({ machine, short: false, runs: 5, at: '2026-01-01T10:00:00.000Z', ...rest })

  it('is named by its time, so that a later one of the same day and commit comes after it and takes no place', () => {
    const morning = nameOf({ at: '2026-01-01T09:05:07.000Z', machine: { ...machine, commit: 'b+' } })
    const noon = nameOf({ at: '2026-01-01T12:00:00.000Z', machine: { ...machine, commit: 'a' } })
    expect(morning).toBe('2026-01-01-090507-b-modified.json')
    const files = { [noon]: json({ runs: 2 }), [morning]: json({ runs: 1 }), 'notes.json': 'no run' }
    withFolder(files, (folder) => expect(readResults(folder).map(({ runs }) => runs)).toEqual([1, 2]))
  })

  it('is refused with its file and the field that does not fit', () => {
    const reads = (text: string) => () =>
      withFolder({ '2026-01-01-090507-a.json': text }, (folder) => readResults(folder))
    expect(reads('{')).toThrow(/2026-01-01-090507-a\.json: /)
    expect(reads(json({ runs: 'five' }))).toThrow(/090507-a\.json: runs: /)
    expect(reads(json({ memory: { heapGrowthMb: 'much' } }))).toThrow(/090507-a\.json: memory/)
    expect(reads(json({ short: true }))).toThrow('short: what is kept is a full run')
    expect(reads(json({ journal: { postgresPerSecond: null } }))).not.toThrow()
  })

  it('does not count what was skipped as measured', () => {
    const run = parseRun(json({ realDay: { skipped: 'no data' }, memory: { events: 1 } }), 'a run')
    expect(run.rows).toEqual({ memory: { events: 1 } })
  })
})

describe('the chart of the benchmark', () => {
  it('draws the longest bar first, writes each figure beside it and escapes names', () => {
    const svg = barChart('a < b', [
      { label: 'small', value: 10, own: false },
      { label: 'R&D', value: 1_000, own: true },
    ])
    expect(svg.indexOf('R&amp;D')).toBeLessThan(svg.indexOf('small'))
    expect(svg).toContain('>1,000<')
    expect(svg).toContain('aria-label="a &lt; b"')
  })
})
