import { type CircuitBreaker, isRejection, Permit } from 'outcry/actors'
import { everyNth, type Mutant } from './inside.js'

export const breakerMutants: readonly Mutant[] = [
  {
    name: 'stale-generation-accepted',
    what: 'a result of a call from before the breaker moved is counted',
    breaker: (breaker: CircuitBreaker) => {
      const report = breaker.report.bind(breaker)
      breaker.report = (permit, results) =>
        report(permit.generation === breaker.generation ? permit : new Permit(breaker.generation, false), results)
    },
  },
  {
    name: 'one-permit-too-many',
    what: 'half-open lets one more probe through than it may',
    breaker: (breaker: CircuitBreaker) => {
      const acquire = breaker.acquire.bind(breaker)
      breaker.acquire = () => {
        const answer = acquire()
        return isRejection(answer) && answer.state === 'halfOpen' ? new Permit(breaker.generation, true) : answer
      }
    },
  },
  {
    name: 'open-lets-through',
    what: 'now and then an open breaker lets a call through',
    breaker: (breaker: CircuitBreaker) => {
      const acquire = breaker.acquire.bind(breaker)
      const now = everyNth(7)
      breaker.acquire = () => {
        const answer = acquire()
        return isRejection(answer) && answer.state === 'open' && now() ? new Permit(breaker.generation, false) : answer
      }
    },
  },
]
