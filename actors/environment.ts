import { createDataEnvironment } from '../src/environment/data.js'
import type { Environment } from '../src/environment/environment.js'
import { createSystemEnvironment } from '../src/environment/system.js'
import { OutcryError } from '../src/errors.js'
import type { ResolvedOptions } from './engine-options.js'

/**
 * The environment of a run: the host's own, else the data's where every feed is a recording, else
 * the system's. `recorded` is true where the data moves the clock.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID where recordings and live feeds are mixed.
 */
export function chooseEnvironment(
  options: ResolvedOptions,
  onError: (error: unknown) => void,
): { readonly environment: Environment; readonly recorded: boolean } {
  const { feeds } = options
  const recordings = feeds.filter((feed) => feed.recorded).length
  const own = options.environment
  // An environment that is neither live nor the data's plays recordings as they come.
  if (recordings > 0 && recordings < feeds.length && own?.kind !== 'virtual') {
    throw new OutcryError(
      'OUTCRY_OPTION_INVALID',
      'option feeds mixes recordings and live feeds: they follow different clocks',
      {
        path: 'feeds',
        value: feeds.map((feed) => feed.name),
      },
    )
  }
  if (own !== undefined) return { environment: own, recorded: own.kind === 'data' && recordings > 0 }
  if (recordings === 0) return { environment: createSystemEnvironment({ onError }), recorded: false }
  return { environment: createDataEnvironment({ onError }), recorded: true }
}
