import { hasRecordedDay } from '../load/recorded-day.js'
import { probed } from './probed.js'

const obstacle = (): string | undefined => (hasRecordedDay() ? undefined : 'the market data is not here')

export const realDay = probed({
  name: 'realDay',
  title: 'the 661,332 trades of four symbols on 2013-10-10, merged with 1,596 news items, to 10 strategies',
  settings: () => ({}),
  mostRuns: 3,
  obstacle,
  figures: [
    { name: 'events', title: 'events', digits: 0 },
    { name: 'eventsPerSecond', title: 'events/s', digits: 0 },
    { name: 'elapsedMs', title: 'elapsed, ms', digits: 0 },
    { name: 'processorMs', title: 'processor time, ms', digits: 0 },
    { name: 'peakRssMb', title: 'memory at the peak, MB', digits: 0 },
  ],
})

export const realDayPaced = probed({
  name: 'realDayPaced',
  title: 'the same day from open to close at 100 times its speed, in just under four minutes',
  settings: ({ short }) => ({ speed: 100, lastMs: short ? 600_000 : 86_400_000 }),
  mostRuns: 1,
  obstacle,
  figures: [
    { name: 'events', title: 'events', digits: 0 },
    { name: 'elapsedMs', title: 'elapsed, ms', digits: 0 },
    { name: 'paceErrorPercent', title: 'off the pace, %', digits: 3, asked: '≤ 1' },
    { name: 'p50Ms', title: 'p50 later than the most punctual, ms', digits: 3 },
    { name: 'p99Ms', title: 'p99, ms', digits: 3 },
    { name: 'maxMs', title: 'max, ms', digits: 3 },
    { name: 'busyPercent', title: 'processor time of the time that passed, %', digits: 1 },
  ],
})
