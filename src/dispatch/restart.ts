import { z } from 'zod'

const DAY_MS = 86_400_000

/**
 * Who is started again, in the words of Erlang's supervisors: a `permanent` strategy always, a
 * `transient` one unless it has ended by `finish()`, a `temporary` one never.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary'

/** When a strategy is restarted, how soon, and how often before it is given up. */
export interface RestartOptions {
  /** Default `transient`. */
  readonly type?: RestartType | undefined
  /** Restarts within `withinMs` before it is given up. Default 3. */
  readonly maxRestarts?: number | undefined
  /** The window in which restarts are counted. Milliseconds; default 60,000. */
  readonly withinMs?: number | undefined
  /** First wait before a restart; doubled for each further one. Milliseconds; default 100. */
  readonly backoffMs?: number | undefined
  /** The cap on a wait, jitter included. Milliseconds; default 10,000. */
  readonly maxBackoffMs?: number | undefined
  /** Spreads each wait by up to this share both ways, 0 to 1. Default 0. */
  readonly jitter?: number | undefined
  /** After this long without a failure the next wait is the first again. Milliseconds; default `withinMs`. */
  readonly quietMs?: number | undefined
  /** Restarts after this many failed events in a row; 0 never does. Default 0. */
  readonly afterFailures?: number | undefined
  /** Restarts a strategy whose handler timed out, instead of waiting for it. Default false. */
  readonly onHang?: boolean | undefined
}

export interface RestartPolicy {
  readonly type: RestartType
  readonly maxRestarts: number
  readonly withinMs: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
  readonly jitter: number
  readonly quietMs: number
  readonly afterFailures: number
  readonly onHang: boolean
}

const ms = z.number().min(1).max(DAY_MS)
const restartType = z.enum(['permanent', 'transient', 'temporary'])
const fields = {
  type: restartType,
  maxRestarts: z.int().min(0).max(1_000),
  withinMs: ms,
  backoffMs: ms,
  maxBackoffMs: ms,
  jitter: z.number().min(0).max(1),
  quietMs: ms,
  afterFailures: z.int().min(0).max(1_000_000),
  onHang: z.boolean(),
}

/** The engine's own: what a strategy does not say itself. */
export const engineRestartSchema = z.strictObject({
  type: fields.type.default('transient'),
  maxRestarts: fields.maxRestarts.default(3),
  withinMs: fields.withinMs.default(60_000),
  backoffMs: fields.backoffMs.default(100),
  maxBackoffMs: fields.maxBackoffMs.default(10_000),
  jitter: fields.jitter.default(0),
  quietMs: fields.quietMs.optional(),
  afterFailures: fields.afterFailures.default(0),
  onHang: fields.onHang.default(false),
})

/** A strategy's own: a type, or any of the options. */
export const strategyRestartSchema = z.union([restartType, z.strictObject(fields).partial()])

/** A strategy's policy: its own words over the engine's. */
export function restartPolicy(
  own: RestartType | RestartOptions | undefined,
  engine: z.output<typeof engineRestartSchema>,
): RestartPolicy {
  const said = typeof own === 'string' ? { type: own } : (own ?? {})
  const merged = { ...engine, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) }
  return { ...merged, quietMs: merged.quietMs ?? merged.withinMs }
}

/** Doublings after which any wait is at its cap; beyond 2^30 a shift would turn negative. */
const MAX_DOUBLINGS = 30

/**
 * How long to wait before a restart, or another attempt of any kind: doubled with each, capped, never
 * negative nor NaN. Milliseconds.
 *
 * @param streak Restarts in a row before this one.
 * @param chance A number in [0, 1); anything else counts as the middle, which is no jitter at all.
 */
export function backoffMs(
  policy: Pick<RestartPolicy, 'backoffMs' | 'maxBackoffMs' | 'jitter'>,
  streak: number,
  chance: number,
): number {
  const base = Math.min(policy.maxBackoffMs, policy.backoffMs * (1 << Math.min(MAX_DOUBLINGS, Math.max(0, streak))))
  const draw = chance >= 0 && chance < 1 ? chance : 0.5
  return Math.max(1, Math.min(policy.maxBackoffMs, base * (1 + policy.jitter * (2 * draw - 1))))
}

/** Restart intensity: remembers the last few restarts, at most as many as are allowed. */
export class RestartWindow {
  private readonly times: number[] = []
  private streak = 0
  private lastAt = Number.NEGATIVE_INFINITY

  /** Whether one more is within the intensity. */
  allows(policy: RestartPolicy, now: number): boolean {
    this.forgetBefore(now - policy.withinMs)
    return this.times.length < policy.maxRestarts
  }

  /** Counts a restart; how long to wait for it, in milliseconds. */
  note(policy: RestartPolicy, now: number, chance: number): number {
    if (now - this.lastAt >= policy.quietMs) this.streak = 0
    const wait = backoffMs(policy, this.streak, chance)
    this.streak += 1
    this.times.push(now)
    // The wait itself is no quiet time.
    this.lastAt = now + wait
    return wait
  }

  clear(): void {
    this.times.length = 0
    this.streak = 0
    this.lastAt = Number.NEGATIVE_INFINITY
  }

  private forgetBefore(time: number): void {
    // At the very edge a restart is forgotten: R restarts in T means within less than T.
    while (this.times.length > 0 && (this.times[0] as number) <= time) this.times.shift()
  }
}
