import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { deadLettersMachine } from '../../machines/dead-letters.js'
import type { DeadLetterFact, DeadLetterLevel } from '../../src/dead-letters/facts.js'

const none = (): void => {}

function snapshotAfter(level: DeadLetterLevel, ...facts: readonly DeadLetterFact[]) {
  const port = { level, attach: () => none, beginRedrive: () => none, unanswered: none }
  let [snapshot] = initialTransition(deadLettersMachine, port)
  for (const fact of facts) [snapshot] = transition(deadLettersMachine, snapshot, fact)
  return snapshot
}

const counted = (held: number, full = false): DeadLetterFact => ({ type: 'letters.counted', held, full })
const redrive: DeadLetterFact = { type: 'letters.redrive', limit: 5 }
const finished = (held: number, full = false): DeadLetterFact => ({
  type: 'redrive.finished',
  redriven: 1,
  failed: 0,
  held,
  full,
})
const empty = { held: 0, full: false }

describe('the machine of the dead letters, as a pure function', () => {
  it.each([
    [empty, [], 'empty'],
    [{ held: 3, full: false }, [], 'holding'],
    [{ held: 3, full: true }, [], 'full'],
    [empty, [counted(1)], 'holding'],
    [empty, [counted(9, true)], 'full'],
    [empty, [counted(9, true), counted(4)], 'holding'],
    [empty, [counted(9, true), counted(0)], 'empty'],
    [empty, [counted(1), counted(0)], 'empty'],
    [empty, [counted(1), counted(2, true)], 'full'],
    [empty, [counted(1), redrive], 'redriving'],
    [empty, [counted(9, true), redrive], 'redriving'],
    [empty, [counted(1), redrive, counted(9, true)], 'redriving'],
    [empty, [counted(1), redrive, finished(0)], 'empty'],
    [empty, [counted(1), redrive, finished(1)], 'holding'],
    [empty, [counted(1), redrive, finished(9, true)], 'full'],
    [empty, [redrive], 'empty'],
    [empty, [{ type: 'letters.close' }, counted(1)], 'closed'],
    [empty, [counted(1), redrive, { type: 'letters.close' }, finished(1)], 'closed'],
  ] satisfies readonly (readonly [DeadLetterLevel, readonly DeadLetterFact[], string])[])(
    'from %j after %j it is %s',
    (level, facts, value) => {
      expect(snapshotAfter(level, ...facts).value).toBe(value)
    },
  )

  it('shows the level that it was told last', () => {
    expect(snapshotAfter(empty, counted(7)).context.level).toEqual({ held: 7, full: false })
    expect(snapshotAfter(empty, counted(7), redrive, finished(2)).context.level).toEqual({ held: 2, full: false })
  })
})
