import { MemoryJournal } from '../../../src/journal/memory.js'
import { conformance } from './suite.js'

conformance('memory', async () => {
  const journal = new MemoryJournal()
  return {
    journal: () => journal,
    kill: async () => journal.kill(),
    dispose: async () => {},
  }
})
