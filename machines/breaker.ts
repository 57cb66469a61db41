import { type AnyEventObject, assign, fromCallback, setup } from 'xstate'
import type { BreakerCause, BreakerFact, BreakerMove, BreakerPhase, BreakerPort } from '../src/breaker/facts.js'
import { unexpected } from './unexpected.js'

export interface BreakerContext {
  /** The data plane. The machine hands it to its effects and never looks inside. */
  readonly breaker: BreakerPort
  /** The state to start in, which a warm start has from the last run. */
  readonly startsAs: BreakerMove['state']
  /** Openings since it was last closed. */
  readonly openings: number
  /** The end of the open time on the breaker's clock, in milliseconds; 0 where none runs. */
  readonly until: number
  /** The open time in milliseconds; 0 where none runs. */
  readonly waitMs: number
  /** Why it is in its state. */
  readonly cause: BreakerCause
  /** When it came there, on the breaker's clock; undefined for the state that it started in. */
  readonly at: number | undefined
}

const ports = setup({
  types: {
    context: {} as BreakerContext,
    events: {} as BreakerFact,
    input: {} as BreakerPort,
  },
  actors: {
    /** Port: ties the data plane to this actor for as long as it lives. */
    link: fromCallback<AnyEventObject, BreakerPort>(() => {}),
    /** Port: the one timer of a phase. It comes back as a fact. */
    timer: fromCallback<AnyEventObject, { readonly breaker: BreakerPort; readonly phase: BreakerPhase }>(() => {}),
  },
  actions: {
    /** Port: counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Port: a state has been entered. */
    announce: (_, _params: { readonly state: BreakerMove['state'] }) => {},
    open: assign(({ context, event }) => {
      if (!('waitMs' in event)) return {}
      const { at, cause, waitMs } = event
      return { at, cause, waitMs, until: at + waitMs, openings: context.openings + 1 }
    }),
    halfOpen: assign(({ event }) => ({ at: event.at, cause: 'cooled-down' as const, waitMs: 0, until: 0 })),
    /** Closed, isolated and disabled begin a new count of openings. */
    settle: assign(({ event }, params: { readonly cause: BreakerCause }) => ({
      at: event.at,
      cause: params.cause,
      openings: 0,
      waitMs: 0,
      until: 0,
    })),
  },
  guards: {
    startsAs: ({ context }, params: { readonly state: BreakerMove['state'] }) => context.startsAs === params.state,
  },
})

/**
 * A circuit breaker: `closed` lets calls through, `open` refuses them for a while, `halfOpen` tries
 * a few, `isolated` is held open and `disabled` only measures, both until somebody resets it.
 *
 * It has no clock and draws no chance: times, deadlines and sums come with the facts that its data
 * plane reports. It does not even use `after`, since its host decides which clock a breaker follows.
 */
export const breakerMachine = ports.createMachine({
  id: 'breaker',
  context: ({ input }) => {
    const { state, openings, until, waitMs } = input.stand
    return { breaker: input, startsAs: state, openings, until, waitMs, cause: 'started', at: undefined }
  },
  invoke: { id: 'link', src: 'link', input: ({ context }) => context.breaker },
  on: {
    'breaker.isolate': { target: '.isolated', actions: { type: 'settle', params: { cause: 'isolated' } } },
    'breaker.disable': { target: '.disabled', actions: { type: 'settle', params: { cause: 'disabled' } } },
    'breaker.reset': { target: '.closed', actions: { type: 'settle', params: { cause: 'reset' } } },
    // Open already, or in the hands of a person.
    'breaker.trip': {},
    ...unexpected,
  },
  initial: 'starting',
  states: {
    /** Passed through at once: a warm start goes on where the last run was. */
    starting: {
      always: [
        { guard: { type: 'startsAs', params: { state: 'open' } }, target: 'open' },
        { guard: { type: 'startsAs', params: { state: 'halfOpen' } }, target: 'halfOpen' },
        { guard: { type: 'startsAs', params: { state: 'isolated' } }, target: 'isolated' },
        { guard: { type: 'startsAs', params: { state: 'disabled' } }, target: 'disabled' },
        { target: 'closed' },
      ],
    },
    closed: {
      entry: { type: 'announce', params: { state: 'closed' } },
      on: {
        'window.breached': { target: 'open', actions: 'open' },
        'breaker.trip': { target: 'open', actions: 'open' },
      },
    },
    open: {
      entry: { type: 'announce', params: { state: 'open' } },
      invoke: { id: 'cooldown', src: 'timer', input: ({ context: { breaker } }) => ({ breaker, phase: 'cooldown' }) },
      on: {
        'cooldown.elapsed': { target: 'halfOpen', actions: 'halfOpen' },
      },
    },
    halfOpen: {
      entry: { type: 'announce', params: { state: 'halfOpen' } },
      on: {
        'breaker.trip': { target: 'open', actions: 'open' },
      },
      initial: 'waiting',
      states: {
        /** Nobody has called yet, so nothing is held up and no timer runs. */
        waiting: {
          on: { 'probe.started': 'probing' },
        },
        probing: {
          invoke: { id: 'probes', src: 'timer', input: ({ context: { breaker } }) => ({ breaker, phase: 'probes' }) },
          on: {
            'probes.passed': {
              target: '#breaker.closed',
              actions: { type: 'settle', params: { cause: 'recovered' } },
            },
            'probes.failed': { target: '#breaker.open', actions: 'open' },
            'probes.returned': 'waiting',
            'probes.awaited': 'awaiting',
          },
        },
        /** No further probe is given; those that were given late have a wait of their own. */
        awaiting: {
          invoke: { id: 'probes', src: 'timer', input: ({ context: { breaker } }) => ({ breaker, phase: 'probes' }) },
          on: {
            'probes.passed': {
              target: '#breaker.closed',
              actions: { type: 'settle', params: { cause: 'recovered' } },
            },
            'probes.failed': { target: '#breaker.open', actions: 'open' },
            'probes.returned': 'waiting',
            'probes.awaited': { target: 'awaiting', reenter: true },
          },
        },
      },
    },
    isolated: {
      entry: { type: 'announce', params: { state: 'isolated' } },
      on: { 'breaker.isolate': {} },
    },
    disabled: {
      entry: { type: 'announce', params: { state: 'disabled' } },
      on: { 'breaker.disable': {} },
    },
  },
})
