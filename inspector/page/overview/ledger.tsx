import type { EventAccount, LedgerView } from '../../protocol.js'
import { count } from '../format.js'
import { Panel } from '../widgets/panel.js'

type Term = readonly [label: string, value: number]

interface EquationProps {
  readonly total: Term
  readonly terms: readonly Term[]
}

/** A total and its parts. They are added up here, so that the page proves what it shows. */
function Equation({ total: [name, total], terms }: EquationProps) {
  const sum = terms.reduce((to, [, value]) => to + value, 0)
  const balanced = sum === total
  const none = terms.filter(([, value]) => value === 0)
  return (
    <div class={balanced ? 'equation' : 'equation off'}>
      <div class="term total">
        <b>{count(total)}</b>
        <span>{name}</span>
      </div>
      <div class="verdict" role="img" aria-label={balanced ? 'balances' : `is off by ${count(total - sum)}`}>
        {balanced ? '=' : '≠'}
      </div>
      <div class="terms">
        {terms
          .filter(([, value]) => value !== 0)
          .map(([label, value]) => (
            <div key={label} class="term">
              <b>{count(value)}</b>
              <span>{label}</span>
            </div>
          ))}
        {none.length > 0 && <p class="none">0 {none.map(([label]) => label).join(', ')}</p>}
      </div>
      <div class="shares" aria-hidden="true">
        {total > 0 &&
          terms.map(([label, value]) =>
            value <= 0 ? null : (
              <i
                key={label}
                class={`share ${toneOfFate(label)}`}
                style={{ width: `${Math.max(0.4, (value / total) * 100)}%` }}
              />
            ),
          )}
      </div>
    </div>
  )
}

function toneOfFate(label: string): string {
  if (['accepted', 'settled', 'succeeded', 'redriven'].includes(label)) return 'ok'
  if (['queued', 'in flight', 'held'].includes(label)) return 'busy'
  if (['dead-lettered', 'refused', 'abandoned', 'evicted'].includes(label)) return 'bad'
  return 'quiet'
}

const published = (events: EventAccount): readonly Term[] => [
  ['accepted', events.accepted],
  ['invalid', events.invalid],
  ['duplicate', events.duplicate],
  ['refused', events.refused],
]

const accepted = (events: EventAccount): readonly Term[] => [
  ['settled', events.settled],
  ['queued', events.queued],
  ['in flight', events.inFlight],
  ['conflated', events.conflated],
  ['expired', events.expired],
  ['evicted', events.evicted],
  ['abandoned', events.abandoned],
]

function equationsOf({ events, derived, deliveries, deadLetters }: LedgerView): readonly EquationProps[] {
  return [
    { total: ['published', events.published], terms: published(events) },
    { total: ['accepted', events.accepted], terms: accepted(events) },
    { total: ['by strategies', derived.published], terms: published(derived) },
    { total: ['of those accepted', derived.accepted], terms: accepted(derived) },
    {
      total: ['deliveries due', deliveries.due],
      terms: [
        ['succeeded', deliveries.succeeded],
        ['in flight', deliveries.inFlight],
        ['dead-lettered', deliveries.deadLettered],
        ['skipped', deliveries.skipped],
        ['abandoned', deliveries.abandoned],
      ],
    },
    {
      total: ['dead letters', deadLetters.entered],
      terms: [
        ['held', deadLetters.held],
        ['redriven', deadLetters.redriven],
        ['discarded', deadLetters.discarded],
        ['evicted', deadLetters.evicted],
      ],
    },
  ]
}

export function Ledger({ ledger }: { readonly ledger: LedgerView }) {
  const equations = equationsOf(ledger)
  const balanced = equations.every(({ total, terms }) => terms.reduce((sum, [, value]) => sum + value, 0) === total[1])
  return (
    <Panel
      title="Ledger"
      class="ledger"
      aside={
        <span class={balanced ? 'note ok' : 'note bad'}>
          {balanced ? '✓ every event accounted for' : '✗ does not balance'}
        </span>
      }
    >
      {equations.map((equation) => (
        <Equation key={equation.total[0]} {...equation} />
      ))}
    </Panel>
  )
}
