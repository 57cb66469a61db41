import { assign, sendParent, setup } from 'xstate'
import { unexpected } from './unexpected.js'

export interface ReplayContext {
  readonly name: string
  /** The data plane's side of the replay; opaque here. */
  readonly player: unknown
  /** How it came to its end, once it has. */
  readonly outcome: 'ended' | 'cancelled' | 'failed' | undefined
  readonly error: unknown
}

export type ReplayEvent =
  | { readonly type: 'replay.play' }
  | { readonly type: 'replay.pause' }
  | { readonly type: 'replay.resume' }
  /** Takes so many events while it is paused. */
  | { readonly type: 'replay.step'; readonly count: number }
  /** Goes on with the first event of that time or later: UTC epoch milliseconds. */
  | { readonly type: 'replay.seek'; readonly to: number }
  | { readonly type: 'replay.cancel' }
  /** The source has no more. */
  | { readonly type: 'replay.ended' }
  | { readonly type: 'replay.failed'; readonly error: unknown }
  /** Its engine stops. */
  | { readonly type: 'feed.stop' }

/** Recorded events that are played again: a feed with a pace that can be controlled. */
export const replayMachine = setup({
  types: {
    context: {} as ReplayContext,
    events: {} as ReplayEvent,
    input: {} as { readonly name: string; readonly player: unknown },
  },
  actions: {
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Tells the data plane whom to report to. */
    attach: () => {},
    /** Begins, or goes on where it was held. */
    play: () => {},
    hold: () => {},
    step: () => {},
    seek: () => {},
    /** Reads no more; says nothing further. */
    close: () => {},
    /** Whoever waits for its end is told. */
    announceEnd: () => {},
    noteEnd: assign({ outcome: 'ended' }),
    noteCancel: assign({ outcome: 'cancelled' }),
    noteFailure: assign({
      outcome: 'failed',
      error: ({ event }) => (event.type === 'replay.failed' ? event.error : undefined),
    }),
    reportEnded: sendParent(({ context }) => ({ type: 'replay.ended', name: context.name })),
  },
}).createMachine({
  id: 'replay',
  context: ({ input }) => ({ name: input.name, player: input.player, outcome: undefined, error: undefined }),
  entry: 'attach',
  initial: 'idle',
  on: {
    'replay.cancel': { target: '.done', actions: 'noteCancel' },
    'feed.stop': { target: '.done', actions: 'noteCancel' },
    'replay.failed': { target: '.done', actions: 'noteFailure' },
    ...unexpected,
  },
  states: {
    idle: {
      on: { 'replay.play': 'playing' },
    },
    playing: {
      entry: 'play',
      on: {
        'replay.pause': 'paused',
        'replay.seek': { actions: 'seek' },
        'replay.ended': { target: 'done', actions: 'noteEnd' },
        'replay.resume': {},
        // It takes all there are anyway.
        'replay.step': {},
      },
    },
    paused: {
      entry: 'hold',
      on: {
        'replay.resume': 'playing',
        'replay.step': { actions: 'step' },
        'replay.seek': { actions: 'seek' },
        // The last step found nothing more.
        'replay.ended': { target: 'done', actions: 'noteEnd' },
        'replay.pause': {},
      },
    },
    /**
     * Its parent removes it. It is no final state: XState remembers the name of every child that has
     * ever told of its end, and each replay has a new one.
     */
    done: {
      entry: ['close', 'announceEnd', 'reportEnded'],
      on: {
        'replay.cancel': {},
        'replay.failed': {},
        'feed.stop': {},
        'replay.ended': {},
        'replay.pause': {},
        'replay.resume': {},
        'replay.step': {},
        'replay.seek': {},
      },
    },
  },
})
