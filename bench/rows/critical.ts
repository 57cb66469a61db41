import type { Figure } from './figures.js'
import { probed } from './probed.js'

const settings = ({ short }: { readonly short: boolean }) => ({ depth: 200_000, samples: short ? 50 : 400 })

const figures = (p99: string, arrival: string): readonly Figure[] => [
  { name: 'p50Ms', title: 'p50 from publish, ms', digits: 3 },
  { name: 'p99Ms', title: 'p99 from publish, ms', digits: 3, asked: p99 },
  { name: 'maxMs', title: 'max from publish, ms', digits: 3 },
  { name: 'arrivalP99Ms', title: 'p99 from arrival, ms', digits: 3, asked: arrival },
  { name: 'leastDepth', title: 'queued before it, at least', digits: 0, asked: '≥ 200,000' },
]

/**
 * As the README tells those who need it: with a small young generation. In a deep queue all that is young
 * outlives a collection, and the pause for its copying grows with what fits into it.
 */
export const critical = probed({
  name: 'critical',
  title:
    'a critical event behind 200,000 queued market events, to the last of 10 handlers (rows 3468, 3480), with --max-semi-space-size=1',
  settings,
  mostRuns: 3,
  flags: ['--max-semi-space-size=1'],
  figures: figures('≤ 1', '≤ 8'),
})

export const criticalUntuned = probed({
  name: 'criticalUntuned',
  title: 'the same with the young generation that Node has by itself',
  probe: 'critical',
  settings,
  mostRuns: 3,
  figures: figures('', ''),
})
