import { signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { MachineDefinition } from '../../protocol.js'
import { onKeys } from '../keys.js'
import { reactionRow } from './boxes.js'
import { Cards } from './cards.js'
import { ChartPicture, type ChartSituation } from './chart.js'
import { type LaidOut, layoutOf } from './layouts.js'
import { chartOf, drawingOf } from './model.js'

/** Whether visits and time spent are laid over the chart. */
export const heat = signal(false)

interface ChartCanvasProps {
  readonly machine: MachineDefinition
  readonly situation: ChartSituation
  /** Of the actor that is shown. */
  readonly name: string
}

const STEP = 1.25
const LARGEST = 2.5
const SMALLEST = 0.2
/** What fits only smaller than this is scrolled instead, as nobody could read it. */
const LEAST_READABLE = 0.62
const LARGEST_FIT = 1.15
const MARGIN = 24
/** Below the drawing, for the buttons that lie over it. */
const FOOT = 34

interface Size {
  readonly width: number
  readonly height: number
}

type Outcome = readonly LaidOut[] | 'failed' | undefined

/** The machine laid out both ways, rightwards and downwards. */
function useLayouts(machine: MachineDefinition): Outcome {
  const [outcome, setOutcome] = useState<{ machine: MachineDefinition; laid: Outcome }>()
  useEffect(() => {
    let wanted = true
    const settle = (laid: Outcome): void => {
      if (wanted) setOutcome({ machine, laid })
    }
    Promise.all([layoutOf(machine, 'RIGHT'), layoutOf(machine, 'DOWN')]).then(settle, () => settle('failed'))
    return () => {
      wanted = false
    }
  }, [machine])
  return outcome?.machine === machine ? outcome.laid : undefined
}

const scaleToFit = ({ placed }: LaidOut, { width, height }: Size): number =>
  Math.min((width - MARGIN) / placed.width, (height - MARGIN - FOOT) / placed.height)

/** Whichever way can be shown larger in that frame. */
function bestOf(laid: readonly LaidOut[], size: Size): LaidOut | undefined {
  return [...laid].sort((left, right) => scaleToFit(right, size) - scaleToFit(left, size))[0]
}

/** The statechart in a frame that it fits into at first, and in which it can be enlarged and moved. */
export function ChartCanvas({ machine, situation, name }: ChartCanvasProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState<Size>()
  /** Undefined: as it fits. */
  const [zoom, setZoom] = useState<number>()
  const layouts = useLayouts(machine)

  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => setZoom(undefined), [machine])
  // A chart that is larger than its frame follows what happens in it.
  useEffect(
    () =>
      frame.current
        ?.querySelector(`[data-state="${CSS.escape(situation.state[0] ?? '')}"]`)
        ?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'smooth' }),
    [situation.state[0], layouts],
  )

  const laid = typeof layouts !== 'object' || size === undefined ? undefined : bestOf(layouts, size)
  const fitting =
    laid === undefined || size === undefined
      ? 1
      : Math.min(LARGEST_FIT, Math.max(LEAST_READABLE, scaleToFit(laid, size)))
  const scale = Math.min(LARGEST, Math.max(SMALLEST, zoom ?? fitting))
  const zoomBy = (factor: number): void => setZoom(Math.min(LARGEST, Math.max(SMALLEST, scale * factor)))

  useEffect(() =>
    onKeys({
      h: () => {
        heat.value = !heat.value
      },
      '+': () => zoomBy(STEP),
      '=': () => zoomBy(STEP),
      '-': () => zoomBy(1 / STEP),
      '0': () => setZoom(undefined),
    }),
  )

  return (
    <div class="chart-frame">
      <AnyState machine={machine} situation={situation} />
      <div class="chart-scroll" ref={frame}>
        {layouts === 'failed' ? (
          <>
            <p class="note">The layout could not be worked out, so this is the statechart as nested cards.</p>
            <Cards chart={chartOf(machine)} situation={situation} />
          </>
        ) : laid === undefined ? (
          <p class="empty">Laying out …</p>
        ) : (
          <ChartPicture laid={laid} situation={situation} heat={heat.value} scale={scale} name={name} />
        )}
      </div>
      <div class="chart-tools">
        <button
          type="button"
          class={heat.value ? 'button on' : 'button'}
          aria-pressed={heat.value}
          title="Visits of each edge and time spent in each state (h)"
          onClick={() => {
            heat.value = !heat.value
          }}
        >
          Heat
        </button>
        <button type="button" class="button" aria-label="Reduce" title="Reduce (−)" onClick={() => zoomBy(1 / STEP)}>
          −
        </button>
        <button type="button" class="button" aria-label="Enlarge" title="Enlarge (+)" onClick={() => zoomBy(STEP)}>
          +
        </button>
        <button type="button" class="button" title="Fit (0)" onClick={() => setZoom(undefined)}>
          Fit
        </button>
      </div>
    </div>
  )
}

/** Transitions of the machine as a whole lead away from every state: they are listed once, above the drawing. */
function AnyState({ machine, situation }: { readonly machine: MachineDefinition; readonly situation: ChartSituation }) {
  const chart = chartOf(machine)
  const listed = drawingOf(chart).listed.get(machine.root.id) ?? []
  const moving = listed.filter(({ targets, actions }) => targets.length + actions.length > 0)
  const ignored = listed.filter((transition) => !moving.includes(transition))
  if (listed.length === 0) return null
  return (
    <section class="any-state" aria-label="From any state">
      <span class="note">in any state</span>
      {moving.map((transition) => {
        const { text, rest } = reactionRow(chart, transition)
        const taken = situation.taken.includes(transition.place)
        const visits = heat.value ? (situation.visits?.[transition.place] ?? 0) : 0
        return (
          <span
            key={transition.place}
            class={`chip${taken ? ' taken' : ''}${transition.unexpected ? ' unexpected' : ''}`}
            title={rest}
          >
            <b>{text}</b> {rest}
            {visits > 0 && <i> ×{visits}</i>}
          </span>
        )
      })}
      {ignored.length > 0 && (
        <span class="chip ignored" title={ignored.map(({ event }) => event).join('\n')}>
          ignores {ignored.length}
        </span>
      )}
    </section>
  )
}
