export { breakerMachine } from './breaker.js'
export {
  type ConnectionCommand,
  type ConnectionContext,
  type ConnectionNotice,
  type ConnectionReport,
  connectionMachine,
} from './connection.js'
export { deadLettersMachine } from './dead-letters.js'
export { type EngineContext, type EngineEvent, type EnginePlane, engineMachine } from './engine.js'
export { feedMachine } from './feed.js'
export { feedsMachine } from './feeds.js'
export { type HealthContext, healthMachine } from './health.js'
export { type JournalContext, type JournalNotice, journalMachine } from './journal.js'
export { PARTS, PARTS_UNJOURNALLED, type PartName, type PartReport, type PartStop } from './parts.js'
export { type RecoveryContext, type RecoveryNotice, recoveryMachine } from './recovery.js'
export { replayMachine } from './replay.js'
export { shelfMachine } from './shelf.js'
export { sinkMachine } from './sink.js'
export { sinksMachine } from './sinks.js'
export { strategiesMachine } from './strategies.js'
export { type StopIntent, strategyMachine } from './strategy.js'
export { type Supervision, strategyGroupMachine } from './strategy-group.js'
export { type SupervisorOptions, supervisorMachine, wantedWorkers } from './supervisor.js'
export { trayMachine } from './tray.js'
export { workerMachine } from './worker.js'
