import type { Breaker, Subject } from '../subject.js'

interface Round {
  readonly generation: number
  given: number
  returned: number
}

/**
 * Watches a breaker from where its callers stand: who gets a permit in which state, how many probes
 * at once, and that results of an earlier generation change nothing.
 */
export function watchBreaker(breaker: Breaker, { fail, marks }: Pick<Subject, 'fail' | 'marks'>): void {
  const acquire = breaker.acquire.bind(breaker)
  const report = breaker.report.bind(breaker)
  let round: Round = { generation: -1, given: 0, returned: 0 }
  const say = (message: string): void => fail('breakers', `breaker ${breaker.name}: ${message}`)
  breaker.acquire = () => {
    const answer = acquire()
    const { state, generation, policy } = breaker
    if (!('generation' in answer)) {
      if (state === 'closed' || state === 'disabled') say(`refused a call while ${state}`)
      return answer
    }
    if (state !== 'closed' && state !== 'disabled' && state !== 'halfOpen') say(`let a call through while ${state}`)
    if (answer.generation !== generation) say(`gave a permit of generation ${answer.generation} in ${generation}`)
    if (state !== 'halfOpen') return answer
    if (!answer.probe) say('let a call through in half-open that is no probe')
    if (round.generation !== generation) round = { generation, given: 0, returned: 0 }
    round.given += 1
    // One that came back without a result may be given again.
    if (round.given - round.returned > policy.halfOpen.permits)
      say(`gave ${round.given - round.returned} probes at once, ${policy.halfOpen.permits} are allowed`)
    return answer
  }
  breaker.report = (permit, results) => {
    const { generation, state } = breaker
    const before = { ...breaker.counts }
    const probe = permit.probe && permit.generation === generation && permit.generation === round.generation
    if (probe && results.ok + results.failed === 0) round.returned += 1
    report(permit, results)
    if (permit.generation === generation) return
    marks.sometimes('dependency-stale')
    const { counts } = breaker
    if (counts.ok !== before.ok || counts.failed !== before.failed || breaker.state !== state)
      say(`counted a result of generation ${permit.generation} in ${generation}`)
  }
}
