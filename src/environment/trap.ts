import { performance } from 'node:perf_hooks'

/** A use of real time or chance where only virtual ones belong. */
export interface RealTimeUse {
  /** What was called, such as `Math.random`. */
  readonly what: string
  /** Where from, innermost first. */
  readonly stack: string
}

/** Code that may ask for the real time: XState stamps its own timers, the test runner times its tests. */
const ALLOWED = [/[\\/]node_modules[\\/](xstate|@xstate|vitest|@vitest|tinyspy|tinypool)[\\/]/, /node:internal/]

type Target = Record<string, (...args: never[]) => unknown>

const TRAPPED: readonly (readonly [object, string, string])[] = [
  [Date, 'now', 'Date.now'],
  [performance, 'now', 'performance.now'],
  [Math, 'random', 'Math.random'],
  [globalThis, 'setTimeout', 'setTimeout'],
  [globalThis, 'setInterval', 'setInterval'],
  [globalThis, 'setImmediate', 'setImmediate'],
  [globalThis.crypto, 'randomUUID', 'crypto.randomUUID'],
  [globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues'],
]

const fileOf = (_error: unknown, sites: NodeJS.CallSite[]): string => sites[0]?.getFileName() ?? ''

/** Whether whoever called `trap` may. Only a file's name is asked for, as XState looks at the time once a timer. */
function isAllowed(trap: (...args: never[]) => unknown): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder = { stack: '' }
  Error.stackTraceLimit = 1
  Error.prepareStackTrace = fileOf
  Error.captureStackTrace(holder, trap)
  const { stack } = holder
  Error.stackTraceLimit = stackTraceLimit
  Error.prepareStackTrace = prepareStackTrace as typeof fileOf
  return ALLOWED.some((allowed) => allowed.test(stack))
}

/**
 * While it is set, every call of the real clock, timers or chance is reported with its stack; the
 * call itself goes through, so that nothing else changes. Returns what takes the trap away again.
 *
 * It replaces properties of globals, so only one trap may be set at a time in a process, and what
 * was imported from `node:timers` by name before is not seen.
 */
export function trapRealTime(onUse: (use: RealTimeUse) => void): () => void {
  const undo: (() => void)[] = []
  const watched = (what: string, call: (...args: never[]) => unknown, self: object) => {
    const trap = (...args: never[]): unknown => {
      if (!isAllowed(trap)) onUse({ what, stack: new Error(`${what} was called`).stack ?? '' })
      return call.apply(self, args)
    }
    return trap
  }
  for (const [owner, key, what] of TRAPPED) {
    const target = owner as Target
    const call = target[key]
    if (call === undefined) continue
    const own = Object.getOwnPropertyDescriptor(target, key)
    Object.defineProperty(target, key, { value: watched(what, call, owner), configurable: true, writable: true })
    undo.push(() => {
      if (own === undefined) delete target[key]
      else Object.defineProperty(target, key, own)
    })
  }
  const RealDate = Date
  const traps: DateConstructor = new Proxy(RealDate, {
    construct: function trap(target, args: unknown[], newTarget): object {
      if (args.length === 0) {
        if (!isAllowed(trap)) onUse({ what: 'new Date()', stack: new Error('new Date() was called').stack ?? '' })
      }
      return Reflect.construct(target, args, newTarget === traps ? target : newTarget) as object
    },
  })
  globalThis.Date = traps
  undo.push(() => {
    globalThis.Date = RealDate
  })
  return () => {
    for (const step of undo.reverse()) step()
  }
}
