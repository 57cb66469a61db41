import type { Engine } from 'outcry'
import type { Registry } from 'prom-client'
import type { Family, Labels } from './family.js'
import { checkRegisterOptions, type RegisterOptions } from './options.js'
import { readMetrics } from './readings.js'

interface Value {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  readonly metricName?: string
}

function valuesOf(family: Family, name: string, labels: Labels): readonly Value[] {
  if (family.type !== 'histogram')
    return family.samples.map((sample) => ({ labels: { ...labels, ...sample.labels }, value: sample.value }))
  const { buckets, sum, count } = family.distribution
  return [
    ...buckets.map(({ upTo, count: below }) => ({
      labels: { ...labels, le: upTo },
      value: below,
      metricName: `${name}_bucket`,
    })),
    { labels: { ...labels, le: '+Inf' }, value: count, metricName: `${name}_bucket` },
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ]
}

/**
 * Has a registry of prom-client tell an engine's metrics with its own: each scrape reads the engine
 * once. Returns a function that takes them out again.
 *
 * The engine counts by itself, so the metrics are readings and none of prom-client's classes, which
 * want to count (and whose histogram cannot be set).
 *
 * @example
 * ```ts
 * import { register } from 'prom-client'
 * const remove = registerMetrics(engine, register)
 * ```
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID for a prefix or labels that Prometheus would not read; an Error of
 * prom-client's if a name is taken.
 */
export function registerMetrics(engine: Engine, registry: Registry, options: RegisterOptions = {}): () => void {
  const { prefix, labels } = checkRegisterOptions(options)
  const names: string[] = []
  // One scrape asks for each metric in the same turn, and the engine is to be read once.
  let reading: ReadonlyMap<string, Family> | undefined
  const read = (): ReadonlyMap<string, Family> => {
    if (reading === undefined) {
      reading = new Map(readMetrics(engine).map((family) => [family.name, family]))
      queueMicrotask(() => {
        reading = undefined
      })
    }
    return reading
  }
  const remove = (): void => {
    for (const name of names) registry.removeSingleMetric(name)
  }
  for (const { name: bare, help, type } of readMetrics(engine)) {
    const name = `${prefix}${bare}`
    const get = (): Promise<object> => {
      const family = read().get(bare)
      const values = family === undefined ? [] : valuesOf(family, name, labels)
      return Promise.resolve({ name, help, type, values, aggregator: 'sum' })
    }
    try {
      registry.registerMetric({ name, help, type, get, aggregator: 'sum', reset: () => {} } as never)
    } catch (error) {
      remove()
      throw error
    }
    names.push(name)
  }
  return remove
}
