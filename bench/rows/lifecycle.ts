import { probed } from './probed.js'

export const lifecycle = probed({
  name: 'lifecycle',
  title: 'an engine of 100 strategies: create, start, stop (row 3487)',
  settings: ({ short }) => ({ strategies: 100, rounds: short ? 10 : 50 }),
  figures: [
    { name: 'createMs', title: 'create, ms', digits: 2, asked: '≤ 5' },
    { name: 'startMs', title: 'start, ms', digits: 2 },
    { name: 'stopMs', title: 'stop, ms', digits: 2 },
  ],
})
