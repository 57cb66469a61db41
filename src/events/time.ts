/** 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z in UTC epoch milliseconds: what four digits of a year can say. */
const EPOCH_MS_MIN = -62_135_596_800_000
const EPOCH_MS_END = 253_402_300_800_000

/** Whether a number is a time that the engine takes: UTC epoch milliseconds in the years 1 to 9999. */
export const isEpochMs = (value: unknown): value is number =>
  typeof value === 'number' && value >= EPOCH_MS_MIN && value < EPOCH_MS_END

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/
const ISO_WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?$/
const ISO_CHARACTERS = 40
const MS_A_DAY = 86_400_000

const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/**
 * Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Howard Hinnant,
 * "chrono-compatible low-level date algorithms" (days_from_civil). `Date.UTC` would read the years
 * 0 to 99 as 1900 to 1999.
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Milliseconds in 0 to 9 digits of a second's fraction; one division, so that it is correctly rounded. */
const fractionMs = (digits: string | undefined): number =>
  digits === undefined ? 0 : Number(digits.padEnd(9, '0')) / 1_000_000

function isoToEpochMs(text: string): number | string {
  if (text.length > ISO_CHARACTERS) return 'is too long for an ISO 8601 time'
  const match = ISO.exec(text)
  if (match === null) {
    return ISO_WITHOUT_OFFSET.test(text)
      ? 'lacks a time zone: end it with Z or an offset such as -05:00'
      : 'is not an ISO 8601 time with an offset, such as 2024-06-27T10:08:41.5Z'
  }
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6] ?? 0)
  const offsetHour = Number(match[9] ?? 0)
  const offsetMinute = Number(match[10] ?? 0)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return 'names a day that does not exist'
  if (hour > 23 || minute > 59 || second > 59) return 'names a time of day that does not exist'
  if (offsetHour > 23 || offsetMinute > 59) return 'names an offset that does not exist'
  const offsetMs = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -60_000 : 60_000)
  const timeMs = ((hour * 60 + minute) * 60 + second) * 1000
  const epochMs = daysFromCivil(year, month, day) * MS_A_DAY + timeMs - offsetMs + fractionMs(match[7])
  return isEpochMs(epochMs) ? epochMs : 'is outside the years 1 to 9999'
}

/**
 * A time from outside as UTC epoch milliseconds, or the reason why it is none (a predicate to
 * follow the value: "lacks a time zone"). Takes epoch milliseconds, an ISO 8601 string with `Z` or
 * an offset and up to nine digits of a second's fraction, or a Date; never reads the local zone.
 *
 * Digits below a millisecond are kept as a fraction as far as a double holds them: to about a
 * quarter of a microsecond in this century.
 */
export function toEpochMs(value: unknown): number | string {
  if (typeof value === 'number') {
    if (isEpochMs(value)) return value
    return Number.isFinite(value)
      ? 'is outside the years 1 to 9999: give milliseconds, not micro- or nanoseconds'
      : 'is not a finite number of milliseconds'
  }
  if (typeof value === 'string') return isoToEpochMs(value)
  if (value instanceof Date) {
    const epochMs = value.getTime()
    return isEpochMs(epochMs) ? epochMs : 'is not a valid Date in the years 1 to 9999'
  }
  return 'is not a number of epoch milliseconds, an ISO 8601 string or a Date'
}
