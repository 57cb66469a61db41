import type { Link, SpanContext, Tracer } from '@opentelemetry/api'
import type { AuditListener, DispatchRecord, Engine, OutcryEvent } from 'outcry'
import { portOf } from 'outcry/actors'

export interface TraceChunksOptions {
  /** Events whose span is remembered, so that what they caused can be linked to it. Default 16,384. */
  readonly maxRemembered?: number
}

/** Links of one span, and signals told on it; more are counted. */
const MOST = 64
const ERROR = 2

/** Spans by the ids of their events: the last so many. */
class Remembered {
  private readonly spans = new Map<string, SpanContext>()

  constructor(private readonly most: number) {}

  put(id: string, span: SpanContext): void {
    this.spans.set(id, span)
    if (this.spans.size <= this.most) return
    const [oldest] = this.spans.keys()
    if (oldest !== undefined) this.spans.delete(oldest)
  }

  get(id: string | undefined): SpanContext | undefined {
    return id === undefined ? undefined : this.spans.get(id)
  }
}

/**
 * Makes an OpenTelemetry span of every chunk: from its lease to the end of its lease, with what became
 * of it. The signals that it led to are told on it as span events; a chunk of events that others
 * caused is linked to the spans in which those were handled. Returns a function that ends it.
 *
 * @example
 * ```ts
 * import { trace } from '@opentelemetry/api'
 * const end = traceChunks(engine, trace.getTracer('outcry'))
 * ```
 */
export function traceChunks(engine: Engine, tracer: Tracer, options: TraceChunksOptions = {}): () => void {
  const { plane } = portOf(engine)
  const remembered = new Remembered(options.maxRemembered ?? 16_384)
  let signals: OutcryEvent[] = []
  let unheld = 0

  const listener: AuditListener = {
    accepted(event) {
      if (event.type !== 'signal') return
      if (signals.length < MOST) signals.push(event)
      else unheld += 1
    },
    dispatched({ chunk, lane, clock, events, outcomes }: DispatchRecord) {
      const span = tracer.startSpan('outcry chunk', { startTime: clock, links: linksOf(events, remembered) })
      const sum = (key: 'succeeded' | 'failed' | 'skipped'): number =>
        outcomes.reduce((total, outcome) => total + outcome[key], 0)
      const failed = sum('failed')
      span.setAttributes({
        'outcry.chunk': chunk,
        'outcry.lane': lane,
        'outcry.events': events.length,
        'outcry.sequence.first': events[0]?.sequence ?? 0,
        'outcry.sequence.last': events.at(-1)?.sequence ?? 0,
        'outcry.strategies': outcomes.length,
        'outcry.succeeded': sum('succeeded'),
        'outcry.failed': failed,
        'outcry.skipped': sum('skipped'),
        'outcry.signals': signals.length + unheld,
      })
      for (const { id, symbol = '', source, causationId = '' } of signals)
        span.addEvent('signal', {
          'outcry.id': id,
          'outcry.symbol': symbol,
          'outcry.strategy': source,
          'outcry.cause': causationId,
        })
      signals = []
      unheld = 0
      if (failed > 0) span.setStatus({ code: ERROR, message: `${failed} deliveries failed` })
      // What the sampler leaves out need not be remembered.
      if (span.isRecording()) for (const { id } of events) remembered.put(id, span.spanContext())
      span.end(Math.max(clock, plane.environment.now()))
    },
  }
  return plane.audit.add(listener)
}

function linksOf(events: readonly OutcryEvent[], remembered: Remembered): Link[] {
  const links = new Map<string, Link>()
  for (const { causationId } of events) {
    const context = remembered.get(causationId)
    if (context === undefined || links.size >= MOST) continue
    links.set(context.spanId, { context, attributes: { 'outcry.cause': causationId ?? '' } })
  }
  return [...links.values()]
}
