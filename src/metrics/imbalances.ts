import type { EventLedger, Ledger } from './ledger.js'

/** One side of an equation: the names of the terms and their figures. */
type Terms = Readonly<Record<string, number>>

function equation(whole: string, total: number, terms: Terms): string | undefined {
  const names = Object.keys(terms)
  const figures = Object.values(terms)
  const sum = figures.reduce((so, figure) => so + figure, 0)
  if (sum === total) return undefined
  return `${whole} ${total} ≠ ${sum} = ${names.map((name, at) => `${name} ${figures[at]}`).join(' + ')}`
}

function impossible(ledger: string, figures: Terms): string[] {
  return Object.entries(figures)
    .filter(([, figure]) => !(Number.isSafeInteger(figure) && figure >= 0))
    .map(([name, figure]) => `${ledger}.${name} is ${figure}: not a count`)
}

function eventEquations(ledger: string, e: Readonly<EventLedger>): (string | undefined)[] {
  return [
    equation(`${ledger}.published`, e.published, {
      invalid: e.invalid,
      duplicate: e.duplicate,
      refused: e.refused,
      accepted: e.accepted,
    }),
    equation(`${ledger}.accepted`, e.accepted, {
      settled: e.settled,
      conflated: e.conflated,
      expired: e.expired,
      evicted: e.evicted,
      abandoned: e.abandoned,
      queued: e.queued,
      inFlight: e.inFlight,
    }),
  ]
}

/**
 * Which of the conservation equations fail, each as a sentence with its numbers, and which figures
 * are not counts at all. Empty when every event, delivery and dead letter is accounted for.
 */
export function imbalances(ledger: Ledger): string[] {
  const { events, derived, deliveries: d, deadLetters: l } = ledger
  const failed = [
    ...eventEquations('events', events),
    ...eventEquations('derived', derived),
    equation('deliveries.due', d.due, {
      succeeded: d.succeeded,
      deadLettered: d.deadLettered,
      skipped: d.skipped,
      abandoned: d.abandoned,
      inFlight: d.inFlight,
    }),
    equation('deadLetters.entered', l.entered, {
      held: l.held,
      redriven: l.redriven,
      discarded: l.discarded,
      evicted: l.evicted,
    }),
  ]
  return [
    ...failed.filter((sentence) => sentence !== undefined),
    ...impossible('events', { ...events }),
    ...impossible('derived', { ...derived }),
    ...impossible('deliveries', { ...d }),
    ...impossible('deadLetters', { ...l }),
  ]
}
