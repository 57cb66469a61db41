/** Ids remembered at most: the engine's own default. */
const WINDOW = 65_536

/** The dedupe that the peers are given, since they have none: the usual bounded Set. */
export class RecentIds {
  readonly #ids = new Set<string>()

  /** False for an id already seen. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    if (this.#ids.size > WINDOW) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return true
  }
}
