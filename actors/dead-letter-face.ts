import type { DeadLetters } from '../src/dead-letters/dead-letters.js'
import type { DeadLetter } from '../src/dead-letters/letter.js'
import type { DeadLetterDetail, DeadLetterFace } from './api.js'
import { summaryOf } from './listeners.js'

const detailOf = (letter: DeadLetter): DeadLetterDetail => ({
  ...summaryOf(letter),
  code: letter.error.code,
  stack: letter.error.stack,
  returns: letter.returns,
  bytes: letter.bytes,
})

/** What a host may do with an engine's dead letters. */
export const deadLetterFace = (letters: DeadLetters): DeadLetterFace => ({
  count: (filter) => letters.store.count(filter),
  list: (filter, page) => letters.list(filter, page).map(summaryOf),
  get(id) {
    const letter = letters.get(id)
    return letter === undefined ? undefined : detailOf(letter)
  },
  redrive: (filter, options) => letters.redrive(filter, options),
  discard: (which) => letters.discard(which),
})
