import { contest } from './contest.js'
import type { Row } from './row.js'

export const asynchronous: Row = {
  name: 'async',
  title: 'handlers that each await one promise, per chunk where there are chunks, else per event',
  run: (options) => contest('async', options.short ? 90_000 : 1_000_000, options),
}
