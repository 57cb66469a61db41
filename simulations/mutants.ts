import { blindMutants } from './mutants/blind.js'
import { breakerMutants } from './mutants/breakers.js'
import { engineMutants } from './mutants/engine.js'
import type { Mutant } from './mutants/inside.js'
import { journalMutants } from './mutants/journal.js'
import { queueMutants } from './mutants/queue.js'
import { runnerMutants } from './mutants/runner.js'
import { supervisionMutants } from './mutants/supervision.js'

export type { Mutant } from './mutants/inside.js'

export const MUTANTS: readonly Mutant[] = [
  ...breakerMutants,
  ...queueMutants,
  ...runnerMutants,
  ...engineMutants,
  ...supervisionMutants,
  ...journalMutants,
  ...blindMutants,
]
