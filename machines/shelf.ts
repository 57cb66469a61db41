import { type AnyActorLogic, enqueueActions, fromCallback, sendParent, setup } from 'xstate'
import { change, imperative, tell } from './imperative.js'
import type { PartName, PartStop } from './parts.js'
import type { ShelfChild, TrayEvent } from './tray.js'
import { unexpected } from './unexpected.js'

/** What one tray holds. */
interface Tray {
  readonly name: string
  readonly members: readonly string[]
}

export interface ShelfContext {
  /** The data plane; opaque here. */
  readonly plane: unknown
  readonly part: PartName
  readonly trays: readonly Tray[]
  /** Numbers the trays. */
  readonly spawned: number
}

export interface ShelfInput {
  readonly plane: unknown
  readonly part: PartName
  readonly children: readonly ShelfChild[]
}

export type ShelfEvent = TrayEvent | PartStop

/** Actors under one tray at most. */
const TRAY_SIZE = 50

const trayOf = (context: ShelfContext, name: string): Tray | undefined =>
  context.trays.find(({ members }) => members.includes(name))

/**
 * A part that only holds what others lean on, such as the circuit breakers: there before whatever
 * they guard, and gone after it.
 */
export const shelfMachine = setup({
  types: { context: {} as ShelfContext, events: {} as ShelfEvent, input: {} as ShelfInput },
  actors: { tray: fromCallback(() => {}) as AnyActorLogic },
  actions: {
    ...imperative,
    /** Counts an event that its state has no answer to. */
    unexpected: () => {},
    spawnAll: enqueueActions(({ context, event, enqueue }) => {
      const { plane } = context
      const { input } = event as unknown as { readonly input: ShelfInput }
      for (const [index, { name }] of context.trays.entries()) {
        const children = input.children.slice(index * TRAY_SIZE, (index + 1) * TRAY_SIZE)
        enqueue.spawnChild('tray', { id: name, input: { plane, children } as never })
      }
    }),
    spawnOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'child.add') return
      const { child } = event
      const known = trayOf(context, child.name)
      const tray = known ?? context.trays.find(({ members }) => members.length < TRAY_SIZE)
      if (tray === undefined) {
        const name = `tray-${context.spawned + 1}`
        const trays = [...context.trays, { name, members: [child.name] }]
        enqueue(change<ShelfContext>({ spawned: context.spawned + 1, trays }))
        enqueue.spawnChild('tray', { id: name, input: { plane: context.plane, children: [child] } as never })
        return
      }
      enqueue(tell(tray.name, event))
      if (known !== undefined) return
      const grown = { ...tray, members: [...tray.members, child.name] }
      enqueue(change<ShelfContext>({ trays: context.trays.map((other) => (other === tray ? grown : other)) }))
    }),
    stopOne: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'child.remove') return
      const tray = trayOf(context, event.name)
      if (tray === undefined) return
      const members = tray.members.filter((name) => name !== event.name)
      // An empty tray goes, so that a coming and going leaves nothing behind.
      if (members.length === 0) enqueue.stopChild(tray.name)
      else enqueue(tell(tray.name, event))
      const others = context.trays.map((other) => (other === tray ? { ...tray, members } : other))
      enqueue(change<ShelfContext>({ trays: others.filter((other) => other.members.length > 0) }))
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      for (const { name } of [...context.trays].reverse()) enqueue.stopChild(name)
      enqueue(change<ShelfContext>({ trays: [] }))
    }),
    reportStarted: sendParent(({ context }) => ({ type: 'part.started', part: context.part })),
    reportStopped: sendParent(({ context }) => ({ type: 'part.stopped', part: context.part })),
  },
}).createMachine({
  id: 'shelf',
  context: ({ input: { plane, part, children } }) => {
    const trays: Tray[] = []
    for (let at = 0; at < children.length; at += TRAY_SIZE) {
      const members = children.slice(at, at + TRAY_SIZE).map(({ name }) => name)
      trays.push({ name: `tray-${trays.length + 1}`, members })
    }
    return { plane, part, trays, spawned: trays.length }
  },
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
