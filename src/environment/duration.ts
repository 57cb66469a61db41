/**
 * The shortest delay, in milliseconds. As in Node, a delay below it is raised to it: a timer that
 * re-arms itself with no delay would otherwise hold a clock that moves by timers for ever.
 */
export const MIN_DELAY_MS = 1

/** The longest delay, in milliseconds: the whole range of a Date, some 270,000 years. */
export const MAX_DELAY_MS = 8.64e15

/** What a host operating system's timer takes at most; Node fires a longer one at once. */
export const MAX_HOST_DELAY_MS = 2 ** 31 - 1

/** Whether a delay cannot be meant: not a number, without an end, or longer than any date. */
export const isAbsurdDelay = (delayMs: number): boolean => !(delayMs <= MAX_DELAY_MS && delayMs >= -MAX_DELAY_MS)

/**
 * A delay that a deadline can be counted from, of whatever a strategy's code has passed: its timers are told
 * apart by their deadlines, and those of NaN would all be one. What is merely short is left as it is.
 */
export function countableDelay(delayMs: number): number {
  const number = Number(delayMs)
  return isAbsurdDelay(number) ? clampDelay(number) : number
}

/**
 * A delay that can be kept. One that is not a number becomes the shortest: a timer that fires too
 * soon is looked at again by whoever set it, one that never fires is a leak that nobody sees.
 */
export function clampDelay(delayMs: number): number {
  if (!(delayMs > MIN_DELAY_MS)) return MIN_DELAY_MS
  return Math.min(delayMs, MAX_DELAY_MS)
}
