import { contest } from './contest.js'

export const throughputBatched = contest('batched', {
  name: 'throughputBatched',
  title: 'the same through publishAll, 256 events at a time',
})
