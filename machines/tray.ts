import { type AnyActorLogic, enqueueActions, fromCallback, setup } from 'xstate'
import { change, imperative } from './imperative.js'
import { unexpected } from './unexpected.js'

/** A child as its holder spawns it; opaque inputs are its data plane. */
export interface ShelfChild {
  readonly name: string
  readonly input: unknown
}

/** How a holder of actors is told whom to hold. */
export type TrayEvent =
  /** Takes the place of one of its name. */
  { readonly type: 'child.add'; readonly child: ShelfChild } | { readonly type: 'child.remove'; readonly name: string }

export interface TrayContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly children: readonly ShelfChild[]
}

/**
 * Some of what a shelf holds. XState copies a parent's table of children whenever one comes or goes,
 * so that thousands under one parent cost seconds; a shelf spreads them over trays.
 */
export const trayMachine = setup({
  types: { context: {} as TrayContext, events: {} as TrayEvent, input: {} as TrayContext },
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
      const { child } = event
      const others = context.children.filter(({ name }) => name !== child.name)
      if (others.length < context.children.length) enqueue.stopChild(child.name)
      enqueue(change<TrayContext>({ children: [...others, child] }))
      enqueue.spawnChild('child', { id: child.name, input: child.input as never })
    }),
    stopOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'child.remove') return
      enqueue.stopChild(event.name)
      enqueue(change<TrayContext>({ children: context.children.filter(({ name }) => name !== event.name) }))
    }),
  },
}).createMachine({
  id: 'tray',
  context: ({ input }) => input,
  entry: 'spawnAll',
  on: unexpected,
  initial: 'holding',
  states: {
    holding: { on: { 'child.add': { actions: 'spawnOne' }, 'child.remove': { actions: 'stopOne' } } },
  },
})
