export type { Distribution, Family, Labels, Sample } from './family.js'
export { readMetrics } from './readings.js'
export { type RegisterOptions, registerMetrics } from './register.js'
export { METRICS_TYPE, metricsText } from './text.js'
