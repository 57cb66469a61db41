import type { Engine, StrategyListing } from 'outcry'
import { counter, type Family, gauge, type Sample } from './family.js'

/** Strategies told by name; those beyond are told together, as a monitor pays for each name. */
const NAMED = 200
/** Their label: no name of a strategy or type, as two samples of the same labels make a monitor refuse them all. */
export const OTHERS = '(others)'
const STATES = ['closed', 'open', 'halfOpen', 'isolated', 'disabled'] as const

const MS_PER_SECOND = 1_000

type Figures = {
  delivered: number
  failed: number
  skipped: number
  signals: number
  seconds: number
  restarts: number
  backlog: number
}

const figuresOf = ({ counts, restarts, backlog }: StrategyListing): Figures => ({
  delivered: counts.delivered,
  failed: counts.failed,
  skipped: counts.skipped,
  signals: counts.signals,
  seconds: counts.handlerMs / MS_PER_SECOND,
  restarts,
  backlog,
})

function add(into: Figures, more: Figures): void {
  for (const key of Object.keys(into) as (keyof Figures)[]) into[key] += more[key]
}

/** Breakers that guard no strategy. */
function dependencies({ breakers, strategies }: Engine): readonly { readonly name: string; readonly state: string }[] {
  const ofStrategies = new Set(strategies.list().map(({ name }) => name))
  return [...breakers.byName.values()].filter(({ name }) => !ofStrategies.has(name))
}

/** What each strategy did, and the state of its breaker. */
export function strategyFamilies(engine: Engine): readonly Family[] {
  const all = engine.strategies.list()
  const rows: [string, Figures][] = all.slice(0, NAMED).map((listing) => [listing.name, figuresOf(listing)])
  if (all.length > NAMED) {
    const others: Figures = { delivered: 0, failed: 0, skipped: 0, signals: 0, seconds: 0, restarts: 0, backlog: 0 }
    for (const listing of all.slice(NAMED)) add(others, figuresOf(listing))
    rows.push([OTHERS, others])
  }
  const each = (key: keyof Figures): Sample[] =>
    rows.map(([strategy, figures]) => ({ labels: { strategy }, value: figures[key] }))
  const outcomes = (['delivered', 'failed', 'skipped'] as const).flatMap((outcome) =>
    rows.map(([strategy, figures]) => ({ labels: { strategy, outcome }, value: figures[outcome] })),
  )
  return [
    counter('outcry_strategy_events_total', 'Events given to a strategy, by outcome.', outcomes),
    counter('outcry_strategy_signals_total', 'Signals of a strategy.', each('signals')),
    counter('outcry_strategy_handler_seconds_total', 'Time in the handler of a strategy.', each('seconds')),
    counter('outcry_strategy_restarts_total', 'Restarts of a strategy.', each('restarts')),
    gauge('outcry_strategy_backlog', 'Events that wait for a strategy.', each('backlog')),
    gauge(
      'outcry_breaker_state',
      'The breaker of a strategy: 1 for the state that it is in.',
      all
        .slice(0, NAMED)
        .flatMap(({ name, breaker }) =>
          STATES.map((state) => ({ labels: { strategy: name, state }, value: breaker === state ? 1 : 0 })),
        ),
    ),
    gauge(
      'outcry_dependency_breaker_state',
      'The breaker of a sink, an HTTP feed or the journal: 1 for the state that it is in.',
      dependencies(engine)
        .slice(0, NAMED)
        .flatMap(({ name, state: now }) =>
          STATES.map((state) => ({ labels: { breaker: name, state }, value: now === state ? 1 : 0 })),
        ),
    ),
  ]
}
