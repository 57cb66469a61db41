import { fileURLToPath } from 'node:url'
import type { Mode } from '../contenders/contender.js'
import { child } from './child.js'

/** What one process measured of one contender. */
export interface Trial {
  readonly events: number
  readonly elapsedMs: number
  readonly processorMs: number
  readonly eventsPerSecond: number
}

const script = fileURLToPath(new URL('../trial.js', import.meta.url))

/**
 * Measures one contender once in a process of its own, so that neither what the compiler learnt nor the
 * garbage of one contender is charged to the next. Rejects if a delivery was lost, doubled or out of order.
 */
export const trial = async (contender: string, mode: Mode, events: number): Promise<Trial> =>
  JSON.parse(await child(script, [contender, mode, String(events)])) as Trial
