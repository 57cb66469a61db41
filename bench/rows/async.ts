import { contest } from './contest.js'

export const asynchronous = contest('async', {
  name: 'async',
  title: 'handlers that each await one promise, per chunk where there are chunks, else per event',
})
