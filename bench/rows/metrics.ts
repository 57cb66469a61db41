import { probed } from './probed.js'

export const metrics = probed({
  name: 'metrics',
  title: 'what a scrape every 200 ms costs: processor time of an event, interleaved (rows 3462, 3478)',
  settings: ({ short }) => ({ events: short ? 50_000 : 300_000, rounds: short ? 3 : 11 }),
  mostRuns: 1,
  figures: [
    { name: 'scrapedPercent', title: 'scraped, % more', digits: 1, asked: '≤ 3' },
    { name: 'countErrorPercent', title: 'sampled count off the true one, %', digits: 3, asked: '≤ 1' },
    { name: 'scrapeBytes', title: 'one scrape, bytes', digits: 0 },
  ],
})
