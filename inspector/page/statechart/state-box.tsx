import type { StateDefinition } from '../../protocol.js'
import { duration, percent } from '../format.js'
import { type BoxRow, LEAD_WIDTH, ROW_HEIGHT, TITLE_HEIGHT } from './boxes.js'
import { measure } from './measure.js'
import type { Box } from './placed.js'

export interface StateLook {
  readonly active: boolean
  /** `warn` or `bad` where being in that state is. */
  readonly tone: string
  /** 1 to 5, 0 for none. */
  readonly heat: number
  /** Share of the time watched; undefined where it is not shown. */
  readonly share: number | undefined
  readonly dwellMs: number | undefined
}

interface StateBoxProps {
  readonly state: StateDefinition
  readonly box: Box
  readonly rows: readonly BoxRow[]
  readonly look: StateLook
  /** Place of the transition last taken, which may be listed here. */
  readonly taken: ReadonlySet<number>
  readonly visits: readonly number[] | undefined
  readonly root: boolean
}

const PADDING = 12

/** Cuts what does not fit; the whole is in its title. */
function cut(text: string, width: number): string {
  if (measure(text, 'small') <= width) return text
  let length = Math.min(text.length, Math.ceil(width / 4))
  while (length > 1 && measure(`${text.slice(0, length)}…`, 'small') > width) length -= 1
  return `${text.slice(0, length)}…`
}

function Row({
  row,
  y,
  width,
  taken,
  visits,
}: {
  row: BoxRow
  y: number
  width: number
  taken: boolean
  visits: number
}) {
  const indent = row.lead === '' ? 0 : LEAD_WIDTH
  const room = width - 2 * PADDING - indent
  const text = cut(row.text, room)
  const rest = cut(row.rest, room - measure(`${text} `, 'small'))
  return (
    <g class={`row ${row.kind}${taken ? ' taken' : ''}`} transform={`translate(${PADDING} ${y})`}>
      {row.lead !== '' && <text class="lead">{row.lead}</text>}
      <text x={indent}>
        {text !== '' && <tspan class="event">{text} </tspan>}
        <tspan class="rest">{rest}</tspan>
        {visits > 0 && <tspan class="visits"> ×{visits}</tspan>}
      </text>
      <title>{[row.lead, row.text, row.rest].filter((part) => part !== '').join(' ')}</title>
    </g>
  )
}

export function StateBox({ state, box, rows, look, taken, visits, root }: StateBoxProps) {
  const { x, y, width, height } = box
  const compound = state.states.length > 0
  const classes = [
    'state',
    compound ? 'compound' : 'leaf',
    state.type,
    root ? 'root' : '',
    look.active ? 'active' : '',
    look.tone,
    look.heat > 0 ? `heat-${look.heat}` : '',
  ]
  return (
    <g class={classes.filter((name) => name !== '').join(' ')} transform={`translate(${x} ${y})`} data-state={state.id}>
      <rect class="frame" width={width} height={height} rx={compound ? 9 : 7} />
      {state.type === 'final' && <rect class="inner" x={3} y={3} width={width - 6} height={height - 6} rx={5} />}
      {!root && (
        <text class="key" x={PADDING} y={TITLE_HEIGHT / 2 + 5}>
          {state.key}
        </text>
      )}
      {look.share !== undefined && !root && (
        <text class="share" x={width - 10} y={TITLE_HEIGHT / 2 + 4}>
          {percent(look.share)}
          <title>{`${duration(look.dwellMs ?? 0)} in this state`}</title>
        </text>
      )}
      {rows.length > 0 && !compound && <line class="rule" x1={0} x2={width} y1={TITLE_HEIGHT} y2={TITLE_HEIGHT} />}
      {rows.map((row, index) => (
        <Row
          key={`${row.kind} ${row.text} ${row.rest}`}
          row={row}
          y={TITLE_HEIGHT + (index + 1) * ROW_HEIGHT - 1}
          width={width}
          taken={row.transition !== undefined && taken.has(row.transition.place)}
          visits={row.transition === undefined ? 0 : (visits?.[row.transition.place] ?? 0)}
        />
      ))}
    </g>
  )
}
