import type { Environment, Timer } from 'outcry'
import { breakerLogic, CircuitBreaker, xstateClock } from 'outcry/actors'
import { type Actor, createActor } from 'xstate'
import { watchBreaker } from './oracles/breakers.js'
import { watchByModel } from './oracles/breakers-by-model.js'
import type { Mutations } from './run.js'
import type { Scenario } from './scenario.js'
import type { World } from './world.js'

/** An error that the breaker is told to ignore. */
const IGNORED = new Error('ignored')

/** The world's environment, whose timers are not an engine's. */
function onOwnAccount(world: World): Environment {
  const { environment } = world
  const pending = new Set<Timer>()
  const watch = (callback: () => void, delayMs: number): Timer => {
    world.own += 1
    const timer = environment.watch(() => {
      if (pending.delete(timer)) world.own -= 1
      callback()
    }, delayMs)
    pending.add(timer)
    return timer
  }
  const unwatch = (timer: Timer | undefined): void => {
    if (timer !== undefined && pending.delete(timer)) world.own -= 1
    environment.unwatch(timer)
  }
  return {
    kind: 'virtual',
    now: () => environment.now(),
    monotonic: () => environment.monotonic(),
    setTimeout: watch,
    clearTimeout: unwatch,
    watch,
    unwatch,
    random: (stream) => environment.random(stream),
    id: () => environment.id(),
    yield: (callback) => environment.yield(callback),
    pending: () => pending.size,
  }
}

/** A service behind a breaker, called by many at once: strategies call theirs one at a time only. */
export class Dependency {
  readonly breaker: CircuitBreaker
  private readonly actor: Actor<typeof breakerLogic>
  /** Calls whose answer is still to come. */
  private readonly world: World

  constructor(world: World, plan: NonNullable<Scenario['dependency']>, mutations: Mutations) {
    this.world = world
    const { marks } = world
    const environment = onOwnAccount(world)
    this.breaker = new CircuitBreaker({
      name: 'dependency',
      environment,
      options: { ...plan.policy, ignore: (error: unknown) => error === IGNORED } as never,
    })
    mutations.breaker?.(this.breaker)
    const fail = (oracle: string, message: string): void => world.violation('correctness', oracle, message)
    watchBreaker(this.breaker, { marks, fail })
    watchByModel(this.breaker, () => environment.monotonic(), { fail })
    this.actor = createActor(breakerLogic, { input: this.breaker, clock: xstateClock(environment) })
    this.actor.start()
    for (const call of plan.calls) world.at(call.atMs, () => this.call(call.takesMs, call.fate))
  }

  call(takesMs: number, fate: 'ok' | 'fail' | 'lost' | 'ignored'): void {
    const { breaker, world } = this
    const permit = breaker.acquire()
    world.trace.note(`dependency ${breaker.state} ${'generation' in permit ? 'called' : 'refused'}`)
    if (!('generation' in permit)) {
      if (permit.state === 'halfOpen') world.marks.sometimes('dependency-permits-exhausted')
      return
    }
    if (fate === 'lost') return
    world.later(takesMs, () => {
      const verdict = fate === 'ok' ? 'ok' : breaker.classify(fate === 'ignored' ? IGNORED : new Error('failed'))
      const was = breaker.state
      const slow = verdict !== 'ignored' && takesMs > breaker.policy.slowCallMs ? 1 : 0
      breaker.report(permit, { ok: verdict === 'ok' ? 1 : 0, failed: verdict === 'failed' ? 1 : 0, slow })
      if (was === 'halfOpen' && breaker.state === 'closed') world.marks.sometimes('dependency-recovered')
    })
  }

  stop(): void {
    this.world.marks.sometimes('dependency-probe-lost', this.breaker.counts.lost)
    this.actor.stop()
  }
}
