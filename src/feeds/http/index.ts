export { httpFeed } from './http-feed.js'
export type { HttpFeedOptions, ToItems } from './options.js'
