import type { Tracer } from '@opentelemetry/api'
import { z } from 'zod'
import type { AuditListener, DispatchOutcome, DispatchRecord } from '../dispatch/audit.js'
import type { SignalPayload } from '../events/catalogue/signal.js'
import type { OutcryEvent } from '../events/event.js'
import { parseOptions } from '../options.js'
import { optionalPeer } from '../peer.js'
import { hasMethods } from '../safe-parse.js'
import { RecentSpans } from './recent-spans.js'

const { SpanKind, SpanStatusCode, trace } = await optionalPeer(
  'outcry/opentelemetry',
  '@opentelemetry/api',
  () => import('@opentelemetry/api'),
)

export interface TraceEngineOptions {
  /** Default: the tracer `outcry` of the provider that is registered. */
  readonly tracer?: Tracer
  /** Events whose span is remembered, for signals to be linked to. 0 to 16,777,216; default 16,384. */
  readonly recentEvents?: number
}

const schema = z.strictObject({
  tracer: z.custom<Tracer>((value) => hasMethods(value, ['startSpan']), 'expected a tracer').optional(),
  recentEvents: z.int().min(0).max(16_777_216).default(16_384),
})

/** Signals that may wait for the span of their cause, and for how many chunks; then they go without a link. */
const MOST_WAITING = 4_096
const MOST_CHUNKS = 64

const isFailure = ({ failed, abandoned }: DispatchOutcome): boolean => failed + abandoned > 0

/** Makes spans of what the audit stream tells. */
class ChunkTracer implements AuditListener {
  private readonly recent: RecentSpans
  /** Accepted while the chunk of their cause was under way, each with the chunks that it may still wait for. */
  private waiting: { readonly event: OutcryEvent; left: number }[] = []

  constructor(
    private readonly tracer: Tracer,
    recentEvents: number,
  ) {
    this.recent = new RecentSpans(recentEvents)
  }

  accepted(event: OutcryEvent): void {
    if (event.type !== 'signal') return
    const { causationId } = event
    if (causationId === undefined || this.recent.of(causationId) !== undefined) this.signal(event)
    else if (this.waiting.length >= MOST_WAITING) this.signal(event)
    else this.waiting.push({ event, left: MOST_CHUNKS })
  }

  /** The signals that still wait go without a link. */
  end(): void {
    for (const { event } of this.waiting) this.signal(event)
    this.waiting = []
  }

  dispatched(record: DispatchRecord): void {
    const { chunk, lane, clock, elapsedMs, events, outcomes } = record
    const span = this.tracer.startSpan('outcry.chunk', {
      kind: SpanKind.CONSUMER,
      startTime: clock,
      attributes: {
        'outcry.chunk': chunk,
        'outcry.lane': lane,
        'outcry.first_sequence': events[0]?.sequence ?? 0,
        'outcry.last_sequence': events.at(-1)?.sequence ?? 0,
        'messaging.batch.message_count': events.length,
      },
    })
    for (const outcome of outcomes) {
      const { strategy, succeeded, failed, skipped, abandoned } = outcome
      if (succeeded > 0 && !isFailure(outcome) && skipped === 0) continue
      span.addEvent(
        'outcry.delivery',
        {
          'outcry.strategy': strategy,
          'outcry.succeeded': succeeded,
          'outcry.failed': failed,
          'outcry.skipped': skipped,
          'outcry.abandoned': abandoned,
        },
        clock + elapsedMs,
      )
    }
    const failing = outcomes.filter(isFailure).map(({ strategy }) => strategy)
    if (failing.length > 0) span.setStatus({ code: SpanStatusCode.ERROR, message: `failed: ${failing.join(', ')}` })
    this.recent.add(events, span.spanContext())
    this.release()
    span.end(clock + elapsedMs)
  }

  private release(): void {
    const waiting = []
    for (const one of this.waiting) {
      one.left -= 1
      if (one.left === 0 || this.recent.of(one.event.causationId) !== undefined) this.signal(one.event)
      else waiting.push(one)
    }
    this.waiting = waiting
  }

  /** A signal is a moment: a span of no length, linked to the chunk in which its cause was handled. */
  private signal({ id, source, symbol, causationId, receivedAt, payload }: OutcryEvent): void {
    const cause = this.recent.of(causationId)
    const { side, strength } = payload as SignalPayload
    const attributes = {
      'outcry.signal': id,
      'outcry.strategy': source,
      'outcry.symbol': symbol,
      'outcry.cause': causationId,
      'outcry.side': side,
      'outcry.strength': strength,
    }
    this.tracer
      .startSpan('outcry.signal', {
        kind: SpanKind.PRODUCER,
        startTime: receivedAt,
        attributes,
        ...(cause === undefined ? {} : { links: [{ context: cause, attributes: { 'outcry.relation': 'cause' } }] }),
      })
      .end(receivedAt)
  }
}

/**
 * Traces an engine with OpenTelemetry: a span for each chunk (never one for an event) with the
 * deliveries that did not simply succeed, and one for each signal, linked to the chunk in which the
 * event that caused it was handled. Times are of the run's clock. Returns what ends it.
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID that names the path and the value.
 */
export function traceEngine(
  engine: { audit(listener: AuditListener): () => void },
  options: TraceEngineOptions = {},
): () => void {
  const { tracer = trace.getTracer('outcry'), recentEvents } = parseOptions(schema, options, 'traceEngine')
  const tracing = new ChunkTracer(tracer, recentEvents)
  const unheard = engine.audit(tracing)
  return () => {
    unheard()
    tracing.end()
  }
}
