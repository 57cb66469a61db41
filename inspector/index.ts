export { type Inspector, inspect } from './inspect.js'
export type { InspectOptions } from './server/options.js'
