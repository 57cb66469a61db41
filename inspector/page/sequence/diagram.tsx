import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { timeOfDay } from '../format.js'
import { measure } from '../statechart/measure.js'
import type { Diagram } from './lanes.js'

interface SequenceDiagramProps {
  readonly diagram: Diagram
  /** Whether it stays at the newest message. */
  readonly following: boolean
  onFollow(following: boolean): void
  /** Numbers of messages that belong to what is chosen. */
  readonly marked: ReadonlySet<number>
  readonly chosen: number | undefined
  onChoose(message: number): void
}

const ROW = 26
/** Room for the time, which is short where the page is narrow. */
const GUTTER = 92
const NARROW_GUTTER = 58
const NARROW = 620
const LEAST_LANE = 112
/** Room for what the last lane tells itself. */
const MARGIN = 70
const AROUND = 8

export function SequenceDiagram({ diagram, following, onFollow, marked, chosen, onChoose }: SequenceDiagramProps) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [size, setSize] = useState({ width: 800, height: 400 })
  const { lanes, arrows } = diagram

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (following && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [following, arrows])
  const firstMarked = arrows.findIndex(({ messages }) => messages.some(({ message }) => marked.has(message)))
  // It goes to what was chosen once, and then leaves the view to the reader.
  useEffect(() => {
    if (firstMarked >= 0 && box.current !== null) box.current.scrollTop = Math.max(0, firstMarked * ROW - 80)
  }, [marked])

  const narrow = size.width < NARROW
  const gutter = narrow ? NARROW_GUTTER : GUTTER
  const lane = Math.max(narrow ? 84 : LEAST_LANE, (size.width - gutter - MARGIN - 4) / Math.max(1, lanes.length))
  const width = gutter + lane * lanes.length + MARGIN
  const height = Math.max(arrows.length * ROW + 12, size.height - 40)
  const x = (place: number): number => gutter + lane * (place + 0.5)
  const first = Math.max(0, Math.floor(top / ROW) - AROUND)
  const last = Math.min(arrows.length, Math.ceil((top + size.height) / ROW) + AROUND)
  return (
    <div
      class="sequence-scroll"
      ref={box}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        setTop(scrollTop)
        const atEnd = scrollTop + clientHeight >= scrollHeight - 2 * ROW
        if (atEnd !== following && scrollHeight > clientHeight) onFollow(atEnd)
      }}
    >
      <div class="lane-heads" style={{ width: `${width}px` }}>
        {lanes.map(({ key, name, actors }, place) => (
          <span key={key} style={{ left: `${x(place) - lane / 2}px`, width: `${lane}px` }} title={name}>
            {name}
            {actors > 1 && <small> {actors}</small>}
          </span>
        ))}
      </div>
      <svg
        class="sequence"
        width={width}
        height={height}
        role="img"
        aria-label={`${arrows.length} messages between ${lanes.length} lanes`}
      >
        <defs>
          <marker
            id="message-arrow"
            viewBox="0 0 8 8"
            refX="7.4"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
          >
            <path d="M0.6 0.9 7.4 4 0.6 7.1Z" />
          </marker>
        </defs>
        {lanes.map(({ key }, place) => (
          <line key={key} class="lifeline" x1={x(place)} x2={x(place)} y1={0} y2={height} />
        ))}
        {arrows.slice(first, last).map(({ messages, from, to, label }, index) => {
          const y = (first + index + 1) * ROW - 6
          const number = messages[0]?.message ?? 0
          const time = messages[0]?.at ?? 0
          const isMarked = messages.some(({ message }) => marked.has(message))
          const classes = ['message', isMarked ? 'marked' : '', chosen === number ? 'chosen' : '']
          const before = arrows[first + index - 1]?.messages[0]?.at
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: what a click shows is in the list of chains too, which has buttons.
            <g key={number} class={classes.filter((name) => name !== '').join(' ')} onClick={() => onChoose(number)}>
              <rect class="band" x={0} y={y - ROW + 6} width={width} height={ROW} />
              {time !== before && (
                <text class="at" x={12} y={y - 3}>
                  {timeOfDay(time).slice(narrow ? 6 : 0)}
                </text>
              )}
              <Line from={x(from)} to={x(to)} y={y} label={label} self={from === to} room={lane} />
            </g>
          )
        })}
      </svg>
    </div>
  )
}

interface LineProps {
  readonly from: number
  readonly to: number
  readonly y: number
  readonly label: string
  readonly self: boolean
  readonly room: number
}

function Line({ from, to, y, label, self, room }: LineProps) {
  const span = self ? room + MARGIN - 40 : Math.abs(to - from) - 14
  // A label may reach over its neighbours' lines, which have nothing else in this row.
  const text = shorten(label, self ? span : Math.max(span, 1.7 * room))
  if (self) {
    return (
      <>
        <path class="arrow" d={`M${from} ${y - 9}h14v9H${from + 2}`} marker-end="url(#message-arrow)" />
        <text class="label start" x={from + 20} y={y - 2}>
          {text}
        </text>
      </>
    )
  }
  const width = measure(text, 'small') + 8
  const middle = (from + to) / 2
  return (
    <>
      <circle class="origin" cx={from} cy={y} r={2} />
      <line class="arrow" x1={from} x2={to} y1={y} y2={y} marker-end="url(#message-arrow)" />
      <rect class="halo" x={middle - width / 2} y={y - 16} width={width} height={13} />
      <text class="label" x={middle} y={y - 6}>
        {text}
      </text>
    </>
  )
}

function shorten(text: string, width: number): string {
  if (measure(text, 'small') <= width) return text
  const most = Math.max(3, Math.floor((text.length * width) / measure(text, 'small')) - 1)
  return `${text.slice(0, most)}…`
}
