import type { DeadLetter } from '../src/dead-letters/letter.js'
import { OutcryError } from '../src/errors.js'
import type { Log } from '../src/log.js'
import type { DeadLetterSummary, EngineEvents } from './api.js'
import { InTurn } from './in-turn.js'

type Listener<K extends keyof EngineEvents> = (fact: EngineEvents[K]) => void

export const summaryOf = (letter: DeadLetter): DeadLetterSummary => ({
  id: letter.id,
  strategy: letter.strategy,
  reason: letter.reason,
  error: letter.error.message,
  attempts: letter.attempts,
  at: letter.at,
  event: letter.event,
})

/** Every fact there is; the type holds the list to the interface. */
const FACTS: ReadonlySet<string> = new Set(
  Object.keys({
    signal: true,
    deadLetter: true,
    deadLettersEvicted: true,
    halt: true,
    fault: true,
    state: true,
    strategy: true,
    health: true,
    invalid: true,
  } satisfies Record<keyof EngineEvents, true>),
)

/**
 * Who listens to an engine. A listener is the host's: what it throws is a fault to be told of, and
 * changes nothing else.
 */
export class Listeners {
  private readonly byName = new Map<keyof EngineEvents, Set<Listener<never>>>()
  /** Guards against a fault listener that throws. */
  private faulting = false
  private readonly turns = new InTurn((dropped) =>
    this.fault('listeners', new Error(`their own doing sets off facts without end: ${dropped} were dropped`)),
  )

  constructor(private readonly log: Log) {}

  on<K extends keyof EngineEvents>(name: K, listener: Listener<K>): () => void {
    if (!FACTS.has(name)) {
      const known = [...FACTS].join(', ')
      throw new OutcryError(
        'OUTCRY_OPTION_INVALID',
        `there is no fact "${String(name)}" to listen to; there are ${known}`,
        {
          path: 'on',
          value: name,
        },
      )
    }
    if (typeof listener !== 'function') {
      const message = `the listener of ${name} is ${typeof listener}: expected a function`
      throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: `on.${name}`, value: listener })
    }
    const listeners = this.byName.get(name) ?? new Set()
    this.byName.set(name, listeners)
    // Wrapped, so that one function given twice is two listeners, each with its own disposer.
    const own: Listener<K> = (fact) => listener(fact)
    listeners.add(own as Listener<never>)
    return () => {
      listeners.delete(own as Listener<never>)
      if (listeners.size === 0 && this.byName.get(name) === listeners) this.byName.delete(name)
    }
  }

  /** What a listener sets off is told after it, in its turn. */
  emit<K extends keyof EngineEvents>(name: K, fact: EngineEvents[K]): void {
    if (!this.byName.has(name)) return
    this.turns.run((told) => this.tell(name, told), fact)
  }

  private tell<K extends keyof EngineEvents>(name: K, fact: EngineEvents[K]): void {
    const listeners = this.byName.get(name)
    if (listeners === undefined) return
    for (const listener of [...listeners]) {
      try {
        const result: unknown = (listener as (fact: EngineEvents[K]) => unknown)(fact)
        // An async listener's rejection is its fault, and must not end the host's process.
        if (result instanceof Promise) result.catch((error: unknown) => this.fault(`listener of ${name}`, error))
      } catch (error) {
        this.fault(`listener of ${name}`, error)
      }
    }
  }

  deadLetter(letter: DeadLetter): void {
    if (this.byName.has('deadLetter')) this.emit('deadLetter', summaryOf(letter))
  }

  /** Never throws, not even where the logger does. */
  fault(where: string, error: unknown): void {
    if (this.faulting) return
    this.faulting = true
    try {
      this.log.warn({ where, err: error }, 'a fault outside the engine')
    } catch {
      // A logger that throws must not take the engine with it, and there is nobody left to tell.
    }
    try {
      // At once, as `faulting` is what keeps a listener of faults that throws from being told of itself.
      this.tell('fault', { where, error })
    } finally {
      this.faulting = false
    }
  }
}
