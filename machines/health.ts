import { fromCallback, sendParent, setup } from 'xstate'
import type { HealthFact, HealthPort } from '../src/health/monitor.js'
import type { PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

export interface HealthContext {
  /** The data plane that looks and judges; opaque here. */
  readonly monitor: HealthPort
}

export type HealthEvent = HealthFact | PartStop

const ports = setup({
  types: { context: {} as HealthContext, events: {} as HealthEvent, input: {} as HealthContext },
  actors: {
    /** Looks at every interval of the machine's clock; tells of reasons that came, went or changed. */
    link: fromCallback<HealthEvent, HealthPort>(() => {}),
  },
  actions: {
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** The reasons have changed: the world is told. */
    announce: () => {},
    reportStarted: sendParent({ type: 'part.started', part: 'health' }),
    reportStopped: sendParent({ type: 'part.stopped', part: 'health' }),
  },
  guards: {
    isCritical: ({ event }) => event.type === 'health.judged' && event.critical > 0,
    isDegraded: ({ event }) => event.type === 'health.judged' && event.critical === 0 && event.degraded > 0,
  },
})

/**
 * The health of an engine: `healthy`, `degraded`, or `critical` by the worst of its reasons. It is
 * told when the reasons change and at no other time; a second reason is news within one state as well.
 */
export const healthMachine = ports.createMachine({
  id: 'health',
  context: ({ input }) => ({ monitor: input.monitor }),
  invoke: { id: 'link', src: 'link', input: ({ context }) => context.monitor },
  entry: 'reportStarted',
  initial: 'healthy',
  on: {
    'health.judged': [
      { guard: 'isCritical', target: '.critical', actions: 'announce' },
      { guard: 'isDegraded', target: '.degraded', actions: 'announce' },
      { target: '.healthy', actions: 'announce' },
    ],
    'part.stop': '.stopped',
    ...unexpected,
  },
  states: {
    healthy: {},
    degraded: {},
    critical: {},
    stopped: { type: 'final', entry: 'reportStopped' },
  },
})
