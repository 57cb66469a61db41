import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, inject, vi } from 'vitest'
import { EdgeCollector } from './edge-coverage.js'

const collector = vi.hoisted(() => ({ current: undefined as EdgeCollector | undefined }))
const own = new EdgeCollector()
collector.current = own

// Every actor that a test makes is watched from its first step on, whichever way it is made.
vi.mock('xstate', async (load) => {
  const xstate = await load<typeof import('xstate')>()
  const createActor = ((logic: never, options?: { readonly inspect?: unknown }) => {
    const { inspect } = options ?? {}
    const theirs = typeof inspect === 'function' ? inspect : undefined
    const watch = (event: never): void => {
      collector.current?.next(event)
      theirs?.(event)
    }
    return xstate.createActor(logic, { ...options, inspect: watch } as never)
  }) as unknown as typeof xstate.createActor
  return { ...xstate, createActor }
})

afterAll(() => {
  const directory = mkdtempSync(join(inject('edges'), 'file-'))
  writeFileSync(join(directory, 'taken.json'), JSON.stringify([...own.taken]))
})
