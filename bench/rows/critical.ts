import { probed } from './probed.js'

export const critical = probed({
  name: 'critical',
  title: 'a critical event behind 200,000 queued market events, to the last of 10 handlers (rows 3468, 3480)',
  settings: ({ short }) => ({ depth: 200_000, samples: short ? 50 : 200 }),
  mostRuns: 3,
  figures: [
    { name: 'p50Ms', title: 'p50 from publish, ms', digits: 3 },
    { name: 'p99Ms', title: 'p99 from publish, ms', digits: 3, asked: '≤ 1' },
    { name: 'maxMs', title: 'max from publish, ms', digits: 3 },
    { name: 'arrivalP99Ms', title: 'p99 from arrival, ms', digits: 3, asked: '≤ 8' },
    { name: 'leastDepth', title: 'queued before it, at least', digits: 0, asked: '≥ 200,000' },
  ],
})
