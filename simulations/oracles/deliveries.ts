import type { DispatchOutcome, DispatchRecord, OutcryEvent } from 'outcry'
import type { Call, Oracle, Runtime, Subject } from '../subject.js'
import { BySequence } from './by-sequence.js'

const CALLED = 1
const THREW = 2
const OK = 4
/** From this bit on: how often it was redriven, which lets it be answered as often again; 31 at most. */
const REDRIVEN = 8
const REDRIVEN_MOST = 31

/** What one strategy is due, by a second opinion on its subscription, and what it did with it. */
class Account {
  readonly marks = new BySequence()
  private readonly names: readonly string[] | undefined
  private readonly symbols: readonly string[] | undefined
  /** By type: whether its types cover it. */
  private readonly covered = new Map<string, boolean>()

  constructor({ definition }: Runtime) {
    const { types, symbols } = definition.subscribe ?? {}
    this.names = types?.map((type) => (typeof type === 'string' ? type : type.type))
    this.symbols = symbols
  }

  wants({ type, symbols }: OutcryEvent): boolean {
    let covered = this.covered.get(type)
    if (covered === undefined) {
      covered = this.covers(type)
      this.covered.set(type, covered)
    }
    return covered && (this.symbols === undefined || anyOf(symbols, this.symbols))
  }

  /** How many of them it wants. */
  count(events: readonly OutcryEvent[]): number {
    let count = 0
    for (const event of events) if (this.wants(event)) count += 1
    return count
  }

  private covers(type: string): boolean {
    return this.names === undefined
      ? type !== 'signal' && !type.startsWith('system.')
      : this.names.some((name) => name === type || (type !== 'signal' && covers(name, type)))
  }
}

function anyOf(symbols: readonly string[], wanted: readonly string[]): boolean {
  for (const symbol of symbols) if (wanted.includes(symbol)) return true
  return false
}

/** A strategy that asks for everything does not get what an engine says of itself, unless it names that. */
const covers = (pattern: string, type: string): boolean =>
  (pattern === '*' && !type.startsWith('system.')) || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))

function outcomeOf(outcomes: readonly DispatchOutcome[], strategy: string): DispatchOutcome | undefined {
  for (const outcome of outcomes) if (outcome.strategy === strategy) return outcome
  return undefined
}

/**
 * Every event of a chunk is accounted for to every strategy that wants it, exactly once: what counts
 * as succeeded was handled without an error, once; what counts as poison was tried and failed.
 */
export function deliveries({ plane, strategies, fail }: Subject): Oracle {
  const accounts = new Map(strategies.map((runtime) => [runtime.name, new Account(runtime)]))
  /** Outcomes that laggards still owe: by chunk and strategy, the events. */
  const owed = new Map<string, readonly OutcryEvent[]>()
  /** Those that may come and need not. */
  const excused = new Map<string, readonly OutcryEvent[]>()
  /** @param events of which those that the account wants are due. */
  const judge = (chunk: number, outcome: DispatchOutcome, events: readonly OutcryEvent[], account: Account): void => {
    const { strategy, succeeded, failed, skipped, abandoned, failedSequences } = outcome
    const total = succeeded + failed + skipped + abandoned
    const due = account.count(events)
    if (total !== due) fail('deliveries', `chunk ${chunk} has ${due} events for ${strategy}, and ${total} outcomes`)
    if (failed !== failedSequences.length)
      fail(
        'deliveries',
        `chunk ${chunk}: ${strategy} failed ${failed} times, and names ${failedSequences.length} events`,
      )
    if (skipped + abandoned > 0) return
    const { marks } = account
    for (const event of events) {
      const { sequence } = event
      if ((marks.get(sequence) & OK) === 0 && account.wants(event) && !failedSequences.includes(sequence))
        fail('deliveries', `event ${sequence} counts as handled by ${strategy}, which never did`)
    }
  }
  return {
    called({ strategy, events }: Call) {
      if (events.length === 0) fail('deliveries', `${strategy} was called with no event at all`)
      const account = accounts.get(strategy)
      if (account === undefined) return
      for (const event of events) {
        account.marks.set(event.sequence, account.marks.get(event.sequence) | CALLED)
        if (!account.wants(event))
          fail('deliveries', `${strategy} got event ${event.sequence} (${event.type}), unasked`)
      }
    },
    returned({ strategy, events }: Call, ok: boolean) {
      const account = accounts.get(strategy)
      if (account === undefined) return
      const { marks } = account
      for (const { sequence } of events) {
        const before = marks.get(sequence)
        if (!ok) marks.set(sequence, before | THREW)
        else {
          const again = (before & OK) !== 0
          if (again && before < REDRIVEN) fail('deliveries', `event ${sequence} was handled by ${strategy} twice`)
          // A call that hung may answer after the redrive that took its place.
          marks.set(sequence, again ? before - REDRIVEN : before | OK)
        }
      }
    },
    redriven(strategy, event) {
      const account = accounts.get(strategy)
      if (account === undefined) return
      const before = account.marks.get(event.sequence)
      if (before >> 3 < REDRIVEN_MOST) account.marks.set(event.sequence, before + REDRIVEN)
    },
    entered(entries) {
      for (const { strategy, reason, event } of entries) {
        const account = strategy === undefined ? undefined : accounts.get(strategy)
        if (account === undefined || reason !== 'poison') continue
        if ((account.marks.get(event?.sequence ?? 0) & THREW) === 0)
          fail('deliveries', `event ${event?.sequence} is a dead letter of ${strategy}, which never failed on it`)
      }
    },
    dispatched(record: DispatchRecord) {
      const { chunk, events, outcomes } = record
      let told = 0
      for (const [name, account] of accounts) {
        const outcome = outcomeOf(outcomes, name)
        if (outcome !== undefined) {
          told += 1
          judge(chunk, outcome, events, account)
        } else if (account.count(events) > 0) {
          const due = events.filter((event) => account.wants(event))
          // What a stop gave up goes to no further group, so there may be nothing to come.
          if (plane.intake.sealed) excused.set(`${chunk} ${name}`, due)
          else if (plane.runtimeOf(name) !== undefined) owed.set(`${chunk} ${name}`, due)
        }
      }
      // The accounts found one each; where there are more, or some of strategies without one, all are looked at.
      if (told < outcomes.length && new Set(outcomes.map(({ strategy }) => strategy)).size < outcomes.length)
        fail('deliveries', `chunk ${chunk} has two outcomes for one strategy`)
    },
    outcome(chunk: number, outcome: DispatchOutcome) {
      const account = accounts.get(outcome.strategy)
      if (account === undefined || chunk === 0) return
      const key = `${chunk} ${outcome.strategy}`
      const due = owed.get(key) ?? excused.get(key)
      if (due === undefined) {
        fail('deliveries', `${outcome.strategy} gave an outcome for chunk ${chunk} that it did not owe`)
        return
      }
      owed.delete(key)
      judge(chunk, outcome, due, account)
    },
    ended() {
      const [first] = owed.keys()
      if (first !== undefined) fail('deliveries', `${owed.size} outcomes never came; the first is of chunk ${first}`)
    },
  }
}
