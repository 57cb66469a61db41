import type { Settings } from '../harness/probe.js'
import { critical } from './critical.js'
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
import { realDay } from './real-day.js'
import { realDayPaced } from './real-day-paced.js'
import { replay } from './replay.js'
import { simulation } from './simulation.js'
import { soak } from './soak.js'
import { validation } from './validation.js'

/** What runs in a process of its own and is no contest, by the name of its row. */
export const PROBES: Readonly<Record<string, (settings: Settings) => Promise<unknown>>> = {
  critical,
  dedupe,
  floor,
  inspector,
  history,
  hung,
  journal,
  latency,
  lifecycle,
  memory,
  metrics,
  realDay,
  realDayPaced,
  replay,
  simulation,
  soak,
  validation,
}
