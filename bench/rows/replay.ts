import { probed } from './probed.js'

export const replay = probed({
  name: 'replay',
  title: 'a million events from the history through a running engine again (row 3458)',
  settings: ({ short }) => ({ events: short ? 200_000 : 1_000_000 }),
  mostRuns: 3,
  figures: [
    { name: 'perProcessorSecond', title: 'events a second of processor time', digits: 0, asked: '≥ 500,000' },
    { name: 'perSecond', title: 'events/s', digits: 0 },
    { name: 'overIdleMb', title: 'memory over idle, MB', digits: 1, asked: '< 64' },
    { name: 'paceErrorPercent', title: 'off the pace at 100 times, %', digits: 2, asked: '≤ 1' },
  ],
})
