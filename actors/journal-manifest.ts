import { readFileSync } from 'node:fs'
import { Digest } from '../src/metrics/digest.js'
import type { ResolvedOptions } from './engine-options.js'

let version: string | undefined

/** The version of this package: of the sources or of what was built from them, wherever they lie. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    if (version !== undefined) break
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string
        version?: string
      }
      if (found.name === 'outcry') version = found.version
    } catch {
      // It is not there: it may be one folder up.
    }
  }
  return version ?? 'unknown'
}

/** A hash of what an engine was configured with: its plain options, and its parts by their names. */
export function configurationOf(options: ResolvedOptions): string {
  const { strategies, feeds, sinks, events, queue, chunk, dedupe, groupSize, concurrency, durability } = options
  const names = (list: readonly unknown[]): unknown[] =>
    list.map((part) => (part as { name?: unknown; type?: unknown }).name ?? (part as { type?: unknown }).type)
  const digest = new Digest()
  digest.string(
    JSON.stringify({
      strategies: names(strategies),
      feeds: names(feeds),
      sinks: names(sinks),
      events: names(events),
      queue,
      chunk,
      dedupe,
      groupSize,
      concurrency,
      durability,
    }),
  )
  return digest.hex()
}
