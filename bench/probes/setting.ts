import type { Settings } from '../harness/probe.js'

/** A setting that the row has to give. */
export const setting = (settings: Settings, name: string): number => {
  const value = settings[name]
  if (value === undefined) throw new Error(`the probe was not told ${name}`)
  return value
}
