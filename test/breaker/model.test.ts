import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createActor } from 'xstate'
import { breakerLogic } from '../../actors/breaker.js'
import { CircuitBreaker } from '../../src/breaker/circuit-breaker.js'
import { isRejection, type Permit } from '../../src/breaker/handle.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'
import { type ModelOptions, type ModelPermit, ReferenceModel } from './reference-model.js'

const RUNS = 10_000

class EvenChance extends VirtualEnvironment {
  readonly #chance: number

  constructor(chance: number) {
    super()
    this.#chance = chance
  }

  override random(): number {
    return this.#chance
  }
}

const rate = fc.constantFrom(0.1, 0.25, 0.5, 0.75, 1)
const options: fc.Arbitrary<ModelOptions> = fc.record({
  clock: fc.constantFrom('machine' as const, 'run' as const),
  chance: fc.constantFrom(0, 0.25, 0.75),
  window: fc.oneof(
    fc.record({ kind: fc.constant('count' as const), size: fc.integer({ min: 4, max: 12 }) }),
    fc.record({ kind: fc.constant('time' as const), spanMs: fc.constant(1_000), buckets: fc.constantFrom(1, 4, 10) }),
  ),
  failureRate: rate,
  slowCallRate: rate,
  minimumCalls: fc.integer({ min: 1, max: 4 }),
  halfOpen: fc.record({
    permits: fc.integer({ min: 1, max: 4 }),
    failureRate: rate,
    slowCallRate: rate,
    maxWaitMs: fc.constantFrom(1, 100, 700),
  }),
  openTime: fc
    .record({
      initialMs: fc.constantFrom(1, 100, 500),
      factor: fc.integer({ min: 1, max: 3 }),
      cap: fc.integer({ min: 1, max: 8 }),
      jitter: fc.constantFrom(0, 0.5, 1),
    })
    .map(({ cap, ...time }) => ({ ...time, maxMs: time.initialMs * cap })),
})

