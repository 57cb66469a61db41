import { type AnyActorLogic, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative } from './imperative.js'
import type { PartName, PartStop } from './parts.js'
import { unexpected } from './unexpected.js'

/** A child as its shelf spawns it; opaque inputs are its data plane. */
export interface ShelfChild {
  readonly name: string
  readonly input: unknown
}

export interface ShelfContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly part: PartName
  readonly children: readonly ShelfChild[]
}

export type ShelfEvent =
  | { readonly type: 'child.add'; readonly child: ShelfChild }
  | { readonly type: 'child.remove'; readonly name: string }
  | PartStop

/**
 * A part that only holds what others lean on, such as the circuit breakers: there before whatever
 * they guard, and gone after it.
 */
export const shelfMachine = setup({
  types: { context: {} as ShelfContext, events: {} as ShelfEvent, input: {} as ShelfContext },
  actors: { child: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    spawnAll: enqueueActions(({ context, enqueue }) => {
      for (const { name, input } of context.children) enqueue.spawnChild('child', { id: name, input: input as never })
    }),
    spawnOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'child.add') return
      enqueue(change<ShelfContext>({ children: [...context.children, event.child] }))
      enqueue.spawnChild('child', { id: event.child.name, input: event.child.input as never })
    }),
    stopOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'child.remove') return
      enqueue.stopChild(event.name)
      enqueue(change<ShelfContext>({ children: context.children.filter((child) => child.name !== event.name) }))
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      for (const { name } of [...context.children].reverse()) enqueue.stopChild(name)
      enqueue(change<ShelfContext>({ children: [] }))
    }),
    reportStarted: sendParent(({ context }) => ({ type: 'part.started', part: context.part })),
    reportStopped: sendParent(({ context }) => ({ type: 'part.stopped', part: context.part })),
  },
}).createMachine({
  id: 'shelf',
  context: ({ input }) => input,
  entry: ['spawnAll', 'reportStarted'],
  initial: 'holding',
  on: unexpected,
  states: {
    holding: {
      on: {
        'child.add': { actions: 'spawnOne' },
        'child.remove': { actions: 'stopOne' },
        'part.stop': 'stopped',
      },
    },
    stopped: { type: 'final', entry: ['stopAll', 'reportStopped'] },
  },
})
