import type { Engine } from '../../actors/api.js'
import type { RedriveSummary } from '../dead-letters/redriver.js'
import { ndjsonSink } from '../sinks/ndjson.js'
import { type DeadLettersOptions, filterOf, requireHeld } from './dead-letters.js'
import { plural } from './format.js'
import { journalOf, requireJournal, withoutPassword } from './journal.js'
import { loadStrategies } from './modules.js'
import type { RunOptions } from './options.js'
import type { Plan } from './plan.js'
import { requireSignalsFile } from './signals-file.js'

/**
 * `outcry dead-letters redrive`: a run on the journal without feeds. It goes on with what an earlier run left
 * unsettled, as every run does, and then delivers the letters again, each to the strategy that failed on it.
 *
 * @throws OutcryError for a journal or module that makes no sense; from the run: for an id that is not held.
 */
export async function planRedrive(options: DeadLettersOptions, run: RunOptions): Promise<Plan> {
  const { journal: place, ids, limit } = options
  await requireJournal(place, '--journal')
  if (run.signals !== undefined) requireSignalsFile(run.signals, [...run.strategy, place])
  const strategies = (await Promise.all(run.strategy.map(loadStrategies))).flat()
  const total = { redriven: 0, failed: 0 }
  const add = ({ redriven, failed }: RedriveSummary): void => {
    total.redriven += redriven
    total.failed += failed
  }
  return {
    title: `redrive of ${withoutPassword(place)}`,
    engine: {
      strategies,
      journal: await journalOf(place),
      ...(run.signals === undefined ? {} : { sinks: [ndjsonSink(run.signals, { append: true })] }),
    },
    feeds: [],
    begun: async (engine: Engine) => {
      requireHeld(ids, (id) => engine.deadLetters.get(id) !== undefined)
      const filter = filterOf(options)
      if (ids.length === 0) add(await engine.deadLetters.redrive(filter, limit === undefined ? {} : { limit }))
      for (const id of ids.slice(0, limit)) add(await engine.deadLetters.redrive({ ...filter, id }))
    },
    notes: () => [
      `${plural(total.redriven, 'dead letter')} delivered again${total.failed === 0 ? '' : `, ${total.failed} could not be`}`,
    ],
  }
}
