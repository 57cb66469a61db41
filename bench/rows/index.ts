import { asynchronous } from './async.js'
import type { Row } from './row.js'
import { throughput } from './throughput.js'
import { throughputBatched } from './throughput-batched.js'

/** Every row, in the order in which they run. A new one is a file and a line here. */
export const ROWS: readonly Row[] = [throughput, throughputBatched, asynchronous]
