import { z } from 'zod'
import { OutcryError } from '../errors.js'
import { DEFINITION_EXPECTED, type EventDefinition, isDefinition } from '../events/define.js'
import type { EventInput } from '../events/draft.js'
import { describeValue, Invalid } from '../events/invalid.js'
import { EventTypes } from '../events/validate.js'
import { parseOptions } from '../options.js'
import { type Feed, type FeedContext, type FeedItem, FeedProblem } from './feed.js'
import { fileKey, fileLabel, isStandardInput } from './files.js'
import { LINE_BYTES, lineFeed } from './line-feed.js'

export interface NdjsonFeedOptions {
  /** Own event types against which lines are validated here, beside the catalogue and before the engine's own. */
  // biome-ignore lint/suspicious/noExplicitAny: definitions of every payload live in one list.
  readonly events?: readonly EventDefinition<any, any, any>[]
  /** The source of events that name none, and what ids begin with that are made here. Default: the file's name, and its path. */
  readonly name?: string
  /** A longer line is a problem. Bytes; default 1 MiB. */
  readonly maxLineBytes?: number
  /**
   * For a pipe that events come through as they happen: each is handled at once, by the machine's clock. Default
   * false: the clock is the data's, and what comes is handled once what follows it shows that nothing else is due before.
   */
  readonly live?: boolean
}

const optionsSchema = z.strictObject({
  events: z.array(z.custom<EventDefinition>(isDefinition, DEFINITION_EXPECTED)).optional(),
  name: z.string().min(1).max(128).optional(),
  maxLineBytes: z.int().min(LINE_BYTES.min).max(LINE_BYTES.max).default(LINE_BYTES.default),
  live: z.boolean().default(false),
})

/**
 * How the header of a recording names its format (`TRACE_FORMAT` of the inspector, which this part knows nothing
 * of). None of its lines is an event, and thousands of them without a type would not say why.
 */
const RECORDING = 'outcry-trace'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * One event a line in wire form: `{"type":"trade","timestamp":…,"symbol":"AAPL","payload":{…}}`. A
 * line that is no JSON object, has no type, or does not fit its type is a problem with its number;
 * a line of a type that neither this nor the engine knows is passed on, as it may be known by then.
 *
 * The path may be a pipe, or `-` for standard input: both are read up to their end, as a recording unless `live` is set.
 *
 * An event without an id gets one of the file's path and its line's number, so that a file that is
 * read again gives the same ids; without a source, the file's name.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID`; `OUTCRY_EVENT_TYPE_CONFLICT` where two definitions claim one type; from `prepare`: `OUTCRY_FEED_FILE`;
 * from `read`: `OUTCRY_FEED_FORMAT` for the recording of a run, which holds no events that can be played.
 */
export function ndjsonFeed(path: string, options: NdjsonFeedOptions = {}): Feed {
  const { name: label, maxLineBytes, live, ...rest } = parseOptions(optionsSchema, options, 'ndjsonFeed')
  const types = new EventTypes({ events: rest.events })
  const name = `ndjson:${path}`
  const source = label ?? (isStandardInput(path) ? 'stdin' : fileLabel(path))
  const prefix = `${label ?? (isStandardInput(path) ? source : fileKey(path))}:`

  function itemOf(text: string, number: number, engine: FeedContext['types']): FeedItem | Invalid {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (error) {
      return new Invalid(undefined, '', `the line is not JSON: ${error instanceof Error ? error.message : error}`, text)
    }
    if (!isRecord(json)) return new Invalid(undefined, '', `the line is ${describeValue(json)}, and no object`, json)
    const { type } = json
    if (number === 1 && json.format === RECORDING) {
      const message = `${name}: it is a recording of a run, which outcry inspect shows; what is played are events, one a line, as a journal is exported`
      throw new OutcryError('OUTCRY_FEED_FORMAT', message, { path: name, value: path })
    }
    if (typeof type !== 'string' || type === '') {
      return new Invalid(
        undefined,
        'type',
        `type is ${describeValue(type)}, and should name the type of the event`,
        type,
      )
    }
    if (json.id === undefined) json.id = prefix + number
    if (json.source === undefined) json.source = source
    if (types.get(type) !== undefined) return types.parse(json)
    const judged = engine?.parse(json)
    // A type that the engine does not know either may come before this line does.
    const unknown = judged === undefined || (judged instanceof Invalid && judged.path === 'type')
    const input: EventInput = { ...json, type }
    return unknown ? input : judged
  }

  return lineFeed({
    name,
    path,
    maxLineBytes,
    once: true,
    live,
    reader: ({ types: engine }) => ({
      line(text, number, out) {
        if (text.trim() === '') return
        const item = itemOf(text, number, engine)
        out.push(item instanceof Invalid ? new FeedProblem(name, number, item.reason) : item)
      },
    }),
  })
}
