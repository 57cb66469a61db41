import type { Comparison } from '../protocol.js'
import { differences } from './player.js'
import type { TraceFile } from './trace-file.js'

/** Two runs entry by entry, up to the first at which they part. Clocks count where both follow from their input. */
export function compare(first: TraceFile, second: TraceFile): Comparison {
  const withClock = first.header.repeatable && second.header.repeatable
  const entries = [first.info.entries, second.info.entries] as const
  const others = second.from(1)
  let common = 0
  for (const entry of first.from(1)) {
    const other = others.next()
    const fields = other.done === true ? ['entry'] : differences(entry, other.value, withClock)
    if (fields.length > 0) {
      others.return(undefined)
      const divergence = {
        entry: common + 1,
        first: entry,
        second: other.done === true ? undefined : other.value,
        fields,
      }
      return { equal: false, divergence, common, entries }
    }
    common += 1
  }
  const more = others.next()
  others.return(undefined)
  if (more.done === true) return { equal: true, divergence: undefined, common, entries }
  const divergence = { entry: common + 1, first: undefined, second: more.value, fields: ['entry'] }
  return { equal: false, divergence, common, entries }
}
