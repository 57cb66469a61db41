import { z } from 'zod'
import { defineEvent, type PayloadOf } from '../define.js'
import { count, epochMs, name, names } from './fields.js'

/** A news item or a post. What it is about goes into `symbols`; when it was published into `timestamp`. */
export const news = defineEvent({
  type: 'news',
  payload: z.object({
    headline: z.string().min(1).max(4_096),
    /** At most 1 Mi characters. */
    body: z.string().max(1_048_576).optional(),
    url: z.string().max(4_096).optional(),
    /** A BCP 47 tag, such as `en`. */
    language: name.optional(),
    author: name.optional(),
    authorFollowers: count.optional(),
    authorVerified: z.boolean().optional(),
    /** The wire or site that published it, where `source` names only the feed that brought it. */
    publisher: name.optional(),
    topics: names.optional(),
    /** The id of the item that this one repeats. */
    repostOf: name.optional(),
    /** When the repeated item was published, UTC epoch milliseconds: a repost of old news is stale. */
    originalTimestamp: epochMs.optional(),
    /** The vendor's own score, from -1 (bad) to 1 (good). */
    sentiment: z.number().min(-1).max(1).optional(),
  }),
})
export type NewsPayload = PayloadOf<typeof news>
