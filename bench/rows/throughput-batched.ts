import { contest } from './contest.js'
import type { Row } from './row.js'

export const throughputBatched: Row = {
  name: 'throughputBatched',
  title: 'the same through publishAll, 256 events at a time',
  run: (options) => contest('batched', options.short ? 90_000 : 1_000_000, options),
}
