const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 26,683 */
export const count = (value: number): string => whole.format(value)

/** At most four characters and a unit: 950, 9.5k, 95k, 1.2M. */
export function brief(value: number): string {
  const size = Math.abs(value)
  if (size < 1_000) return size < 10 && !Number.isInteger(value) ? value.toFixed(1) : whole.format(value)
  for (const [unit, power] of [
    ['k', 1e3],
    ['M', 1e6],
    ['G', 1e9],
  ] as const) {
    if (size < power * 1_000) return `${(value / power).toFixed(size < power * 10 ? 1 : 0)}${unit}`
  }
  return value.toExponential(1)
}

/** A length of time given in milliseconds, with three digits: 0.42 ms, 15.7 ms, 1.20 s, 4 min. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`
  if (ms < 100) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${ms.toFixed(0)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`
}

/** How long ago, coarsely, so that it does not flicker. */
export function ago(ms: number): string {
  if (ms < 1_000) return 'now'
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`
  return `${Math.floor(ms / 86_400_000)} d`
}

/** How long an actor has been in its state, as far as anybody has looked. */
export function stay({ since, sinceLooked }: { since: number; sinceLooked: boolean }, now: number): string {
  const ms = now - since
  if (!sinceLooked) return ms < 1_000 ? 'just now' : `for ${ago(ms)}`
  return ms < 1_000 ? 'since before it was watched' : `for at least ${ago(ms)}`
}

/** How long something has lasted; a run over recordings has no time before the first of its data. */
export function lasting(since: number, now: number): string {
  if (since === 0 && now > 0) return 'since before the data'
  return now - since < 1_000 ? 'just now' : `for ${ago(now - since)}`
}

/** 14:05:09.123 in UTC, as market data is read. */
export const timeOfDay = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString().slice(11, 23) : '–')

/** 2008-02-28 14:05:09.123 */
export const moment = (at: number): string =>
  Number.isFinite(at) ? new Date(at).toISOString().slice(0, 23).replace('T', ' ') : '–'

export const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
