import { probed } from './probed.js'

export const inspector = probed({
  name: 'inspector',
  title: 'what an inspector costs: processor time of an event, interleaved',
  settings: ({ short }) => ({ events: short ? 50_000 : 300_000, rounds: short ? 3 : 11 }),
  mostRuns: 1,
  figures: [
    { name: 'bareUs', title: 'without, µs an event', digits: 3 },
    { name: 'attachedPercent', title: 'nobody looks, % more', digits: 1, asked: '< 5' },
    { name: 'openPercent', title: 'a page is open, % more', digits: 1, asked: '< 15' },
  ],
})
