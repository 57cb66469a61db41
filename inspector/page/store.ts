import { batch, signal } from '@preact/signals'
import type { Hello } from '../protocol.js'
import { view } from './route.js'
import { follow } from './stream/client.js'
import type { FromHub, StreamStatus } from './stream/messages.js'
import { type Actor, World } from './world/world.js'

/** What the page knows of the engine; read it together with {@link tick}, which says that it has changed. */
let current: World | undefined

/** Raised at most once a frame, however many batches came. */
export const tick = signal(0)
export const status = signal<StreamStatus>('connecting')
export const hello = signal<Hello | undefined>(undefined)

/**
 * The world, and a subscription to its changes. It is changed in place and so always the same object:
 * handed down as a property alone, it would not make a component draw again.
 */
export function useWorld(): World | undefined {
  tick.value
  return current
}

let drawing = false

function changed(): void {
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    tick.value += 1
  })
}

export function hear(message: FromHub): void {
  switch (message.kind) {
    case 'hello':
      batch(() => {
        current = new World(message.hello)
        hello.value = message.hello
        if (message.hello.mode === 'recording') view.value = 'travel'
        tick.value += 1
      })
      return
    case 'batch':
      current?.apply(message.batch)
      changed()
      return
    case 'status':
      status.value = message.status
  }
}

export const connect = (base: string, token: string): void => follow(base, token, hear)

export const parentOf = (actor: Actor | undefined): Actor | undefined =>
  actor?.row.parent === undefined ? undefined : current?.actors.get(actor.row.parent)

/** The actor of that path; the newest where several came one after the other. */
export function actorAt(path: string): Actor | undefined {
  let found: Actor | undefined
  for (const actor of current?.actors.values() ?? []) if (actor.row.path === path) found = actor
  return found
}
