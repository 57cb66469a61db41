import { systemHealth } from '../src/events/catalogue/system.js'
import { MARK_DERIVED } from '../src/events/event.js'
import { HealthMonitor } from '../src/health/monitor.js'
import type { HealthReport } from '../src/health/report.js'
import { readHealth } from './health-reading.js'
import type { Wiring } from './wiring.js'

/** What looks at an engine's data plane, and whom it tells: the log, the listeners, and strategies by an event. */
export function makeHealthMonitor(plane: Wiring, recorded: boolean): HealthMonitor {
  const { environment, options, listeners } = plane
  // What the machine makes of a run over recordings must not be among its events.
  const publishes = options.health.publish && !recorded
  return new HealthMonitor({
    environment,
    settings: options.health,
    read: (machine) => readHealth(plane, machine),
    onChange: (report) => {
      plane.log[report.status === 'healthy' ? 'info' : 'warn']({ reasons: report.reasons }, `health: ${report.status}`)
      listeners.emit('health', report)
      plane.onChange()
      if (publishes) publish(plane, report)
    },
    onFault: (error) => listeners.fault('health', error),
    onUnexpected: (actor, event) => plane.unexpected.note(actor, event),
  })
}

/** An alert is an event of the engine's own; it may use the room kept for signals, as it tells of a full queue too. */
function publish({ intake }: Wiring, { status, reasons }: HealthReport): void {
  if (intake.sealed) return
  const words = reasons.map(({ code, message }) => `${code}: ${message}`)
  intake.offer(systemHealth({ source: 'engine', state: status, reasons: words }), true, MARK_DERIVED)
}
