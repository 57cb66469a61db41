import type { StateDefinition } from '../../protocol.js'
import { type BoxRow, labelText, rowsOf } from './boxes.js'
import type { ChartSituation } from './chart.js'
import { ancestry, type Chart, drawingOf, shortName, type Transition } from './model.js'

interface CardsProps {
  readonly chart: Chart
  readonly situation: ChartSituation
}

/** The statechart as cards within cards, each with its transitions as lines of text: for where no layout can be had. */
export function Cards({ chart, situation }: CardsProps) {
  const { edges, listed } = drawingOf(chart)
  const active = new Set(situation.state.flatMap((state) => ancestry(chart, state)))
  const taken = new Set(situation.taken)
  const leaving = new Map<string, Transition[]>()
  for (const { source, transitions } of edges) leaving.set(source, [...(leaving.get(source) ?? []), ...transitions])

  const card = (state: StateDefinition) => (
    <li key={state.id} class={active.has(state.id) ? 'state-card active' : 'state-card'} data-state={state.id}>
      <b>{state.key}</b>
      <ul>
        {rowsOf(chart, state, listed.get(state.id) ?? []).map((row: BoxRow) => (
          <li
            key={`${row.kind} ${row.text} ${row.rest}`}
            class={row.transition !== undefined && taken.has(row.transition.place) ? 'taken' : ''}
          >
            {row.lead} <span>{row.text}</span> {row.rest}
          </li>
        ))}
        {(leaving.get(state.id) ?? []).map((transition) => (
          <li key={transition.place} class={taken.has(transition.place) ? 'taken' : ''}>
            <span>{labelText(transition)}</span> →{' '}
            {transition.targets.map((target) => shortName(chart, target)).join(', ')}
          </li>
        ))}
      </ul>
      {state.states.length > 0 && <ul class="state-cards">{state.states.map(card)}</ul>}
    </li>
  )
  return <ul class="state-cards">{card(chart.machine.root)}</ul>
}
