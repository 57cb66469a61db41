import { sendParent, setup } from 'xstate'
import { unexpected } from './unexpected.js'

export interface FeedContext {
  readonly name: string
  /** The data plane's side of the feed; opaque here. */
  readonly reader: unknown
}

export type FeedEvent =
  | { readonly type: 'feed.prepared' }
  | { readonly type: 'feed.read' }
  /** The source has no more, or reading ended because it was asked to. */
  | { readonly type: 'feed.ended' }
  | { readonly type: 'feed.failed'; readonly error: unknown }
  | { readonly type: 'feed.stop' }

const errorOf = (event: FeedEvent): unknown => ('error' in event ? event.error : undefined)

/** One source of events, from its first check to its end. */
export const feedMachine = setup({
  types: {
    context: {} as FeedContext,
    events: {} as FeedEvent,
    input: {} as { readonly name: string; readonly reader: unknown },
  },
  actions: {
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Checks what can be checked before anything starts. */
    prepare: () => {},
    /** Reads until the end; says `feed.ended` or `feed.failed`. */
    read: () => {},
    /** Asks the reading to end. */
    cancel: () => {},
    announceFault: () => {},
    reportPrepared: sendParent(({ context }) => ({ type: 'feed.prepared', name: context.name })),
    reportRefused: sendParent(({ context, event }) => ({
      type: 'feed.refused',
      name: context.name,
      error: errorOf(event),
    })),
    reportEnded: sendParent(({ context }) => ({ type: 'feed.ended', name: context.name })),
  },
}).createMachine({
  id: 'feed',
  context: ({ input }) => input,
  initial: 'preparing',
  on: unexpected,
  states: {
    preparing: {
      entry: 'prepare',
      on: {
        'feed.prepared': { target: 'prepared', actions: 'reportPrepared' },
        'feed.failed': { target: 'refused', actions: 'reportRefused' },
        'feed.stop': 'ended',
      },
    },
    prepared: { on: { 'feed.read': 'reading', 'feed.stop': 'ended' } },
    reading: {
      entry: 'read',
      on: {
        'feed.ended': 'ended',
        'feed.failed': { target: 'ended', actions: 'announceFault' },
        'feed.stop': 'closing',
      },
    },
    closing: {
      entry: 'cancel',
      on: { 'feed.ended': 'ended', 'feed.failed': { target: 'ended', actions: 'announceFault' } },
    },
    refused: { on: { 'feed.stop': 'ended' } },
    ended: { type: 'final', entry: 'reportEnded' },
  },
})
