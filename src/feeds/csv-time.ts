import { isEpochMs, toEpochMs } from '../events/time.js'
import type { Zone } from './zone.js'

export const TIME_FORMATS = ['auto', 'mdy', 'dmy', 's', 'ms', 'us', 'ns'] as const
export type TimeFormat = (typeof TIME_FORMATS)[number]

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const INTEGER = /^-?\d+$/
const NUMBER = /^-?\d+(?:\.\d+)?$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?: (\d{2}:\d{2}(?::\d{2})?))?$/
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?$/
const NAMED_MONTH = /^(?:([A-Za-z]{3})[a-z]* (\d{1,2})|(\d{1,2})[ -]([A-Za-z]{3})[a-z]*),?[ -](\d{4})$/
const SLASHED = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: (\d{1,2}:\d{2}(?::\d{2})?))?$/

/** Digits of a millisecond that a unit of epoch time has below it (ns: 6), or above it (s: -3). */
const SHIFTS = { s: -3, ms: 0, us: 3, ns: 6 } as const

/** A wall-clock time in ISO form as if it were UTC. */
function wall(date: string, time: string): number | undefined {
  const clock = time.length < 5 || time.indexOf(':') === 1 ? `0${time}` : time
  const epochMs = toEpochMs(`${date}T${clock}Z`)
  return typeof epochMs === 'number' ? epochMs : undefined
}

const isoDate = (year: string, month: string | number, day: string): string =>
  `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`

function epoch(text: string, unit: keyof typeof SHIFTS): number | undefined {
  if (!NUMBER.test(text)) return undefined
  const digits = SHIFTS[unit]
  let ms: number
  if (digits > 0 && INTEGER.test(text) && !text.startsWith('-') && text.length > digits) {
    // Nineteen digits of nanoseconds exceed what a double holds, so they are taken apart as text.
    ms = Number(text.slice(0, -digits)) + Number(text.slice(-digits)) / 10 ** digits
  } else ms = digits < 0 ? Number(text) * 1000 : Number(text) / 10 ** digits
  return isEpochMs(ms) ? ms : undefined
}

/**
 * Makes the reader of one column of times, which gives UTC epoch milliseconds or undefined.
 *
 * `auto` takes ISO 8601 (with an offset, or in `zone` without one), `2000-01-03`, `20000103`,
 * `Jan 3 2000`, `3-Jan-2000`, and numbers as epoch milliseconds. A date without a time is midnight in
 * `zone`. `mdy` and `dmy` are `1/3/2000` and `3/1/2000`, which nobody can tell apart by looks.
 */
export function timeReader(format: TimeFormat, zone: Zone): (text: string) => number | undefined {
  const local = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : zone.toUtc(ms))

  if (format === 'mdy' || format === 'dmy') {
    return (text) => {
      const match = SLASHED.exec(text)
      if (match === null) return undefined
      const [month, day] = format === 'mdy' ? [match[1], match[2]] : [match[2], match[1]]
      return local(wall(isoDate(match[3] ?? '', month ?? '', day ?? ''), match[4] ?? '00:00'))
    }
  }
  if (format !== 'auto') return (text) => epoch(text, format)

  return (text) => {
    if (DATE.test(text)) return local(wall(text, '00:00'))
    if (WITHOUT_OFFSET.test(text)) return local(wall(text.slice(0, 10), text.slice(11)))
    const compact = COMPACT.exec(text)
    if (compact !== null) {
      return local(wall(isoDate(compact[1] ?? '', compact[2] ?? '', compact[3] ?? ''), compact[4] ?? '00:00'))
    }
    if (NUMBER.test(text)) return epoch(text, 'ms')
    const named = NAMED_MONTH.exec(text)
    if (named !== null) {
      const month = MONTHS.indexOf((named[1] ?? named[4] ?? '').toLowerCase()) + 1
      return local(wall(isoDate(named[5] ?? '', month, named[2] ?? named[3] ?? ''), '00:00'))
    }
    const epochMs = toEpochMs(text)
    return typeof epochMs === 'number' ? epochMs : undefined
  }
}
