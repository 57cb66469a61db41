import { SpanStatusCode } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { createEngine, defineStrategy, signal, trade } from '../../src/index.js'
import { traceEngine } from '../../src/telemetry/index.js'

const traced = async (strategies: Parameters<typeof defineStrategy>[0][], publish: number, recentEvents = 1_000) => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const engine = createEngine({ strategies: strategies.map((definition) => defineStrategy(definition)) })
  const end = traceEngine(engine, { tracer: provider.getTracer('test'), recentEvents })
  await engine.start()
  await engine.publishAll(
    Array.from({ length: publish }, (_, at) => trade({ id: `t:${at}`, symbol: 'A', price: 1, size: 1 })),
  )
  await engine.drain()
  end()
  await engine.publish(trade({ symbol: 'A', price: 1, size: 1 }))
  await engine.stop()
  const spans = exporter.getFinishedSpans()
  return {
    chunks: spans.filter(({ name, attributes }) => name === 'outcry.chunk' && attributes['outcry.lane'] === 'normal'),
    signals: spans.filter(({ name }) => name === 'outcry.signal'),
  }
}

describe('an engine traced with OpenTelemetry', () => {
  it('makes a span for each chunk, with its events counted, and none once the tracing has ended', async () => {
    const { chunks } = await traced([{ name: 'a', onEvents: () => {} }], 1_000)
    const counts = chunks.map(({ attributes }) => Number(attributes['messaging.batch.message_count']))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000)
    expect(chunks.length).toBeLessThan(100)
    expect(chunks[0]?.attributes['outcry.first_sequence']).toBe(1)
    for (const { status, events } of chunks) {
      expect(status.code).toBe(SpanStatusCode.UNSET)
      expect(events).toEqual([])
    }
  })

  it('links a signal to the chunk in which its cause was handled, whether it came at once or later', async () => {
    const answer = (name: string, later: boolean) => ({
      name,
      subscribe: { types: ['trade'] as const },
      onEvent: (event: Parameters<typeof signal>[0]['cause'] & object) => {
        if (event.id !== 't:3') return undefined
        const made = signal({ symbol: 'A', side: 'buy', strength: 0.5, cause: event })
        return later ? new Promise<typeof made>((resolve) => setTimeout(() => resolve(made), 20)) : made
      },
    })
    const { chunks, signals } = await traced([answer('now', false), answer('later', true)] as never, 10)
    expect(signals.map(({ attributes }) => attributes['outcry.strategy']).toSorted()).toEqual(['later', 'now'])
    const chunk = chunks.find(
      ({ attributes }) =>
        Number(attributes['outcry.first_sequence']) <= 4 && Number(attributes['outcry.last_sequence']) >= 4,
    )
    for (const { links, attributes } of signals) {
      expect(links.map(({ context }) => context.spanId)).toEqual([chunk?.spanContext().spanId])
      expect(attributes).toMatchObject({ 'outcry.cause': 't:3', 'outcry.symbol': 'A', 'outcry.side': 'buy' })
    }
  })

  it('marks the chunk of a failing strategy and says which it was', async () => {
    const fails = {
      name: 'fails',
      onEvents: (): void => {
        throw new Error('no')
      },
    }
    const { chunks } = await traced([fails, { name: 'works', onEvents: () => {} }], 3)
    const failed = chunks.filter(({ status }) => status.code === SpanStatusCode.ERROR)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed[0]?.status.message).toBe('failed: fails')
    expect(failed[0]?.events.map(({ attributes }) => attributes?.['outcry.strategy'])).toEqual(['fails'])
  })

  it('forgets the oldest events beyond its bound: a signal then has no link and keeps the name of its cause', async () => {
    const { signals } = await traced(
      [
        {
          name: 'late',
          onEvent: (event: { id: string }) =>
            event.id === 't:0'
              ? new Promise((resolve) =>
                  setTimeout(
                    () => resolve(signal({ symbol: 'A', side: 'sell', strength: 1, cause: event as never })),
                    20,
                  ),
                )
              : undefined,
        },
      ] as never,
      50,
      10,
    )
    expect(signals).toHaveLength(1)
    expect(signals[0]?.attributes['outcry.cause']).toBe('t:0')
  })
})

describe('a listener of the audit stream', () => {
  it('that throws is a fault and changes nothing', async () => {
    const engine = createEngine({ strategies: [defineStrategy({ name: 'a', onEvents: () => {} })] })
    const faults: string[] = []
    engine.on('fault', ({ where }) => faults.push(where))
    engine.audit({
      accepted: () => {
        throw new Error('no')
      },
    })
    await engine.start()
    const receipt = await engine.publish(trade({ symbol: 'A', price: 1, size: 1 }))
    await engine.stop()
    expect(receipt.status).toBe('accepted')
    expect(faults).toContain('audit listener')
    expect(engine.ledger().deliveries.succeeded).toBe(1)
  })

  it.each<[object, string]>([
    // Each of them would remember without a bound.
    [{ recentEvents: Number.NaN }, 'traceEngine.recentEvents'],
    [{ recentEvents: '16' }, 'traceEngine.recentEvents'],
    [{ tracer: {} }, 'traceEngine.tracer'],
    [{ recent: 5 }, 'traceEngine.recent'],
  ])('refuses options that do not fit: %j', (options, path) => {
    expect(() => traceEngine(createEngine(), options)).toThrow(expect.objectContaining({ path }))
  })
})
