import { probed } from './probed.js'

export const validation = probed({
  name: 'validation',
  title: 'processor time of making a valid event, and of offering it (rows 3464, 3476, 3477)',
  settings: ({ short }) => ({ events: short ? 50_000 : 200_000 }),
  figures: [
    { name: 'tradeUs', title: 'trade(…), µs', digits: 3, asked: '≤ 0.5' },
    { name: 'newsUs', title: 'news(…), µs', digits: 3, asked: '≤ 0.5' },
    { name: 'trustedOfferUs', title: 'trade(…) and offer, µs', digits: 3 },
    { name: 'plainOfferUs', title: 'offer of a plain object, µs', digits: 3 },
  ],
})
