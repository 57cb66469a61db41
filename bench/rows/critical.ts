import { probe } from '../harness/probe.js'
import type { Critical } from '../probes/critical.js'
import { figures } from './figures.js'
import { probed } from './probed.js'
import type { Row } from './row.js'

const DEPTH = 200_000
const samplesOf = (short: boolean): number => (short ? 50 : 500)

export const critical = probed({
  name: 'critical',
  title: 'a critical event behind 200,000 queued market events, to the last of 10 handlers (rows 3468, 3480)',
  settings: ({ short }) => ({ depth: DEPTH, samples: samplesOf(short), settle: 1 }),
  mostRuns: 3,
  figures: [
    { name: 'p50Ms', title: 'p50 from publish, ms', digits: 3 },
    { name: 'p99Ms', title: 'p99 from publish, ms', digits: 3, asked: '≤ 1' },
    { name: 'maxMs', title: 'max from publish, ms', digits: 3 },
    { name: 'arrivalP99Ms', title: 'p99 from arrival, ms', digits: 3, asked: '≤ 8' },
    { name: 'leastDepth', title: 'queued before it, at least', digits: 0, asked: '≥ 200,000' },
  ],
})

const REFILLED = [
  { name: 'p99Ms', title: 'p99 from publish, ms', digits: 3 },
  { name: 'arrivalP99Ms', title: 'p99 from arrival, ms', digits: 3 },
  { name: 'smallP99Ms', title: 'p99 from publish with a young generation of 2 MiB, ms', digits: 3 },
  { name: 'smallArrivalP99Ms', title: 'p99 from arrival with a young generation of 2 MiB, ms', digits: 3 },
] as const

/** Between two bursts of 200,000 events the collector copies what is left of the one before: how long that holds up the others. */
export const criticalRefilled: Row = {
  name: 'criticalRefilled',
  title: 'the same while bursts refill the queue and nobody waits for the collector, by size of the young generation',
  figures: REFILLED,
  async run({ short, runs, progress }) {
    const measured: Record<string, number>[] = []
    const settings = { depth: DEPTH, samples: samplesOf(short), settle: 0 }
    for (let run = 1; run <= Math.min(3, runs); run += 1) {
      progress(`criticalRefilled: run ${run}`)
      const usual = await probe<Critical>('critical', settings)
      const small = await probe<Critical>('critical', settings, ['--max-semi-space-size=2'])
      measured.push({
        p99Ms: usual.p99Ms,
        arrivalP99Ms: usual.arrivalP99Ms,
        smallP99Ms: small.p99Ms,
        smallArrivalP99Ms: small.arrivalP99Ms,
      })
    }
    return figures(REFILLED, measured)
  },
}
