/**
 * The page's own environment: all of time that it takes. It runs in a browser and observes an engine,
 * so nothing here can change what a run does.
 */
export type Timer = ReturnType<typeof globalThis.setTimeout>

export const environment = {
  /** UTC epoch milliseconds. */
  now: (): number => Date.now(),
  /** Milliseconds. */
  monotonic: (): number => performance.now(),
  setTimeout: (callback: () => void, ms: number): Timer => globalThis.setTimeout(callback, ms),
  clearTimeout: (timer: Timer | undefined): void => globalThis.clearTimeout(timer),
  /** Calls at once and then every so often while the page is seen; returns how to end it. */
  poll(callback: () => Promise<unknown>, everyMs: number): () => void {
    let timer: Timer | undefined
    let over = false
    const next = (): void => {
      if (over) return
      const done = document.visibilityState === 'visible' ? callback() : Promise.resolve()
      // The next question waits for the answer, so that a slow server is not asked ever more.
      void done
        .catch(() => {})
        .then(() => {
          if (!over) timer = globalThis.setTimeout(next, everyMs)
        })
    }
    next()
    return () => {
      over = true
      globalThis.clearTimeout(timer)
    }
  },
}
