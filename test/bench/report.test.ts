import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { barChart } from '../../bench/report/chart.js'
import { page } from '../../bench/report/page.js'
import { type Results, readResults } from '../../bench/report/results.js'

const machine = {
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 24,
  platform: 'linux x64',
  node: 'v20.19.0',
  v8: '11.3',
  commit: 'abc',
}
const run = (day: string, engine: number): Results => ({
  machine,
  short: false,
  runs: 5,
  day,
  throughput: { engine, bareLoop: 1_000_000, python: 8_000 },
  critical: { p50Ms: 0.2, p99Ms: 0.75, leastDepth: 200_123 },
  realDay: { skipped: 'the market data is not here' },
  about: {
    critical: {
      title: 'a critical event behind a deep queue',
      figures: [
        { name: 'p99Ms', title: 'p99 from publish, ms', digits: 3, asked: '≤ 1' },
        { name: 'leastDepth', title: 'queued before it, at least', digits: 0 },
      ],
    },
    realDay: { title: 'a day', figures: [{ name: 'events', title: 'events', digits: 0 }] },
  },
})

describe('the page of the benchmark', () => {
  it('shows the newest run, each contender in relation to the loop and to the engine, and the history of all', () => {
    const text = page([run('2026-01-01', 400_000), run('2026-02-01', 500_000)])
    expect(text).toContain('Measured on 2026-02-01 at commit abc')
    expect(text).toContain('| **engine** | 500,000 | 0.500 | 1.00 |')
    expect(text).toContain('| python | 8,000 | 0.008 | 62.50 |')
    expect(text).toContain('| p99 from publish, ms | 0.750 | ≤ 1 |')
    expect(text).toContain('| queued before it, at least | 200,123 |  |')
    expect(text).toMatch(/2026-01-01 .* 0\.400 .*\n.*2026-02-01 .* 0\.500/)
    expect(text).not.toContain('skipped')
  })

  it('is what docs/benchmarks.md holds', () => {
    const kept = readResults('bench/results')
    if (kept.length === 0) expect(existsSync('docs/benchmarks.md')).toBe(false)
    else expect(readFileSync('docs/benchmarks.md', 'utf8')).toBe(page(kept))
  })

  it('has nothing to show without a run', () => {
    expect(() => page([])).toThrow('run the benchmark with --save first')
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
