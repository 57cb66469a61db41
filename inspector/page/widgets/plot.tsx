import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { brief, timeOfDay } from '../format.js'
import { colour, colours } from '../theme.js'

export interface Line {
  readonly label: string
  /** Name of its colour among the tokens. */
  readonly colour: string
  readonly fill?: boolean
}

interface PlotProps {
  /** Says in words what is drawn, for those who do not see it. */
  readonly label: string
  readonly lines: readonly Line[]
  /** First the times in seconds, then one list a line. */
  readonly data: readonly (readonly number[])[]
  readonly height?: number
}

const FONT = '10px "Inter Variable", system-ui, sans-serif'

function optionsOf(lines: readonly Line[], width: number, height: number): uPlot.Options {
  const axis = { stroke: colour('faint'), font: FONT, ticks: { show: false }, gap: 4 }
  return {
    width,
    height,
    legend: { show: false },
    padding: [6, 16, 0, 0],
    cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 16,
        space: 64,
        grid: { show: false },
        values: (_, ticks) => ticks.map((at) => timeOfDay(at * 1_000).slice(0, 8)),
      },
      {
        ...axis,
        size: 32,
        space: 24,
        grid: { stroke: colour('line'), width: 1 },
        values: (_, ticks) => ticks.map((tick) => brief(tick)),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name, fill }) => {
        const stroke = colour(name)
        const soft = stroke.replace(/^rgb\((.+)\)$/, 'rgba($1, 0.14)')
        return { label, stroke, width: 1.5, points: { show: false }, ...(fill === true ? { fill: soft } : {}) }
      }),
    ],
  }
}

/** A chart over time, drawn anew with each second's point and not with each batch. */
export function Plot({ label, lines, data, height = 104 }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const theme = colours.value

  // It is made anew for other colours alone; data are set below.
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const made = new uPlot(optionsOf(lines, element.clientWidth, height), data as uPlot.AlignedData, element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [theme, height])

  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data])

  return <div class="plot" ref={box} role="img" aria-label={label} />
}
