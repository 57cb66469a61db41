import { probed } from './probed.js'

export const soak = probed({
  name: 'soak',
  title: '10 minutes at 10,000 events/s with strategies that throw, reject and dawdle (row testing)',
  settings: ({ short }) => ({ perSecond: 10_000, minuteMs: short ? 5_000 : 60_000, minutes: short ? 4 : 10 }),
  mostRuns: 1,
  figures: [
    { name: 'events', title: 'events', digits: 0 },
    { name: 'deadLettered', title: 'dead-lettered deliveries', digits: 0 },
    { name: 'unbalanced', title: 'deliveries unaccounted for', digits: 0, asked: '0' },
    { name: 'secondP99Ms', title: 'p99 of the second minute, ms', digits: 3 },
    { name: 'lastP99Ms', title: 'p99 of the last minute, ms', digits: 3 },
    { name: 'lastToSecond', title: 'last to second', digits: 3, asked: '≤ 1.5' },
    { name: 'heapGrowthMb', title: 'growth of the heap since the second, MB', digits: 3, asked: 'flat' },
  ],
})
