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
      if (!over) letGo(iterator)
    }
  }

  private next<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T> | undefined> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waiting.delete(end)
        resolve(undefined)
      }
      this.waiting.add(end)
      stepOf(iterator).then(
        (step) => {
          this.waiting.delete(end)
          if (isStep(step)) resolve(step)
          else reject(new TypeError(`Iterator result ${String(step)} is not an object`))
        },
        (error: unknown) => {
          this.waiting.delete(end)
          reject(error)
        },
      )
    })
  }
}

/** The next step, which the language's own loop also takes where it is no promise. */
function stepOf<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  try {
    return Promise.resolve(iterator.next())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** As the language's own loop refuses it: a source of nothing else would be asked without end. */
const isStep = (step: unknown): boolean => typeof step === 'object' && step !== null

/** Tells a source that no more is wanted. One that still owes an item answers after it, which may be never; what it throws then is nobody's. */
function letGo(iterator: AsyncIterator<unknown>): void {
  try {
    Promise.resolve(iterator.return?.()).catch(() => {})
  } catch {
    // What was published before is the answer, whatever the source thinks of its end.
  }
}
