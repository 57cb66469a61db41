import { OutcryError } from '../errors.js'

const MS_AN_HOUR = 3_600_000
const MS_A_DAY = 86_400_000

/** Days whose offset is remembered; a recording moves on, so that starting over costs little. */
const MAX_DAYS = 4096

/**
 * Converts wall-clock times of one IANA zone to UTC. The zone's rules come from `Intl`, which is
 * slow (microseconds a call), so a day's offset is looked up once; only on a day when the clocks
 * change is each time looked up by itself.
 */
export class Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  /** By day number: the offset that holds all day, or NaN where it changes. */
  readonly #days = new Map<number, number>()

  /** @throws OutcryError `OUTCRY_OPTION_INVALID` for a zone that `Intl` does not know. */
  constructor(name: string, owner = 'zone') {
    this.name = name
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    } catch (cause) {
      throw new OutcryError('OUTCRY_OPTION_INVALID', `${owner}: there is no time zone ${JSON.stringify(name)}`, {
        path: owner,
        value: name,
        cause,
      })
    }
  }

  /**
   * UTC epoch milliseconds of a wall-clock time, given as if it were UTC. A time that occurs twice
   * (clocks set back) is the first; one that does not occur (clocks set forward) is as far behind the
   * gap as it lies in it.
   */
  toUtc(localMs: number): number {
    if (this.name === 'UTC') return localMs
    const day = Math.floor(localMs / MS_A_DAY)
    let offset = this.#days.get(day)
    if (offset === undefined) {
      // Zones lie between 12 hours behind and 14 hours ahead of UTC, so this span holds the whole day
      // in any of them. No zone changes its clocks twice in it.
      const start = this.#offsetAt(day * MS_A_DAY - 14 * MS_AN_HOUR)
      const end = this.#offsetAt((day + 1) * MS_A_DAY + 12 * MS_AN_HOUR)
      offset = start === end ? start : Number.NaN
      if (this.#days.size >= MAX_DAYS) this.#days.clear()
      this.#days.set(day, offset)
    }
    return localMs - (Number.isNaN(offset) ? this.#offsetNear(localMs) : offset)
  }

  /** The offset of a wall-clock time about whose day the offset changes. */
  #offsetNear(localMs: number): number {
    const before = this.#offsetAt(localMs - MS_A_DAY)
    if (this.#offsetAt(localMs - before) === before) return before
    const after = this.#offsetAt(localMs + MS_A_DAY)
    // In the gap neither offset is right by its own account; the earlier one carries across it.
    return this.#offsetAt(localMs - after) === after ? after : before
  }

  /** What the zone's clocks are ahead of UTC at a moment, in milliseconds. */
  #offsetAt(epochMs: number): number {
    const text = this.#format.format(epochMs)
    const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text)
    if (match?.[1] === undefined) return 0
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)
    return (match[1] === '-' ? -seconds : seconds) * 1000
  }
}
