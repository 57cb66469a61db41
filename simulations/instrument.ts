import type { HandlerResult, OutcryEvent, StrategyContext, StrategyDefinition } from 'outcry'
import type { Call, Runtime } from './subject.js'
import { isAnswer, type Trouble } from './trouble.js'

export interface CallWatcher {
  called(call: Call): void
  returned(call: Call, ok: boolean): void
  /** The state of another incarnation is made. */
  incarnated(strategy: string): void
  /** `onStop` is called. */
  stopping(strategy: string): void
  /** Its breaker refused a call. */
  turnedAway(strategy: string): void
  /** `onStart` is called. */
  starts(strategy: string): void
  /** Its state is made anew from a journal: no delivery, and nothing that goes wrong. */
  recovering(): boolean
  /** Its process was killed: nothing that still settles is heard of. */
  killed(): boolean
}

const NEVER = new Promise<never>(() => {})

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

/** Puts the watchers, and what goes wrong, between the engine and a strategy's code. */
export function instrument(runtime: Runtime, trouble: Trouble, watcher: CallWatcher): void {
  const original = runtime.definition
  const { name, onEvent, onEvents } = original
  const call = (events: readonly OutcryEvent[], handler: () => unknown): unknown => {
    if (watcher.killed()) return NEVER
    if (watcher.recovering()) return handler()
    const made: Call = { strategy: name, events }
    watcher.called(made)
    try {
      const result = trouble.handle(name, events, handler)
      if (!isPromise(result)) {
        watcher.returned(made, isAnswer(result))
        return result
      }
      return result.then(
        (answer) => {
          if (watcher.killed()) return NEVER
          watcher.returned(made, isAnswer(answer))
          return answer
        },
        (error: unknown) => {
          if (watcher.killed()) return NEVER
          watcher.returned(made, false)
          throw error
        },
      )
    } catch (error) {
      watcher.returned(made, false)
      throw error
    }
  }
  const wrapped: { -readonly [K in keyof StrategyDefinition]: StrategyDefinition[K] } = { ...original }
  // The engine knows an `async` function when it sees one, so each kind stays what it is.
  if (onEvents !== undefined) {
    const many = (events: readonly OutcryEvent[], context: StrategyContext): HandlerResult =>
      call(events, () => onEvents.call(original, events, context)) as HandlerResult
    wrapped.onEvents = isAsync(onEvents) ? async (events, context) => many(events, context) : many
  }
  if (onEvent !== undefined) {
    const one = (event: OutcryEvent, context: StrategyContext): HandlerResult =>
      call([event], () => onEvent.call(original, event, context)) as HandlerResult
    wrapped.onEvent = isAsync(onEvent) ? async (event, context) => one(event, context) : one
  }
  wrapped.state = () => {
    watcher.incarnated(name)
    return original.state?.()
  }
  const { onStop } = original
  if (onStop !== undefined) {
    wrapped.onStop = (context) => {
      watcher.stopping(name)
      return onStop.call(original, context)
    }
  }
  if (trouble.hasStart(name) || original.onStart !== undefined) {
    wrapped.onStart = (context) => {
      watcher.starts(name)
      return trouble.start(name, () => original.onStart?.(context)) as Promise<void> | undefined
    }
  }
  Object.assign(runtime, { definition: wrapped })
}

const isAsync = (handler: (...args: never[]) => unknown): boolean => handler.constructor.name === 'AsyncFunction'
