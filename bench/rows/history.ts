import { probed } from './probed.js'

export const history = probed({
  name: 'history',
  title: 'what keeping a history costs an event, what it holds, and what asking it costs (rows 3452, 3461, 3481)',
  settings: ({ short }) => ({ events: short ? 50_000 : 200_000 }),
  mostRuns: 3,
  figures: [
    { name: 'addedUs', title: 'added an event, µs', digits: 3, asked: '≤ 1' },
    { name: 'withoutUs', title: 'an event without, µs', digits: 3 },
    { name: 'bytesPerEvent', title: 'bytes held an event', digits: 1 },
    { name: 'readUs', title: 'read back, an event, µs', digits: 3 },
    { name: 'rareBlocks', title: 'blocks read for 100 events', digits: 0 },
    { name: 'rareEvents', title: 'events asked for', digits: 0 },
  ],
})
