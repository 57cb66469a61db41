import { brief } from '../format.js'
import { LABEL_HEIGHT } from './boxes.js'
import { type ChartEdge, guardText, type Transition } from './model.js'
import { type PlacedEdge, pathOf } from './placed.js'

interface EdgeLineProps {
  readonly edge: ChartEdge
  readonly placed: PlacedEdge
  /** Places of the transitions taken in the last step. */
  readonly taken: ReadonlySet<number>
  /** Raised with each step, so that an edge taken twice in a row is animated twice. */
  readonly moment: number
  /** Undefined while heat is not shown. */
  readonly visits: readonly number[] | undefined
  readonly most: number
}

const describe = ({ event, guard, actions, source, targets }: Transition): string =>
  [
    `${source} → ${targets.join(', ')}`,
    `on ${event}`,
    guard === undefined ? '' : `if ${guard}`,
    actions.length === 0 ? '' : `does ${actions.join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join('\n')

/** 1 to 5 by the logarithm of the share, so that what happens seldom is told apart from what never does. */
export const heatOf = (value: number, most: number): number =>
  value <= 0 || most <= 0 ? 0 : Math.min(5, 1 + Math.floor((Math.log1p(value) / Math.log1p(most)) * 4.999))

export function EdgeLine({ edge, placed, taken, moment, visits, most }: EdgeLineProps) {
  const path = pathOf(placed.points)
  const lit = edge.transitions.some(({ place }) => taken.has(place))
  const total = edge.transitions.reduce((sum, { place }) => sum + (visits?.[place] ?? 0), 0)
  const heat = visits === undefined ? 0 : heatOf(total, most)
  const classes = ['edge', lit ? 'taken' : '', visits === undefined ? '' : heat === 0 ? 'never' : `heat-${heat}`]
  const { label } = placed
  return (
    <g class={classes.filter((name) => name !== '').join(' ')} data-edge={edge.id}>
      <path class="line" d={path} marker-end={lit ? 'url(#arrow-taken)' : 'url(#arrow)'} />
      {lit && <path key={moment} class="flash" d={path} pathLength={100} />}
      {label !== undefined && (
        <g class="label" transform={`translate(${label.x} ${label.y})`}>
          <rect width={label.width} height={label.height} rx={3} />
          {edge.transitions.map((transition, index) => (
            <text
              key={transition.place}
              class={taken.has(transition.place) ? 'taken' : ''}
              x={label.width / 2}
              y={index * LABEL_HEIGHT + LABEL_HEIGHT - 2}
            >
              <tspan class="event">{transition.event}</tspan>
              {transition.guard !== undefined && <tspan class="rest"> {guardText(transition)}</tspan>}
              {visits !== undefined && (visits[transition.place] ?? 0) > 0 && (
                <tspan class="visits"> ×{brief(visits[transition.place] ?? 0)}</tspan>
              )}
              <title>{describe(transition)}</title>
            </text>
          ))}
        </g>
      )}
    </g>
  )
}
