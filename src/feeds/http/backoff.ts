/** What a server asks for beyond a day is a mistake of its own, and must not silence a feed for ever. Milliseconds. */
const MOST_ASKED_MS = 86_400_000

/** Doublings after which a wait no longer grows, so that the arithmetic stays finite. */
const MOST_DOUBLINGS = 30

/**
 * How long to wait after so many failures in a row: doubled from the least to the most, of which half
 * is fixed and half is drawn, so that many feeds that fail at once do not come back at once ("equal
 * jitter", Marc Brooker, Exponential Backoff And Jitter, 2015). Milliseconds.
 *
 * @param failures in a row, from 1
 * @param chance in [0, 1); anything else counts as the middle, as an environment may be the host's own
 * @param askedMs what the server asked for: a lower bound, whatever the most is, up to a day. Whoever comes back
 *   sooner is turned away again, and may be banned for longer.
 */
export function backoffMs(
  failures: number,
  chance: number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
  askedMs = 0,
): number {
  let most = minMs
  for (let doubled = 1; doubled < Math.min(failures, MOST_DOUBLINGS) && most < maxMs; doubled += 1) most *= 2
  most = Math.min(most, maxMs)
  const draw = chance >= 0 && chance < 1 ? chance : 0.5
  const wait = most / 2 + (most / 2) * draw
  return Math.max(wait, Math.min(askedMs, MOST_ASKED_MS))
}

/** A `Retry-After` header in milliseconds: seconds, or a date of HTTP. Undefined if it is neither. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000
  if (!/^[A-Z][a-z]{2,8}, /.test(header)) return undefined
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
