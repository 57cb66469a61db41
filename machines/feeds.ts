import { type AnyActorLogic, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import type { PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

export interface FeedSeat {
  readonly name: string
  readonly input: unknown
}

export interface FeedsContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly seats: readonly FeedSeat[]
  readonly awaited: readonly string[]
  /** Feeds that have not ended. */
  readonly live: readonly string[]
  /** Replays that have not ended: they come and go while the engine runs. */
  readonly replays: readonly string[]
}

export type FeedsEvent =
  | { readonly type: 'feed.prepared'; readonly name: string }
  | { readonly type: 'feed.refused'; readonly name: string; readonly error: unknown }
  | { readonly type: 'feed.ended'; readonly name: string }
  /** The engine runs: what is prepared may be read. */
  | { readonly type: 'feeds.read' }
  /** Recorded events are to be played again. */
  | { readonly type: 'replay.start'; readonly name: string; readonly input: unknown }
  | { readonly type: 'replay.ended'; readonly name: string }
  | PartStop

/** The part that holds the feeds: all are checked before any is read. */
export const feedsMachine = setup({
  types: {
    context: {} as FeedsContext,
    events: {} as FeedsEvent,
    input: {} as { readonly plane: unknown; readonly feedSeats: readonly FeedSeat[] },
  },
  actors: { feed: fromCallback(() => {}) as AnyActorLogic, replay: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    /** Every feed has ended. */
    announceEnd: () => {},
    spawnFeeds: enqueueActions(({ context, enqueue }) => {
      for (const { name, input } of context.seats) enqueue.spawnChild('feed', { id: name, input: input as never })
    }),
    readAll: enqueueActions(({ context, enqueue }) => {
      for (const name of context.live) enqueue(tell(name, { type: 'feed.read' }))
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      for (const name of [...context.replays].reverse()) enqueue(tell(name, { type: 'feed.stop' }))
      for (const name of [...context.live].reverse()) enqueue(tell(name, { type: 'feed.stop' }))
    }),
    spawnReplay: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'replay.start') return
      enqueue(change<FeedsContext>({ replays: [...context.replays, event.name] }))
      enqueue.spawnChild('replay', { id: event.name, input: event.input as never })
    }),
    forgetReplay: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'replay.ended') return
      enqueue.stopChild(event.name)
      enqueue(change<FeedsContext>({ replays: context.replays.filter((name) => name !== event.name) }))
    }),
    /** Nothing is played any more. */
    refuseReplay: () => {},
    welcome: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'feed.prepared')
        enqueue(change<FeedsContext>({ awaited: context.awaited.filter((name) => name !== event.name) }))
    }),
    forget: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'feed.ended') return
      enqueue.stopChild(event.name)
      enqueue(change<FeedsContext>({ live: context.live.filter((name) => name !== event.name) }))
    }),
    reportStarted: sendParent({ type: 'part.started', part: 'feeds' }),
    reportFailed: sendParent(({ event }) => ({
      type: 'part.failed',
      part: 'feeds',
      error: event.type === 'feed.refused' ? event.error : undefined,
    })),
    reportStopped: sendParent({ type: 'part.stopped', part: 'feeds' }),
  },
  guards: {
    nobodyAwaited: ({ context }) => context.awaited.length === 0,
    nobodyLeft: ({ context }) => context.live.length === 0,
    nothingLeft: ({ context }) => context.live.length === 0 && context.replays.length === 0,
  },
}).createMachine({
  id: 'feeds',
  context: ({ input }) => {
    const names = input.feedSeats.map((seat) => seat.name)
    return { plane: input.plane, seats: input.feedSeats, awaited: names, live: names, replays: [] }
  },
  entry: 'spawnFeeds',
  initial: 'preparing',
  on: {
    'part.stop': '.stopping',
    'feed.ended': { actions: 'forget' },
    'replay.start': { actions: 'spawnReplay' },
    'replay.ended': { actions: 'forgetReplay' },
    ...unexpected,
  },
  states: {
    preparing: {
      always: { guard: 'nobodyAwaited', target: 'prepared' },
      on: { 'feed.prepared': { actions: 'welcome' }, 'feed.refused': { actions: 'reportFailed' } },
    },
    prepared: {
      entry: 'reportStarted',
      on: { 'feeds.read': 'reading' },
    },
    reading: {
      entry: 'readAll',
      always: { guard: 'nobodyLeft', target: 'ended' },
    },
    ended: { entry: 'announceEnd' },
    stopping: {
      entry: 'stopAll',
      always: { guard: 'nothingLeft', target: 'stopped' },
      on: { 'replay.start': { actions: 'refuseReplay' } },
    },
    stopped: { type: 'final', entry: 'reportStopped' },
  },
})
