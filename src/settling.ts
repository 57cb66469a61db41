/** Whether what the host's code answered is to be waited for. Throws what reading its `then` throws. */
export const isPromise = <T = unknown>(value: unknown): value is PromiseLike<T> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

const nativeThen = Promise.prototype.then

/**
 * A promise that settles once and whose `then` throws nothing, whatever the one that was answered does: only of
 * the language's own is that known. Anything else that has a `then` may call back twice, or throw.
 */
export const settlingOnce = <T>(promise: PromiseLike<T>): Promise<T> =>
  promise instanceof Promise && promise.then === nativeThen ? promise : new Promise((resolve) => resolve(promise))

/**
 * Calls what belongs to the host, waits for what it answers if that is to be waited for, and says once how it
 * ended. A value of another kind is the answer of a call that has gone well: without types an arrow function
 * easily returns one, such as the new length of the list it pushed to. What `done` and `failed` throw is the caller's own.
 */
export function settle(call: () => unknown, done: () => void, failed: (error: unknown) => void): void {
  let pending: Promise<unknown> | undefined
  try {
    const answer = call()
    if (isPromise(answer)) pending = settlingOnce(answer)
  } catch (error) {
    failed(error)
    return
  }
  if (pending === undefined) done()
  else pending.then(done, failed)
}
