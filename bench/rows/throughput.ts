import { contest } from './contest.js'
import type { Row } from './row.js'

export const throughput: Row = {
  name: 'throughput',
  title:
    'validated publish, one event at a time, to 10 subscribers with state per symbol (rows 3457, 3470, 3475, 3482)',
  run: (options) => contest('single', options.short ? 90_000 : 1_000_000, options),
}
