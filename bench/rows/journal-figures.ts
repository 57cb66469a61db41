import type { Figure } from './figures.js'

export const FIGURES: readonly Figure[] = [
  { name: 'eventsPerSecond', title: 'durable events a second, lmdb', digits: 0, asked: '≥ 200,000' },
  { name: 'eventsPerSync', title: 'events that shared a sync', digits: 0 },
  { name: 'oneByOnePerSecond', title: 'events a second, a sync each', digits: 0 },
]

/** With a server to measure on there is one more. */
export const WITH_SERVER: readonly Figure[] = [
  ...FIGURES,
  { name: 'postgresPerSecond', title: 'durable events a second, PostgreSQL', digits: 0 },
]
