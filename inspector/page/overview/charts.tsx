import { useMemo } from 'preact/hooks'
import type { ChartPoint, Overview } from '../../protocol.js'
import { brief, count, duration } from '../format.js'
import { Plot } from '../widgets/plot.js'
import { HeatMap } from './heat-map.js'

interface CardProps {
  readonly title: string
  readonly figure: string
  readonly unit: string
  readonly children: preact.ComponentChildren
}

function Card({ title, figure, unit, children }: CardProps) {
  return (
    <section class="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <p>
          <b>{figure}</b> <span>{unit}</span>
        </p>
      </header>
      {children}
    </section>
  )
}

const THROUGHPUT = [
  { label: 'accepted', colour: 'accent', fill: true },
  { label: 'settled', colour: 'muted' },
] as const
const DEPTH = [
  { label: 'depth', colour: 'accent', fill: true },
  { label: 'high water', colour: 'warn' },
] as const
const LETTERS = [
  { label: 'held', colour: 'muted', fill: true },
  { label: 'entered', colour: 'bad' },
] as const

export function Charts({ series, overview }: { readonly series: readonly ChartPoint[]; readonly overview: Overview }) {
  const last = series[series.length - 1]
  const { highWater, depth } = overview.queue
  // The series grows in place; its last point tells whether it did.
  const data = useMemo(() => {
    const times = series.map(({ at }) => at / 1_000)
    return {
      throughput: [times, series.map(({ accepted }) => accepted), series.map(({ settled }) => settled)],
      depth: [times, series.map((point) => point.depth), series.map(() => highWater)],
      letters: [
        times,
        series.map(({ deadLettersHeld }) => deadLettersHeld),
        series.map(({ deadLettersEntered }) => deadLettersEntered),
      ],
    }
  }, [last?.at, series.length, highWater])
  const { p50, p99, max } = overview.latencyMs
  return (
    <div class="cards">
      <Card title="Throughput" figure={brief(last?.accepted ?? 0)} unit="events/s">
        <Plot label="Events accepted and settled a second" lines={THROUGHPUT} data={data.throughput} />
      </Card>
      <Card
        title="Queue"
        figure={count(depth)}
        unit={`of ${brief(overview.queue.capacity)} · ${brief(highWater)} high water`}
      >
        <Plot label="Events queued, and the high-water mark" lines={DEPTH} data={data.depth} />
      </Card>
      <Card title="Latency" figure={duration(p99)} unit={`p99 · p50 ${duration(p50)} · max ${duration(max)}`}>
        <HeatMap series={series} label={`Latency from publish to last handler; p99 ${duration(p99)}`} />
      </Card>
      <Card
        title="Dead letters"
        figure={count(overview.ledger.deadLetters.held)}
        unit={`held · ${brief(overview.ledger.deadLetters.entered)} entered`}
      >
        <Plot label="Dead letters held, and entered a second" lines={LETTERS} data={data.letters} />
      </Card>
    </div>
  )
}
