import { probed } from './probed.js'

export const simulation = probed({
  name: 'simulation',
  title: 'a simulated market with faults on and every oracle looking, and a day of 6.5 hours',
  settings: ({ short }) => ({ events: short ? 100_000 : 400_000, dayEvents: short ? 0 : 1_000_000 }),
  mostRuns: 3,
  figures: [
    { name: 'eventsPerSecond', title: 'events/s', digits: 0, asked: '≥ 100,000' },
    { name: 'eventsPerProcessorSecond', title: 'events/s of processor time', digits: 0 },
    { name: 'daySeconds', title: 'the day, s', digits: 1, asked: 'seconds' },
    { name: 'dayProcessorSeconds', title: 'the day, s of processor time', digits: 1 },
    { name: 'violations', title: 'violations', digits: 0, asked: '0' },
  ],
})
