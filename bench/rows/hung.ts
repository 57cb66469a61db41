import { probed } from './probed.js'

export const hung = probed({
  name: 'hung',
  title: 'nine strategies beside one whose promises never settle, against the nine alone, interleaved',
  settings: ({ short }) => ({ events: short ? 100_000 : 1_000_000, rounds: short ? 3 : 7 }),
  mostRuns: 1,
  figures: [
    { name: 'ofProcessorRate', title: 'rate by processor time, of that without it', digits: 3, asked: '≥ 0.9' },
    { name: 'ofRate', title: 'rate by the clock, of that without it', digits: 3 },
  ],
})
