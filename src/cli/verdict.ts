import type { DeliveryLedger, EventLedger, Ledger } from '../metrics/ledger.js'
import { count, plural } from './format.js'

/**
 * Why a run whose books balance was in vain all the same: nothing that it read was an event, or no
 * strategy could handle any of it. A run that had nothing to read is not one of these.
 */
export function inVain({ events, deliveries }: Ledger): Error | undefined {
  if (events.published > 0 && events.accepted === 0) {
    const { invalid, refused } = events
    const fates = [
      ...(invalid > 0 ? [`${count(invalid)} invalid`] : []),
      ...(refused > 0 ? [`${count(refused)} refused`] : []),
    ].join(', ')
    return new Error(`None of ${count(events.published)} records was accepted${fates === '' ? '' : `: ${fates}`}`)
  }
  if (deliveries.due > 0 && deliveries.succeeded === 0 && deliveries.deadLettered > 0) {
    const { due, deadLettered } = deliveries
    return new Error(`None of ${count(due)} deliveries succeeded: ${count(deadLettered)} became dead letters`)
  }
  return undefined
}

/** A warning, with its line break, where strategies subscribe to nothing of what came; else nothing. */
export function unheard(run: {
  readonly events: Readonly<EventLedger>
  readonly deliveries: Readonly<DeliveryLedger>
}): string {
  const { settled } = run.events
  if (settled === 0 || run.deliveries.due > 0) return ''
  return `outcry: no strategy subscribes to anything of what came: ${plural(settled, 'event')} accepted, none delivered\n`
}
