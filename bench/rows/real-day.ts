import { existsSync } from 'node:fs'
import { REAL_DAY_SYMBOLS, realDayPath } from '../probes/real-day.js'
import { probed } from './probed.js'

export const realDay = probed({
  name: 'realDay',
  title: 'the 661,332 trades of four symbols on 2013-10-10, from their archives, merged, to 10 strategies',
  settings: () => ({}),
  mostRuns: 3,
  obstacle: () =>
    REAL_DAY_SYMBOLS.every((symbol) => existsSync(realDayPath(symbol))) ? undefined : 'the market data is not here',
  figures: [
    { name: 'events', title: 'events', digits: 0, asked: '661,332' },
    { name: 'eventsPerSecond', title: 'events/s', digits: 0 },
    { name: 'elapsedMs', title: 'elapsed, ms', digits: 0 },
    { name: 'processorMs', title: 'processor time, ms', digits: 0 },
    { name: 'peakRssMb', title: 'memory at the peak, MB', digits: 0 },
  ],
})
