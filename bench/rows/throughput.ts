import { contest } from './contest.js'

export const throughput = contest('single', {
  name: 'throughput',
  title:
    'validated publish, one event at a time, to 10 subscribers with state per symbol (rows 3457, 3470, 3475, 3482)',
})