/** Short steps too: only a probe that is given late, and not too late, outlives the wait of the first. */
const stepMs = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 20, max: 90 }))

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: stepMs }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.integer({ min: -5_000, max: 5_000 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5 })),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      // From the newest permit back: most reports are fresh, some very late, and some come twice.
      which: fc.oneof(fc.nat({ max: 1 }), fc.nat({ max: 12 })),
      ok: fc.nat({ max: 5 }),
      failed: fc.nat({ max: 3 }),
      slow: fc.nat({ max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('trip' as const, 'reset' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('isolate' as const, 'disable' as const, 'reset' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), ms: fc.integer({ min: 0, max: 1_500 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Both sides of one history. */
class Pair {
  readonly model: ReferenceModel
  readonly #environment: EvenChance
  readonly #options: ModelOptions
  #breaker: CircuitBreaker
  #actor
  #counts = { stale: 0, undecided: 0, lost: 0, opened: 0 }
  #permits: [Permit, ModelPermit][] = []
  readonly seen: Set<string>

  constructor(given: ModelOptions, seen: Set<string>) {
    this.#options = given
    this.#environment = new EvenChance(given.chance)
    this.seen = seen
    this.model = new ReferenceModel(given)
    this.#breaker = this.#make(undefined)
    this.#actor = createActor(breakerLogic, { input: this.#breaker }).start()
  }

  take(what: Step): void {
    const breaker = this.#breaker
    if (what.do === 'advance') {
      this.#environment.advance(what.ms)
      this.model.advance(what.ms)
    } else if (what.do === 'jump') {
      this.#environment.jump(what.ms)
      this.model.jump(what.ms)
    } else if (what.do === 'acquire') {
      for (let i = 0; i < what.times; i += 1) this.#acquire()
    } else if (what.do === 'report') {
      const pair = this.#permits.at(-1 - what.which)
      if (pair === undefined) return
      const slow = Math.min(what.slow, what.ok + what.failed)
      breaker.report(pair[0], { ok: what.ok, failed: what.failed, slow })
      this.model.report(pair[1], what.ok, what.failed, slow)
    } else if (what.do === 'restart') {
      this.#restart(what.ms)
    } else {
      breaker[what.do]()
      this.model[what.do]()
    }
  }

  compare(): void {
    const { model } = this
    const reading = this.#breaker.reading()
    const window = model.window()
    const share = (count: number): number => (window.length === 0 ? 0 : count / window.length)
    const { stale, undecided, lost, opened } = reading.counts
    const snapshot = this.#actor.getSnapshot()
    const value = typeof snapshot.value === 'string' ? snapshot.value : Object.keys(snapshot.value)[0]
    const actual = {
      state: reading.state,
      machine: value,
      openings: reading.openings,
      waitMs: reading.waitMs,
      retryAfterMs: reading.retryAfterMs,
      calls: reading.calls,
      failureRate: reading.failureRate,
      slowCallRate: reading.slowCallRate,
      stale: stale + this.#counts.stale,
      undecided: undecided + this.#counts.undecided,
      lost: lost + this.#counts.lost,
      opened: opened + this.#counts.opened,
      timers: this.#environment.pending(),
    }
    const expected = {
      state: model.state,
      machine: model.state,
      openings: model.openings,
      waitMs: model.waitMs,
      retryAfterMs: model.retryAfterMs(),
      calls: window.length,
      failureRate: share(window.filter((call) => call.failed).length),
      slowCallRate: share(window.filter((call) => call.slow).length),
      stale: model.stale,
      undecided: model.undecided,
      lost: model.lost,
      opened: model.opened,
      timers: model.timers,
    }
    // The quick comparison is for the half million that agree, the slow one for its message.
    if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
    this.seen.add(`${model.state}: ${String(snapshot.context.cause)}`)
    if (snapshot.matches({ halfOpen: 'awaiting' })) this.seen.add('awaiting')
  }

  end(): void {
    this.#actor.stop()
    expect(this.#environment.pending()).toBe(0)
    if (this.model.stale > 0) this.seen.add('stale')
  }

  #acquire(): void {
    const given = this.#breaker.acquire()
    const expected = this.model.acquire()
    if (isRejection(given) || expected === undefined) {
      expect(isRejection(given)).toBe(expected === undefined)
      if (isRejection(given)) expect(given.retryAfterMs).toBe(this.model.retryAfterMs())
    } else {
      expect(given.probe).toBe(expected.probe)
      this.#permits.push([given, expected])
    }
  }

  #restart(sleptMs: number): void {
    const saved: unknown = JSON.parse(JSON.stringify(this.#breaker.save()))
    const { stale, undecided, lost, opened } = this.#breaker.counts
    this.#counts = {
      stale: this.#counts.stale + stale,
      undecided: this.#counts.undecided + undecided,
      lost: this.#counts.lost + lost,
      opened: this.#counts.opened + opened,
    }
    this.#actor.stop()
    this.#environment.advance(sleptMs)
    this.model.restart(sleptMs)
    this.#breaker = this.#make(saved)
    this.#actor = createActor(breakerLogic, { input: this.#breaker }).start()
    // No permit outlives its process.
    this.#permits = []
  }

  #make(restore: unknown): CircuitBreaker {
    const { clock, chance: _, ...rest } = this.#options
    return new CircuitBreaker({ name: 'model', environment: this.#environment, clock, options: rest, restore })
  }
}

it('is no different from the reference model on 10,000 random histories', { timeout: 900_000 }, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(options, fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), (given, steps) => {
      const pair = new Pair(given, seen)
      for (const what of steps) {
        pair.take(what)
        pair.compare()
      }
      pair.end()
    }),
    { numRuns: RUNS, seed: 20_240_607 },
  )
  // The histories are worth something only if they have been everywhere.
  expect([...seen].sort()).toEqual(
    [
      'awaiting',
      'closed: recovered',
      'closed: reset',
      'closed: started',
      'disabled: disabled',
      'disabled: started',
      'halfOpen: cooled-down',
      'halfOpen: started',
      'isolated: isolated',
      'isolated: started',
      'open: failure-rate',
      'open: probe-failure-rate',
      'open: probe-lost',
      'open: probe-slow-call-rate',
      'open: slow-call-rate',
      'open: started',
      'open: tripped',
      'stale',
    ].sort(),
  )
})
