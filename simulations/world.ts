import { createVirtualEnvironment, type RealTimeUse, type VirtualEnvironment } from 'outcry'
import { Chance } from './chance.js'
import { Marks } from './marks.js'
import type { Scenario } from './scenario.js'
import type { Trace } from './trace.js'
import { Trouble } from './trouble.js'
import type { Violation, ViolationKind } from './violation.js'

/** A run ends at so many violations: what follows the first is seldom news. */
const MOST_VIOLATIONS = 5

/** Of so many timers it is remembered when they fired. */
const FIRED_KEPT = 10_000

/** Timers that fall due while work goes on beyond the end of a turn are called for so long. Milliseconds. */
const MOST_OVERRUN_MS = 600_000

/** Thrown to leave a run at once; the violations say why. */
export class RunOver extends Error {
  override readonly name = 'RunOver'
}

/** A known bug could not be put in, as the code that it changes has moved: it was not found, and not missed either. */
export class MutantBroken extends Error {
  override readonly name = 'MutantBroken'
}

/** What one run takes place in: the clock, chance, what goes wrong, and what was found. */
export class World {
  readonly environment: VirtualEnvironment
  readonly trouble: Trouble
  readonly marks = new Marks()
  readonly violations: Violation[] = []
  /** Milliseconds that code was charged with. */
  spent = 0
  /** Timers that belong to the world and not to an engine. */
  own = 0
  /** When timers fired, in order, where ties are shuffled: one of many that are due waits for the turns of them all. */
  private fired: number[] = []
  /** Told after every step. */
  onStep: () => void = () => {}
  private readonly cost: Chance
  private said = new Set<string>()

  constructor(
    readonly scenario: Scenario,
    readonly trace: Trace,
  ) {
    const { seed, world } = scenario
    this.environment = createVirtualEnvironment({
      seed,
      shuffleTies: world.shuffleTies,
      turnMs: world.turnMs,
      onError: (error) => this.violation('crash', 'environment', messageOf(error), stackOf(error)),
    })
    this.cost = new Chance(seed, 'cost')
    this.trouble = new Trouble(
      scenario.faults,
      this.environment,
      (ms, then) => this.later(ms, then),
      (ms) => this.spend(ms),
    )
  }

  get over(): boolean {
    return this.violations.length >= MOST_VIOLATIONS
  }

  violation(kind: ViolationKind, oracle: string, message: string, stack?: string): void {
    // One cause breaks one rule at every step that follows: it is said once.
    const key = `${oracle} ${message.replace(/\d+/g, '#')}`
    if (this.over || this.said.has(key)) return
    this.said.add(key)
    const { environment } = this
    const at = { step: environment.steps, atMs: Math.round(environment.monotonic() * 1_000) / 1_000 }
    this.trace.remark(`violation of ${oracle}: ${message}`)
    this.violations.push({ kind, oracle, message, ...at, ...(stack === undefined ? {} : { stack }) })
  }

  readonly realTime = ({ what, stack }: RealTimeUse): void =>
    this.violation('correctness', 'real-time', `${what} was called in a simulation`, stack)

  /** Calls back on the world's own account. */
  later(ms: number, then: () => void): void {
    this.own += 1
    this.environment.watch(() => {
      this.own -= 1
      this.noteFired()
      then()
    }, ms)
  }

  /** A timer fires, of the world or of a strategy. */
  noteFired(): void {
    if (!this.scenario.world.shuffleTies) return
    if (this.fired.length >= 2 * FIRED_KEPT) this.fired = this.fired.slice(-FIRED_KEPT)
    this.fired.push(this.environment.monotonic())
  }

  /** How many timers have fired since then, as far as is known. */
  firedSince(atMs: number): number {
    let count = 0
    while (count < this.fired.length && (this.fired.at(-1 - count) ?? 0) >= atMs) count += 1
    return count
  }

  at(atMs: number, then: () => void): void {
    this.later(atMs - this.environment.monotonic(), then)
  }

  spend(ms: number): void {
    this.spent += ms
    this.environment.spend(ms)
  }

  /** A chunk was handled: time passes. */
  chargeChunk(): void {
    const [least, most] = this.scenario.world.chunkMs
    this.spend(this.cost.between(least, most))
  }

  /** Turns the clock until it shows `untilMs`, or `done` is true. */
  async turn(untilMs: number, done: () => boolean = () => false): Promise<void> {
    const { environment } = this
    await environment.settle()
    while (!done()) {
      if (this.over) throw new RunOver()
      // Where much is to be done the clock passes that time, and what is due by then goes before the rest of it: within
      // bounds, as a timer may set another for ever.
      const now = Math.min(environment.monotonic(), untilMs + MOST_OVERRUN_MS)
      if (!(await environment.step(Math.max(untilMs, now)))) {
        environment.idleUntil(untilMs)
        return
      }
      this.onStep()
    }
  }

  /** Turns the clock until the promise has settled. False if it has not within `ms`. */
  async await(promise: Promise<unknown>, ms: number): Promise<boolean> {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    promise.then(mark, mark)
    await this.turn(this.environment.monotonic() + ms, () => settled)
    return settled
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined)
