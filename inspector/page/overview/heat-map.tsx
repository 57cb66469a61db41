import { useEffect, useRef } from 'preact/hooks'
import type { ChartPoint } from '../../protocol.js'
import { colour, colours } from '../theme.js'

const BUCKETS = 24
const HEATS = ['heat-1', 'heat-2', 'heat-3', 'heat-4', 'heat-5'] as const
const LEFT = 44
const TOP = 4
const BOTTOM = 16

/** Upper bound of a bucket. Milliseconds. */
const boundOf = (bucket: number): number => 2 ** (bucket - 9)

const boundText = (ms: number): string =>
  ms < 1 ? `${Math.round(ms * 1_000)} µs` : ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1_000)} s`

function draw(canvas: HTMLCanvasElement, series: readonly ChartPoint[], points: number): void {
  const scale = devicePixelRatio
  const { clientWidth: width, clientHeight: height } = canvas
  canvas.width = width * scale
  canvas.height = height * scale
  const pen = canvas.getContext('2d')
  if (pen === null) return
  pen.scale(scale, scale)
  const shown = series.slice(-points)
  const used = shown.flatMap(({ latency }) => latency.flatMap((count, bucket) => (count > 0 ? [bucket] : [])))
  const low = Math.max(0, Math.min(...used, 8) - 1)
  const high = Math.min(BUCKETS - 1, Math.max(...used, 12) + 1)
  const rows = high - low + 1
  const columnWidth = (width - LEFT) / points
  const rowHeight = (height - BOTTOM - TOP) / rows
  const paints = HEATS.map((name) => colour(name))
  const most = Math.max(1, ...shown.flatMap(({ latency }) => latency))
  for (const [index, { latency }] of shown.entries()) {
    const x = width - (shown.length - index) * columnWidth
    for (const [bucket, count] of latency.entries()) {
      if (count <= 0) continue
      // By its logarithm, so that a rare long latency is seen beside masses of short ones.
      const heat = Math.min(HEATS.length - 1, Math.floor((Math.log1p(count) / Math.log1p(most)) * HEATS.length))
      pen.fillStyle = paints[heat] ?? ''
      pen.fillRect(x, TOP + (high - bucket) * rowHeight, Math.max(1, columnWidth - 0.5), Math.max(1, rowHeight - 0.5))
    }
  }
  pen.fillStyle = colour('faint')
  pen.font = '10px "Inter Variable", system-ui, sans-serif'
  pen.textAlign = 'right'
  pen.textBaseline = 'middle'
  const every = Math.max(1, Math.ceil(rows / 5))
  for (let bucket = low; bucket <= high; bucket += every) {
    pen.fillText(boundText(boundOf(bucket)), LEFT - 6, TOP + (high - bucket + 0.5) * rowHeight)
  }
  pen.fillText('now', width, height - 6)
  pen.textAlign = 'left'
  pen.fillText(`−${points} s`, LEFT, height - 6)
}

interface HeatMapProps {
  readonly series: readonly ChartPoint[]
  readonly label: string
  /** How many seconds are shown. */
  readonly points?: number
}

/** Latency over time: one column a second, one row a power of two, the stronger the more events. */
export function HeatMap({ series, label, points = 90 }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = colours.value
  const last = series[series.length - 1]?.at
  // The series is one list that grows; its last point tells whether it did.
  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    draw(element, series, points)
    const observer = new ResizeObserver(() => draw(element, series, points))
    observer.observe(element)
    return () => observer.disconnect()
  }, [last, theme, points])
  return <canvas class="heat-map" ref={canvas} role="img" aria-label={label} />
}
