import { type AnyActorLogic, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import type { PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

export interface SinkSeat {
  readonly name: string
  readonly input: unknown
}

export interface SinksContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly seats: readonly SinkSeat[]
  /** Sinks that have not opened yet. */
  readonly awaited: readonly string[]
  /** Sinks that have not closed yet. */
  readonly live: readonly string[]
}

export type SinksEvent =
  | { readonly type: 'sink.started'; readonly name: string }
  | { readonly type: 'sink.broken'; readonly name: string; readonly error: unknown }
  | { readonly type: 'sink.gone'; readonly name: string }
  | PartStop

/** The part that holds the sinks: they open together and close together. */
export const sinksMachine = setup({
  types: {
    context: {} as SinksContext,
    events: {} as SinksEvent,
    input: {} as { readonly plane: unknown; readonly sinkSeats: readonly SinkSeat[] },
  },
  actors: { sink: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    spawnSinks: enqueueActions(({ context, enqueue }) => {
      for (const { name, input } of context.seats) enqueue.spawnChild('sink', { id: name, input: input as never })
    }),
    stopSinks: enqueueActions(({ context, enqueue }) => {
      for (const name of [...context.live].reverse()) enqueue(tell(name, { type: 'sink.stop' }))
    }),
    welcome: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'sink.started')
        enqueue(change<SinksContext>({ awaited: context.awaited.filter((name) => name !== event.name) }))
    }),
    forget: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'sink.gone') return
      enqueue.stopChild(event.name)
      enqueue(change<SinksContext>({ live: context.live.filter((name) => name !== event.name) }))
    }),
    reportStarted: sendParent({ type: 'part.started', part: 'sinks' }),
    reportFailed: sendParent(({ event }) => ({
      type: 'part.failed',
      part: 'sinks',
      error: event.type === 'sink.broken' ? event.error : undefined,
    })),
    reportStopped: sendParent({ type: 'part.stopped', part: 'sinks' }),
  },
  guards: {
    nobodyAwaited: ({ context }) => context.awaited.length === 0,
    nobodyLeft: ({ context }) => context.live.length === 0,
  },
}).createMachine({
  id: 'sinks',
  context: ({ input }) => {
    const names = input.sinkSeats.map((seat) => seat.name)
    return { plane: input.plane, seats: input.sinkSeats, awaited: names, live: names }
  },
  entry: 'spawnSinks',
  initial: 'starting',
  on: { 'part.stop': '.stopping', 'sink.gone': { actions: 'forget' }, ...unexpected },
  states: {
    starting: {
      always: { guard: 'nobodyAwaited', target: 'running' },
      on: { 'sink.started': { actions: 'welcome' }, 'sink.broken': { actions: 'reportFailed' } },
    },
    running: { entry: 'reportStarted' },
    stopping: {
      entry: 'stopSinks',
      always: { guard: 'nobodyLeft', target: 'stopped' },
    },
    stopped: { type: 'final', entry: 'reportStopped' },
  },
})
