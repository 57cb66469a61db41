import type { StoredLetter } from './records.js'

/**
 * The dead letters that wait to be written, and the ids of those that are to be told gone. A letter that
 * comes and goes between two batches leaves nothing here: a store that evicts while the journal is down
 * would otherwise leave an id for each letter there ever was.
 */
export class PendingLetters {
  readonly #waiting = new Map<string, StoredLetter>()
  /** Of those that wait, the ids that the journal may have: it was not told that they went, or a batch with them failed. */
  readonly #perhapsWritten = new Set<string>()
  #gone = new Set<string>()

  get empty(): boolean {
    return this.#waiting.size === 0 && this.#gone.size === 0
  }

  /** Ids that the journal is to be told of as gone. */
  get gone(): number {
    return this.#gone.size
  }

  enter(letter: StoredLetter): void {
    if (this.#gone.delete(letter.id)) this.#perhapsWritten.add(letter.id)
    this.#waiting.set(letter.id, letter)
  }

  /** What is not held here is in the journal, or on its way there. */
  leave(id: string): void {
    const unknown = this.#waiting.delete(id) && !this.#perhapsWritten.delete(id)
    if (!unknown) this.#gone.add(id)
  }

  takeWaiting(): StoredLetter[] {
    const letters = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#perhapsWritten.clear()
    return letters
  }

  takeGone(): string[] {
    const ids = [...this.#gone]
    this.#gone = new Set()
    return ids
  }

  /** A batch of these failed, and may have been written all the same, or in part. What came since goes over it. */
  putBack(letters: readonly StoredLetter[], gone: readonly string[]): void {
    for (const id of gone) {
      if (this.#waiting.has(id)) this.#perhapsWritten.add(id)
      else this.#gone.add(id)
    }
    const since = [...this.#waiting]
    this.#waiting.clear()
    for (const letter of letters) {
      // It went while the batch was on its way.
      if (this.#gone.has(letter.id)) continue
      this.#waiting.set(letter.id, letter)
      this.#perhapsWritten.add(letter.id)
    }
    for (const [id, letter] of since) this.#waiting.set(id, letter)
  }
}
