import { z } from 'zod'
import { OutcryError } from '../errors.js'
import type { Feed } from '../feeds/feed.js'
import { type HistoryQuery, queryFields } from '../history/query.js'
import { parseOptions } from '../options.js'
import type { ReplaySource } from './replay-feed.js'

/** In which order recorded events are played. */
export type ReplayOrder =
  /** As the engine accepted them. */
  | 'accepted'
  /** As they became available, by the time of their arrival; of one engine's own record the same as `accepted`. */
  | 'available'
  /** By event time. A strategy then sees what had not arrived yet: good for research, never for a back-test. */
  | 'eventTime'

export interface ReplayOptions extends Omit<HistoryQuery, 'last'> {
  /** Default: the engine's history. */
  readonly source?: ReplaySource | Feed
  /** Default `accepted`. */
  readonly order?: ReplayOrder
  /** 1 as recorded, 100 a hundred times as fast, `'max'` (the default) as fast as the engine takes it. */
  readonly speed?: number | 'max'
  /** Begins paused, to be stepped through. Default false. */
  readonly paused?: boolean
}

const { last: _, ...fields } = queryFields

const schema = z.strictObject({
  ...fields,
  source: z.custom<ReplaySource | Feed>((value) => typeof value === 'object' && value !== null).optional(),
  order: z.enum(['accepted', 'available', 'eventTime']).default('accepted'),
  speed: z
    .union([
      z.literal('max').transform(() => Number.POSITIVE_INFINITY),
      z.literal(Number.POSITIVE_INFINITY),
      z.number().positive().max(1_000_000_000),
    ])
    .default(Number.POSITIVE_INFINITY),
  paused: z.boolean().default(false),
})

export type CheckedReplayOptions = z.output<typeof schema>

/** @throws OutcryError OUTCRY_OPTION_INVALID that names the path and the value. */
export const checkReplay = (options: ReplayOptions): CheckedReplayOptions => parseOptions(schema, options, 'replay')

/** What `seek` and `step` are given. */
export const checkCount = (count: unknown): number => {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1) return count
  const message = `replay.step: the count is ${String(count)}: expected a whole number from 1`
  throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'count', value: count })
}
