import type { AuditListener } from '../src/dispatch/audit.js'
import { OutcryError } from '../src/errors.js'
import { describeValue } from '../src/events/invalid.js'
import { InTurn } from './in-turn.js'
import type { Listeners } from './listeners.js'

/**
 * A host's listener that can do no harm to the step that it is told of. What it does not listen to costs nothing,
 * and what it sets off itself it is told of afterwards.
 */
export function guardedAudit(listener: AuditListener, listeners: Listeners): AuditListener {
  if (typeof listener !== 'object' || listener === null) {
    const message = `audit was given ${describeValue(listener)}: expected an object with the methods of an audit listener`
    throw new OutcryError('OUTCRY_OPTION_INVALID', message, { path: 'audit', value: listener })
  }
  const turns = new InTurn((dropped) =>
    listeners.fault('audit listener', new Error(`its own doing sets off entries without end: ${dropped} were dropped`)),
  )
  const guarded = <A extends unknown[]>(call: ((...args: A) => void) | undefined) => {
    if (call === undefined) return undefined
    const tell = (args: A): void => {
      try {
        call.apply(listener, args)
      } catch (error) {
        listeners.fault('audit listener', error)
      }
    }
    return (...args: A): void => turns.run(tell, args)
  }
  const accepted = guarded(listener.accepted)
  const conflated = guarded(listener.conflated)
  const dispatched = guarded(listener.dispatched)
  const outcome = guarded(listener.outcome)
  return {
    ...(accepted === undefined ? {} : { accepted }),
    ...(conflated === undefined ? {} : { conflated }),
    ...(dispatched === undefined ? {} : { dispatched }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}
