import type { BreakerHandle } from '../src/breaker/handle.js'
import type { DataEnvironment } from '../src/environment/environment.js'
import type { Feed } from '../src/feeds/feed.js'
import { mergeFeeds } from '../src/feeds/merge.js'
import { type FeedReader, LiveReader } from './feed-reader.js'
import { RecordingReader } from './recording-reader.js'
import type { Wiring } from './wiring.js'

/** One reader a live feed; recordings are merged into one, as they share a clock. */
export function makeReaders(plane: Wiring, recorded: boolean): FeedReader[] {
  const { environment, intake, publisher, pump, options, book, types } = plane
  const onFault = (feed: string, error: unknown): void => {
    plane.log.error({ feed, err: error }, 'a feed failed')
    plane.listeners.fault(`feed ${feed}`, error)
  }
  const onUnexpected = (actor: string, event: string): void => plane.unexpected.note(actor, event)
  const breakerOf = ({ breaker }: Feed): BreakerHandle | undefined =>
    breaker === undefined ? undefined : plane.stage.guard(breaker.name, breaker.options)
  const ports = { environment, intake, publisher, types, onFault, onUnexpected, breakerOf }
  if (!recorded) return options.feeds.map((feed) => new LiveReader(feed, ports))
  const [first] = options.feeds
  const feed = options.feeds.length === 1 && first !== undefined ? first : mergeFeeds(options.feeds)
  const driven = {
    ...ports,
    environment: environment as DataEnvironment,
    pump,
    shortestTimerMs: () => plane.timers.shortestMs,
    windowEnd: (type: string, epochMs: number) => plane.types.windowEndOf(type, epochMs),
    closeWindows: () => plane.windows.close(),
    onLate: () => book.events.late(),
    resumeAt: () => plane.journalling?.recovered?.position?.items ?? 0,
    onDriven: (driving: boolean) => plane.clock?.drive(driving),
    onBoundary: () => {
      plane.clock?.tick()
      plane.onChange()
    },
  }
  // What is read ahead has to find room, whatever the capacity.
  const maxEvents = Math.min(options.recording.maxEvents, options.queue.capacity)
  return [new RecordingReader(feed, driven, { ...options.recording, maxEvents })]
}
