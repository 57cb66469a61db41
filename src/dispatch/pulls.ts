/** Reads asynchronous sources until they end or the engine closes: one that has gone silent holds nobody up. */
export class Pulls {
  private readonly waiting = new Set<() => void>()

  /** Whoever waits for a source's next item waits no longer. */
  close(): void {
    for (const end of [...this.waiting]) end()
  }

  async *of<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = source[Symbol.asyncIterator]()
    let over = false
    try {
      for (;;) {
        const step = await this.next(iterator).catch((error: unknown) => {
          over = true
          throw error
        })
        if (step === undefined) return
        if (step.done === true) {
          over = true
          return
        }
        yield step.value
      }
    } finally {
      // A source that still owes an item answers this after it, which may be never.
      if (!over) Promise.resolve(iterator.return?.()).catch(() => {})
    }
  }

  private next<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T> | undefined> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waiting.delete(end)
        resolve(undefined)
      }
      this.waiting.add(end)
      iterator.next().then(
        (step) => {
          this.waiting.delete(end)
          resolve(step)
        },
        (error: unknown) => {
          this.waiting.delete(end)
          reject(error)
        },
      )
    })
  }
}
