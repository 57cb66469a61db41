import { fileURLToPath } from 'node:url'
import { child } from './child.js'

const script = fileURLToPath(new URL('../probe.js', import.meta.url))

/** What a probe is told: counts, rates and durations by name. */
export type Settings = Readonly<Record<string, number>>

/** Runs a probe in a process of its own, for the same reason as a trial. */
export const probe = async <T>(name: string, settings: Settings = {}, flags: readonly string[] = []): Promise<T> =>
  JSON.parse(await child(script, [name, JSON.stringify(settings)], flags)) as T
