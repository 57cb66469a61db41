import { type AnyEventObject, assign, fromCallback, setup } from 'xstate'
import type { DeadLetterFact, DeadLetterLevel, DeadLetterPort } from '../src/dead-letters/facts.js'
import { unexpected } from './unexpected.js'

export interface DeadLettersContext {
  /** The data plane. The machine hands it to its effects and never looks inside. */
  readonly letters: DeadLetterPort
  /** As it was when the level was last told. */
  readonly level: DeadLetterLevel
}

/** Before the first fact, the level is the one that it was made with. */
const levelOf = (event: DeadLetterFact, context: DeadLettersContext): DeadLetterLevel =>
  'held' in event ? { held: event.held, full: event.full } : context.level

const ports = setup({
  types: {
    context: {} as DeadLettersContext,
    events: {} as DeadLetterFact,
    input: {} as DeadLetterPort,
  },
  actors: {
    /** Port: ties the data plane to this actor for as long as it lives. */
    link: fromCallback<AnyEventObject, DeadLetterPort>(() => {}),
    /** Port: sends letters out again at a bounded rate. It comes back as `redrive.finished`. */
    redriver: fromCallback<AnyEventObject, DeadLetterPort>(() => {}),
  },
  actions: {
    /** Port: counts an event that its state has no answer to. */
    unexpected: () => {},
    note: assign(({ context, event }) => ({ level: levelOf(event, context) })),
  },
  guards: {
    isEmpty: ({ context, event }) => levelOf(event, context).held === 0,
    isFull: ({ context, event }) => levelOf(event, context).full,
  },
})

/** Where a level leads. A state that it leads back to is neither left nor entered. */
const byLevel = [
  { guard: 'isEmpty', target: '#deadLetters.empty', actions: 'note' },
  { guard: 'isFull', target: '#deadLetters.full', actions: 'note' },
  { target: '#deadLetters.holding', actions: 'note' },
] as const

/**
 * The dead letters: `empty`, `holding` some, `full` (each new one evicts the oldest), `redriving`
 * them to the strategies that failed, and `closed` for good. Driven by levels, never by letters.
 */
export const deadLettersMachine = ports.createMachine({
  id: 'deadLetters',
  context: ({ input }) => ({ letters: input, level: input.level }),
  invoke: { id: 'link', src: 'link', input: ({ context }) => context.letters },
  on: {
    'letters.close': '.closed',
    // A redrive looks at the level when it has ended.
    'letters.counted': {},
    ...unexpected,
  },
  initial: 'starting',
  states: {
    /** Passed through at once: letters may have entered before the actor lived. */
    starting: { always: [...byLevel] },
    empty: {
      on: { 'letters.counted': [...byLevel] },
    },
    holding: {
      on: { 'letters.counted': [...byLevel], 'letters.redrive': 'redriving' },
    },
    full: {
      on: { 'letters.counted': [...byLevel], 'letters.redrive': 'redriving' },
    },
    redriving: {
      invoke: { id: 'redriver', src: 'redriver', input: ({ context }) => context.letters },
      on: { 'redrive.finished': [...byLevel] },
    },
    closed: { type: 'final' },
  },
})
