import type { Oracle, Runtime, Subject } from '../subject.js'

/** Clocks are doubles: a wait may be this much short. Milliseconds. */
const ROUNDING_MS = 0.001

/** The restarts of one strategy, by what was told of it and asked for it. */
class History {
  /** Incarnations that somebody has asked for or announced, and that have not begun. */
  licensed = 1
  /** No incarnation may begin before this. Milliseconds of the machine's clock. */
  notBefore = 0
  /** Of those that followed a failure. */
  times: number[] = []
  givenUp = false
  /** Its last incarnation is over, and the next has not begun. */
  resting = false
  /** How often it became ready, and how often it was told that it is over. */
  readies = 0
  stops = 0
}

/**
 * A strategy is started again only after it was announced or asked for, no sooner than its backoff
 * says and no more often than its restart intensity allows; one that was given up stays so.
 */
export function restarts({ plane, environment, strategies, fail, marks }: Subject): Oracle {
  const { restart, supervision, hookTimeoutMs } = plane.options
  const histories = new Map(strategies.map((runtime) => [runtime.name, new History()]))
  // Of those that stand or fall together a group restarts any without a word of its own.
  const alone = supervision === 'one-for-one'
  const policyOf = ({ definition }: Runtime) => {
    const own = typeof definition.restart === 'string' ? { type: definition.restart } : definition.restart
    return {
      type: own?.type ?? restart.type,
      maxRestarts: own?.maxRestarts ?? restart.maxRestarts,
      withinMs: own?.withinMs ?? restart.withinMs,
      maxBackoffMs: own?.maxBackoffMs ?? restart.maxBackoffMs,
    }
  }
  const policies = new Map(strategies.map((runtime) => [runtime.name, policyOf(runtime)]))
  // Where the hook of an end may take its time, so may the news that follows it.
  const spread = strategies.some(({ definition }) => definition.onStop !== undefined) ? hookTimeoutMs : 0
  return {
    commanded(strategy, action) {
      const history = histories.get(strategy)
      if (history === undefined || (action !== 'restart' && action !== 'replace')) return
      history.licensed += 1
      history.notBefore = 0
      history.times = []
      history.givenUp = false
    },
    changed({ strategy, change, waitMs }) {
      const history = histories.get(strategy)
      const policy = policies.get(strategy)
      if (history === undefined || policy === undefined) return
      const now = environment.monotonic()
      history.resting = change !== 'ready'
      if (change === 'ready') history.readies += 1
      if (change === 'faulted') {
        history.givenUp = true
        marks.sometimes('strategy-given-up')
      }
      if (change !== 'restarting') return
      if (policy.type === 'temporary') fail('restarts', `${strategy} is temporary and is started again`)
      if (waitMs === undefined || waitMs < 1 || waitMs > policy.maxBackoffMs)
        fail(
          'restarts',
          `${strategy} waits ${waitMs} ms to be started again, at most ${policy.maxBackoffMs} are allowed`,
        )
      history.licensed += 1
      history.notBefore = now + (waitMs ?? 0)
      const recent = history.times.filter((time) => time > now - policy.withinMs + spread)
      recent.push(now)
      history.times = recent
      if (recent.length > policy.maxRestarts)
        fail('restarts', `${strategy} is started again ${recent.length} times within ${policy.withinMs} ms`)
    },
    incarnated(strategy) {
      const history = histories.get(strategy)
      if (history !== undefined) history.resting = false
      if (history === undefined || !alone) return
      history.licensed -= 1
      if (history.licensed < 0) fail('restarts', `${strategy} was started again, and nobody had announced it`)
      const early = history.notBefore - environment.monotonic()
      if (early > ROUNDING_MS) fail('restarts', `${strategy} was started again ${early} ms before its wait was over`)
    },
    stopping(strategy) {
      const history = histories.get(strategy)
      if (history !== undefined) history.stops += 1
    },
    ended(inOrder) {
      for (const [name, { readies, stops }] of histories) {
        if (plane.runtimeOf(name)?.definition.onStop === undefined) continue
        if (stops > readies || (inOrder && stops < readies))
          fail('restarts', `${name} was ready ${readies} times, and told ${stops} times that it is over`)
      }
    },
    ticked(strategy) {
      if (histories.get(strategy)?.resting === true)
        fail('restarts', `a timer of ${strategy} fired between two of its lives`)
    },
    called({ strategy }) {
      if (histories.get(strategy)?.givenUp === true && alone)
        fail('restarts', `${strategy} was given up and is handed events`)
    },
  }
}
