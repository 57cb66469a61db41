import type { AuditListener } from '../src/dispatch/audit.js'
import type { Listeners } from './listeners.js'

/** A host's listener that can do no harm to the step that it is told of. What it does not listen to costs nothing. */
export function guardedAudit(listener: AuditListener, listeners: Listeners): AuditListener {
  const guarded = <A extends unknown[]>(call: ((...args: A) => void) | undefined) =>
    call === undefined
      ? undefined
      : (...args: A): void => {
          try {
            call.apply(listener, args)
          } catch (error) {
            listeners.fault('audit listener', error)
          }
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
