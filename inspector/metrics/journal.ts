import type { EngineStats } from 'outcry'
import { alone, counter, type Family, gauge } from './family.js'

/** How the journal fares; nothing where there is none. */
export function journalFamilies(journal: EngineStats['journal']): readonly Family[] {
  if (journal === undefined) return []
  const { behind, failing, batches, events, syncs, failures, refused, unjournalled, redelivered, bytes } = journal
  return [
    gauge('outcry_journal_behind', 'Events accepted or on their way that are not written yet.', alone(behind)),
    gauge('outcry_journal_failing', 'Whether appends fail: 1 until one goes well again.', alone(failing ? 1 : 0)),
    counter('outcry_journal_batches_total', 'Batches written.', alone(batches)),
    counter('outcry_journal_events_total', 'Events written.', alone(events)),
    counter('outcry_journal_syncs_total', 'Syncs to what keeps the journal.', alone(syncs)),
    counter('outcry_journal_failures_total', 'Appends that failed.', alone(failures)),
    counter('outcry_journal_refused_total', 'Events refused as they could not be made durable.', alone(refused)),
    counter('outcry_journal_unjournalled_total', 'Events that went on without being journalled.', alone(unjournalled)),
    counter('outcry_journal_redelivered_total', 'Events of an earlier run, queued again.', alone(redelivered)),
    gauge('outcry_journal_bytes', 'What the journal takes where it is stored.', alone(bytes)),
  ]
}
