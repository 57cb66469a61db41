import { probed } from './probed.js'

export const latency = probed({
  name: 'latency',
  title: 'from due to the last of 10 handlers at 50,000 events/s, coordinated omission corrected',
  settings: ({ short }) => ({ perSecond: 50_000, seconds: short ? 2 : 10 }),
  figures: [
    { name: 'p50Ms', title: 'p50, ms', digits: 3 },
    { name: 'p99Ms', title: 'p99, ms', digits: 3 },
    { name: 'p999Ms', title: 'p99.9, ms', digits: 3 },
    { name: 'maxMs', title: 'max, ms', digits: 3 },
  ],
})
