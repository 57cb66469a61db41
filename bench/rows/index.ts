import { asynchronous } from './async.js'
import { critical, criticalUntuned } from './critical.js'
import { dedupe } from './dedupe.js'
import { floor } from './floor.js'
import { history } from './history.js'
import { hung } from './hung.js'
import { inspector } from './inspector.js'
import { journal } from './journal.js'
import { latency } from './latency.js'
import { lifecycle } from './lifecycle.js'
import { memory } from './memory.js'
import { metrics } from './metrics.js'
import { realDay, realDayPaced } from './real-day.js'
import { replay } from './replay.js'
import type { Row } from './row.js'
import { simulation } from './simulation.js'
import { soak } from './soak.js'
import { throughput } from './throughput.js'
import { throughputBatched } from './throughput-batched.js'
import { validation } from './validation.js'

/** Every row, in the order in which they run. A new one is a file and a line here. */
export const ROWS: readonly Row[] = [
  throughput,
  throughputBatched,
  asynchronous,
  floor,
  latency,
  critical,
  criticalUntuned,
  memory,
  validation,
  dedupe,
  history,
  journal,
  replay,
  lifecycle,
  hung,
  metrics,
  inspector,
  realDay,
  simulation,
]

/** Rows that run only where they are named: they take many minutes. */
export const LONG_ROWS: readonly Row[] = [realDayPaced, soak]
