import type { Journal } from 'outcry'
import type { Disk } from './disk.js'
import { bounds } from './oracles/bounds.js'
import { conflation } from './oracles/conflation.js'
import { conservation } from './oracles/conservation.js'
import { deliveries } from './oracles/deliveries.js'
import { type Durability, durability, type Promises } from './oracles/durability.js'
import { expiry } from './oracles/expiry.js'
import { halts } from './oracles/halts.js'
import { type InputCounts, inputs } from './oracles/inputs.js'
import { order } from './oracles/order.js'
import { pauses } from './oracles/pauses.js'
import { priority } from './oracles/priority.js'
import { rates } from './oracles/rates.js'
import { receipts } from './oracles/receipts.js'
import { figures } from './oracles/rest.js'
import { restarts } from './oracles/restarts.js'
import { shutdown } from './oracles/shutdown.js'
import { skips } from './oracles/skips.js'
import { tally } from './oracles/tally.js'
import type { Oracle, Subject } from './subject.js'

/** A journal, what it is kept on, and what was promised of it. */
export interface Kept {
  readonly journal: Journal
  readonly disk: Disk
  readonly promises: Promises
}

/** The oracles of one engine, and the one that it is told more of beside the seams. */
export function oraclesOf(
  subject: Subject,
  kept: Kept | undefined,
  counts: () => InputCounts,
): { readonly oracles: readonly Oracle[]; readonly durable: Durability | undefined } {
  const makers = [
    conservation,
    order,
    deliveries,
    bounds,
    priority,
    expiry,
    restarts,
    pauses,
    halts,
    figures,
    skips,
    // These have books that begin with the engine and close with a receipt: with a journal neither is so.
    ...(kept === undefined ? [receipts, rates, conflation, shutdown] : []),
  ]
  const all = [...makers.map((make) => make(subject)), tally(subject)]
  if (kept === undefined) return { oracles: [...all, inputs(subject, counts)], durable: undefined }
  const durable = durability(subject, kept.disk, kept.promises)
  return { oracles: [...all, durable], durable }
}
