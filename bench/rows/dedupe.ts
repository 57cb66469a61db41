import { probed } from './probed.js'

export const dedupe = probed({
  name: 'dedupe',
  title: 'what looking for duplicates among 65,536 ids costs an engine (row 3471)',
  settings: ({ short }) => ({ events: short ? 50_000 : 200_000 }),
  figures: [
    { name: 'addedUs', title: 'added an event whose id counts, µs', digits: 3 },
    { name: 'addedOtherUs', title: 'added an event whose id is a UUID, µs', digits: 3 },
    { name: 'withoutUs', title: 'an event without, µs', digits: 3 },
    { name: 'duplicates', title: 'duplicates published', digits: 0 },
    { name: 'found', title: 'duplicates found', digits: 0 },
  ],
})
