import { useMemo } from 'preact/hooks'
import type { StateDefinition } from '../../protocol.js'
import { toneOfState } from '../tone.js'
import { EdgeLine, heatOf } from './edge-line.js'
import type { LaidOut } from './layouts.js'
import { ancestry } from './model.js'
import { pathOf } from './placed.js'
import { StateBox, type StateLook } from './state-box.js'

export interface ChartSituation {
  /** Ids of the innermost active states. */
  readonly state: readonly string[]
  /** Places of the edges taken in the last step. */
  readonly taken: readonly number[]
  /** Raised with each step. */
  readonly moment: number
  readonly visits?: readonly number[] | undefined
  readonly dwellMs?: Readonly<Record<string, number>> | undefined
}

interface ChartPictureProps {
  readonly laid: LaidOut
  readonly situation: ChartSituation
  readonly heat: boolean
  readonly scale: number
  readonly name: string
}

/** Time spent in a state and all that it holds. Milliseconds. */
function dwellOf(state: StateDefinition, dwellMs: Readonly<Record<string, number>>): number {
  const own = dwellMs[state.id]
  if (own !== undefined) return own
  const within = state.states.map((child) => dwellOf(child, dwellMs))
  // Regions of a parallel state pass at the same time; other children one after the other.
  return state.type === 'parallel' ? Math.max(0, ...within) : within.reduce((sum, ms) => sum + ms, 0)
}

export function ChartPicture({ laid, situation, heat, scale, name }: ChartPictureProps) {
  const { chart, placed, rows, edges } = laid
  const active = useMemo(
    () => new Set(situation.state.flatMap((state) => ancestry(chart, state))),
    [chart, situation.state.join(' ')],
  )
  const taken = useMemo(() => new Set(situation.taken), [situation.taken.join(' ')])
  const visits = heat ? (situation.visits ?? []) : undefined
  const most = Math.max(1, ...(visits ?? []))
  const dwell = heat ? situation.dwellMs : undefined
  const whole = dwell === undefined ? 0 : dwellOf(chart.machine.root, dwell)

  const lookOf = (state: StateDefinition): StateLook => {
    const isActive = active.has(state.id)
    const dwellMs = dwell === undefined ? undefined : dwellOf(state, dwell)
    const share = dwellMs === undefined || whole === 0 ? undefined : dwellMs / whole
    const tone = state.states.length === 0 ? toneOfState([state.key]) : 'quiet'
    const warmth = share === undefined || state.states.length > 0 ? 0 : heatOf(share * 100, 100)
    return {
      active: isActive,
      tone: isActive && (tone === 'warn' || tone === 'bad') ? tone : '',
      heat: warmth,
      share,
      dwellMs,
    }
  }

  const { width, height } = placed
  return (
    <svg
      class="chart"
      role="img"
      aria-label={`Statechart ${name}; active: ${situation.state.join(', ')}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width * scale}
      height={height * scale}
    >
      <defs>
        {['arrow', 'arrow-taken'].map((id) => (
          <marker
            key={id}
            id={id}
            viewBox="0 0 8 8"
            refX="7.2"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="8"
            markerHeight="8"
            orient="auto-start-reverse"
          >
            <path d="M0.6 0.9 7.4 4 0.6 7.1Z" />
          </marker>
        ))}
      </defs>
      {[...chart.states.values()].map((state) => {
        const box = placed.states[state.id]
        return box === undefined ? null : (
          <StateBox
            key={state.id}
            state={state}
            box={box}
            rows={rows.get(state.id) ?? []}
            look={lookOf(state)}
            taken={taken}
            visits={visits}
            root={state === chart.machine.root}
          />
        )
      })}
      {Object.entries(placed.dots).map(([id, { x, y, width: size }]) => (
        <circle key={id} class="initial" cx={x + size / 2} cy={y + size / 2} r={size / 2 - 1} />
      ))}
      {placed.edges.map((one) => {
        const edge = edges.get(one.id)
        return edge === undefined ? (
          <path key={one.id} class="initial-line" d={pathOf(one.points)} marker-end="url(#arrow)" />
        ) : (
          <EdgeLine
            key={one.id}
            edge={edge}
            placed={one}
            taken={taken}
            moment={situation.moment}
            visits={visits}
            most={most}
          />
        )
      })}
    </svg>
  )
}
