import type { Levels } from './hysteresis.js'
import type { HealthSettings } from './options.js'
import type { HealthReading, Trouble } from './reading.js'
import type { HealthCode } from './report.js'
import type { Trend } from './trends.js'

/** How one thing that can be wrong is told from a look. */
export interface Criterion {
  readonly code: HealthCode
  /** It lasts by its nature, so that the first look is enough. */
  readonly lasting: boolean
  readonly value: (reading: HealthReading, trend: Trend) => number
  readonly levels: (settings: HealthSettings, reading: HealthReading) => Levels
  readonly message: (value: number, reading: HealthReading, trend: Trend) => string
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

/** Some of a population are in trouble; if all of them are, what they are there for is not done. */
function population(
  code: HealthCode,
  trouble: (reading: HealthReading) => Trouble,
  levels: (settings: HealthSettings) => Levels,
  what: (trouble: Trouble) => string,
  allCritical = true,
): Criterion {
  return {
    code,
    lasting: true,
    value: (reading) => trouble(reading).count,
    levels: (settings, reading) => {
      const { degraded, critical } = levels(settings)
      const { total } = trouble(reading)
      return { degraded, critical: allCritical && total > 0 ? Math.min(critical, total) : critical }
    },
    message: (_value, reading) => {
      const found = trouble(reading)
      const more = found.count > found.names.length ? ` and ${found.count - found.names.length} more` : ''
      return `${found.count} of ${found.total} ${what(found)}: ${found.names.join(', ')}${more}.`
    },
  }
}

/** Everything that is looked at, in the order of the codes. */
export const CRITERIA: readonly Criterion[] = [
  {
    code: 'queue-depth',
    lasting: false,
    value: ({ queue }) => queue.size / queue.capacity,
    levels: ({ queueDepth }) => queueDepth,
    message: (value, { queue }) => `The queue holds ${whole(queue.size)} events, ${percent(value)} of its capacity.`,
  },
  {
    code: 'queue-throttled',
    lasting: true,
    value: (_reading, { throttledMs }) => throttledMs,
    levels: ({ throttledMs }) => throttledMs,
    message: (value) => `The queue has stood above its high-water mark for ${seconds(value)}: publishers wait.`,
  },
  {
    code: 'arrival-rate',
    lasting: false,
    value: (_reading, { arrivalRatio }) => arrivalRatio,
    levels: ({ arrivalRatio }) => arrivalRatio,
    message: (_value, _reading, { counted }) =>
      `More events come than are handled: ${whole(counted.accepted)} against ${whole(counted.ended)}.`,
  },
  {
    code: 'error-rate',
    lasting: false,
    value: (_reading, { errorRate }) => errorRate,
    levels: ({ errorRate }) => errorRate,
    message: (value, _reading, { counted }) =>
      `${percent(value)} of the deliveries failed: ${whole(counted.failed)} of ${whole(counted.delivered)}.`,
  },
  {
    code: 'event-loop-delay',
    lasting: false,
    value: ({ loopDelayMs }) => loopDelayMs,
    levels: ({ loopDelayMs }) => loopDelayMs,
    message: (value) => `The event loop runs its timers ${whole(value)} ms late.`,
  },
  {
    code: 'memory',
    lasting: false,
    value: ({ heapShare }) => heapShare,
    levels: ({ heapShare }) => heapShare,
    message: (value) => `The heap is at ${percent(value)} of its limit.`,
  },
  population(
    'breaker-open',
    ({ breakersOpen }) => breakersOpen,
    ({ breakersOpen }) => breakersOpen,
    ({ total }) => `${total === 1 ? 'breaker is' : 'breakers are'} not closed`,
  ),
  population(
    'feed-failed',
    ({ feedsFailed }) => feedsFailed,
    ({ feedsFailed }) => feedsFailed,
    ({ total }) => `${total === 1 ? 'feed has' : 'feeds have'} failed`,
  ),
  population(
    'feed-ended',
    ({ feedsEnded }) => feedsEnded,
    ({ feedsEnded }) => feedsEnded,
    ({ total }) => `live ${total === 1 ? 'feed has' : 'feeds have'} ended unasked`,
    // A source that has said all it had to say is no failure, whatever it was taken for.
    false,
  ),
  population(
    'strategy-hung',
    ({ strategiesHung }) => strategiesHung,
    ({ strategiesHung }) => strategiesHung,
    ({ total }) => `${total === 1 ? 'strategy is' : 'strategies are'} hung`,
  ),
  population(
    'strategy-faulted',
    ({ strategiesFaulted }) => strategiesFaulted,
    ({ strategiesFaulted }) => strategiesFaulted,
    ({ total }) => `${total === 1 ? 'strategy was' : 'strategies were'} given up`,
  ),
  {
    code: 'dead-letters-full',
    lasting: true,
    value: ({ deadLettersFull, deadLettersShare }) => (deadLettersFull ? 1 : deadLettersShare),
    levels: ({ deadLetters }) => deadLetters,
    message: (value, { deadLettersFull }) =>
      deadLettersFull
        ? 'The dead letters are full: each new one evicts the oldest.'
        : `The dead letters take up ${percent(value)} of their room.`,
  },
  population(
    'sink-failing',
    ({ sinksFailing }) => sinksFailing,
    ({ sinksFailing }) => sinksFailing,
    ({ total }) => `${total === 1 ? 'sink takes' : 'sinks take'} no signals`,
  ),
  population(
    'journal-failing',
    ({ journalFailing }) => journalFailing,
    ({ journalFailing }) => journalFailing,
    ({ total }) => `${total === 1 ? 'journal cannot' : 'journals cannot'} be written`,
  ),
  {
    code: 'stalled',
    lasting: true,
    value: (_reading, { stalledMs }) => stalledMs,
    levels: ({ stalledMs }) => stalledMs,
    message: (value, { queue }) =>
      `No event was handled for ${seconds(value)}, and ${whole(queue.depth)} ${queue.depth === 1 ? 'waits' : 'wait'}.`,
  },
]
