import { probed } from './probed.js'

export const memory = probed({
  name: 'memory',
  title: 'growth of the heap over 10 M events, both ends collected (rows 3451, 3455)',
  settings: ({ short }) => ({ events: short ? 300_000 : 10_000_000 }),
  mostRuns: 1,
  figures: [
    { name: 'heapGrowthMb', title: 'growth, MB', digits: 3, asked: '< 1' },
    { name: 'events', title: 'events', digits: 0 },
  ],
})
