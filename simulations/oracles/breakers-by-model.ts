import type { Breaker, Subject } from '../subject.js'
import { BreakerModel } from './breaker-model.js'

/**
 * Holds a breaker to its reference model: every call is answered, and every move made, as the model
 * says. The one thing that it takes from the breaker is how long it stays open, as chance decides
 * that within bounds.
 */
export function watchByModel(breaker: Breaker, now: () => number, { fail }: Pick<Subject, 'fail'>): void {
  const model = new BreakerModel(breaker.policy, now())
  /** A call is under way, so that a move is its doing and not a timer's. */
  let calling = 0
  /** Nothing can be told any more: the two differ, or rounding decided between them. */
  let lost = false
  const say = (message: string): void => {
    // What follows a difference is another, so one is told.
    if (lost) return
    lost = true
    fail('breaker-model', `breaker ${breaker.name}: ${message}`)
  }
  const learnOpening = (): void => {
    if (model.state !== 'open' || model.until !== Number.POSITIVE_INFINITY || breaker.state !== 'open') return
    const { waitMs, until } = breaker.stand
    const [least, most] = model.openTime()
    if (waitMs < least || waitMs > most) say(`it opens for ${waitMs} ms, ${least} to ${most} are due`)
    model.until = until
  }
  const compare = (what: string): void => {
    learnOpening()
    const { state, stand } = breaker
    if (state === 'stopped' || lost) return
    if (state !== model.state) say(`after ${what} it is ${state}, and ought to be ${model.state}`)
    else if (stand.openings !== model.openings)
      say(`after ${what} it counts ${stand.openings} openings, and ought to count ${model.openings}`)
  }
  const during = <T>(what: string, call: () => T, follow: (result: T) => void): T => {
    model.pass(now())
    const edge = model.atEdge
    calling += 1
    let result: T
    try {
      result = call()
    } finally {
      calling -= 1
    }
    if (edge) lost = true
    // Without an actor it decides nothing.
    if (!breaker.attached || lost) return result
    follow(result)
    if (calling === 0) compare(what)
    return result
  }
  const acquire = breaker.acquire.bind(breaker)
  breaker.acquire = () =>
    during('a call', acquire, (answer) => {
      const expected = model.acquire()
      const actual = !('generation' in answer) ? 'refused' : answer.probe ? 'probe' : 'call'
      if (actual !== expected) say(`it answered ${actual} to a call while ${model.state}, ${expected} was due`)
      else if ('generation' in answer) model.given(answer, answer.probe)
    })
  const report = breaker.report.bind(breaker)
  /** Nobody decides for it yet, but its window counts already. */
  const unheard = (): boolean => !breaker.attached && breaker.state !== 'stopped'
  breaker.report = (permit, results) => {
    if (unheard()) lost = true
    return during(
      'a report',
      () => report(permit, results),
      () => model.report(permit, results.ok, results.failed, results.slow),
    )
  }
  for (const action of ['trip', 'isolate', 'disable', 'reset'] as const) {
    const act = breaker[action].bind(breaker)
    const states = { isolate: 'isolated', disable: 'disabled', reset: 'closed' } as const
    breaker[action] = () => during(action, act, () => (action === 'trip' ? model.trip() : model.settle(states[action])))
  }
  const restore = breaker.restore.bind(breaker)
  breaker.restore = (saved) => {
    // What an earlier engine's breaker had counted is not the model's.
    lost = true
    restore(saved)
  }
  const arm = breaker.arm.bind(breaker)
  breaker.arm = (phase) => {
    // The first wait for probes begins with a call; a further one is a timer's doing.
    if (phase === 'probes' && calling === 0 && !lost && breaker.attached) {
      model.pass(now())
      const wrong = model.awaits()
      if (wrong !== undefined) say(wrong)
    }
    return arm(phase)
  }
  const moved = breaker.moved.bind(breaker)
  breaker.moved = (move) => {
    moved(move)
    if (calling > 0 || move.cause === 'started' || lost) return
    model.pass(now())
    const wrong = model.moved(move.cause)
    if (wrong !== undefined) say(wrong)
    else compare(`its timer (${move.cause})`)
  }
}
