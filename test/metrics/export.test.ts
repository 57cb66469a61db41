import { createEngine, defineStrategy, type Engine, MemoryJournal, signal, trade } from 'outcry'
import { portOf } from 'outcry/actors'
import { inspect } from 'outcry/inspector'
import { metricsText, readMetrics, registerMetrics } from 'outcry/metrics'
import parse from 'parse-prometheus-text-format'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

interface Parsed {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly metrics: readonly {
    readonly value?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly buckets?: Readonly<Record<string, string>>
    readonly count?: string
    readonly sum?: string
  }[]
}

/** Every metric by name, as Prometheus would read it. */
const scrape = (text: string): Readonly<Record<string, Parsed>> =>
  Object.fromEntries((parse(text) as readonly Parsed[]).map((family) => [family.name, family]))

const sampleOf = (
  families: Readonly<Record<string, Parsed>>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
) =>
  families[name]?.metrics.find((sample) =>
    Object.entries(labels).every(([key, value]) => sample.labels?.[key] === value),
  )?.value

let engine: Engine

beforeEach(async () => {
  const strategy = defineStrategy({
    name: 'picky',
    retry: { attempts: 1 },
    onEvent(event) {
      const { price } = event.payload as { readonly price: number }
      if (price === 13) throw new Error('unlucky')
      return price === 7 ? signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause: event }) : undefined
    },
  })
  engine = createEngine({ strategies: [strategy] })
  await engine.start()
})

afterEach(() => engine.stop())

const publish = async (count: number): Promise<void> => {
  await engine.publishAll(Array.from({ length: count }, (_, n) => trade({ symbol: 'AAPL', price: n + 1, size: 1 })))
  await engine.drain()
}

describe('the metrics', () => {
  it('tell the state of the breakers that guard no strategy by their names', async () => {
    const guarded = createEngine({ sinks: [{ name: 'broker', write: () => {} }] })
    await guarded.start()
    guarded.breaker('sink:broker').isolate()
    const families = scrape(metricsText(readMetrics(guarded)))
    const state = (of: string) =>
      sampleOf(families, 'outcry_dependency_breaker_state', { breaker: 'sink:broker', state: of })
    expect([state('isolated'), state('closed')]).toEqual(['1', '0'])
    await guarded.stop()
  })

  it('are read by a parser of Prometheus’s text, and say what the ledger says (row monitoring)', async () => {
    await publish(100)
    const families = scrape(metricsText(readMetrics(engine)))
    const { events, deliveries } = engine.ledger()
    expect(sampleOf(families, 'outcry_events_total', { origin: 'published', fate: 'settled' })).toBe(
      String(events.settled),
    )
    expect(sampleOf(families, 'outcry_deliveries_total', { outcome: 'dead_lettered' })).toBe('1')
    expect(deliveries.deadLettered).toBe(1)
    expect(sampleOf(families, 'outcry_dead_letters_held')).toBe('1')
    expect(sampleOf(families, 'outcry_signals_total')).toBe('1')
    expect(sampleOf(families, 'outcry_breakers', { state: 'closed' })).toBe('1')
    expect(sampleOf(families, 'outcry_actors')).toBe(String(engine.actors().length))
    const [latency] = families.outcry_latency_seconds?.metrics ?? []
    expect(families.outcry_latency_seconds?.type).toBe('HISTOGRAM')
    const counts = Object.values(latency?.buckets ?? {}).map(Number)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts.at(-1)).toBe(Number(latency?.count))
    expect(Number(latency?.count)).toBeGreaterThan(0)
  })

  it('follow Prometheus’s conventions: base units, and _total for what only grows', async () => {
    await publish(20)
    for (const { name, type, help } of Object.values(scrape(metricsText(readMetrics(engine))))) {
      expect(name).toMatch(/^outcry_[a-z_]+$/)
      expect(name.endsWith('_total'), name).toBe(type === 'COUNTER')
      expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb)$/)
      expect(help, name).toMatch(/\.$/)
    }
  })

  it('tell settled events by type, the others among them, in the sum of the ledger', async () => {
    await publish(100)
    const families = scrape(metricsText(readMetrics(engine)))
    const { metrics = [] } = families.outcry_events_by_type_total ?? {}
    const byType = Object.fromEntries(metrics.map(({ labels, value }) => [labels?.type, value]))
    expect(byType).toEqual({ trade: '100', signal: '1', '(others)': '0' })
  })

  it('tell how long handlers take, all together as a histogram and each as a sum (row monitoring)', async () => {
    await publish(100)
    const families = scrape(metricsText(readMetrics(engine)))
    const [handler] = families.outcry_handler_seconds?.metrics ?? []
    const { handlerTimes } = portOf(engine).plane
    expect(families.outcry_handler_seconds?.type).toBe('HISTOGRAM')
    expect(Number(handler?.count)).toBe(handlerTimes.count)
    expect(handlerTimes.count).toBeGreaterThan(0)
    expect(Number(handler?.sum)).toBeCloseTo(handlerTimes.sum / 1_000, 9)
    const seconds = Number(sampleOf(families, 'outcry_strategy_handler_seconds_total', { strategy: 'picky' }))
    expect(seconds).toBeCloseTo(handlerTimes.sum / 1_000, 9)
  })

  it('tell how the journal fares, and nothing of it where there is none', async () => {
    const names = (families: object): string[] => Object.keys(families).filter((name) => name.includes('_journal_'))
    expect(names(scrape(metricsText(readMetrics(engine))))).toEqual([])
    const journal = new MemoryJournal()
    const journalled = createEngine({ journal, durability: 'chunk' })
    // They are there before it is open, as a registry asks for their names once.
    expect(names(scrape(metricsText(readMetrics(journalled))))).toContain('outcry_journal_behind')
    await journalled.start()
    await journalled.publishAll([1, 2, 3].map((price) => trade({ symbol: 'AAPL', price, size: 1 })))
    await journalled.drain()
    const families = scrape(metricsText(readMetrics(journalled)))
    const of = (name: string) => sampleOf(families, `outcry_journal_${name}`)
    const { journal: stats } = journalled.stats.get()
    expect([of('events_total'), of('failures_total'), of('unjournalled_total'), of('refused_total')]).toEqual([
      '3',
      '0',
      '0',
      '0',
    ])
    expect([of('behind'), of('failing'), of('redelivered_total')]).toEqual(['0', '0', '0'])
    expect([of('batches_total'), of('syncs_total'), of('bytes')]).toEqual(
      [stats?.batches, stats?.syncs, stats?.bytes].map(String),
    )
    await journalled.stop()
  })

  it('tell the heap and its limit, in bytes (row monitoring)', () => {
    const families = scrape(metricsText(readMetrics(engine)))
    const used = Number(sampleOf(families, 'outcry_heap_used_bytes'))
    expect(used).toBeGreaterThan(1_000_000)
    expect(used).toBeLessThan(Number(sampleOf(families, 'outcry_heap_limit_bytes')))
  })

  it('are told by the inspector without a token, to who asks this machine by name', async () => {
    await publish(10)
    const inspector = await inspect(engine)
    const answer = await fetch(`http://127.0.0.1:${inspector.port}/metrics`)
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const families = scrape(await answer.text())
    await inspector.close()
    expect(sampleOf(families, 'outcry_events_total', { origin: 'published', fate: 'accepted' })).toBe('10')
  })

  it('are told by a registry of prom-client, as the engine is at each scrape', async () => {
    const registry = new Registry()
    const remove = registerMetrics(engine, registry, { prefix: 'desk_', labels: { desk: 'one' } })
    await publish(5)
    const before = scrape(await registry.metrics())
    await publish(5)
    const after = scrape(await registry.metrics())
    const labels = { origin: 'published', fate: 'accepted', desk: 'one' }
    expect(sampleOf(before, 'desk_outcry_events_total', labels)).toBe('5')
    expect(sampleOf(after, 'desk_outcry_events_total', labels)).toBe('10')
    const [latency] = after.desk_outcry_latency_seconds?.metrics ?? []
    expect(Object.keys(latency?.buckets ?? {})).toContain('+Inf')
    expect(() => registerMetrics(engine, registry, { prefix: 'desk_' })).toThrow()
    expect(Object.keys(scrape(await registry.metrics())).length).toBe(Object.keys(after).length)
    remove()
    expect(await registry.metrics()).not.toContain('desk_')
  })

  it('have a bounded number of names, however many strategies there are (row 3467)', async () => {
    for (let index = 0; index < 250; index++) engine.subscribe(['news'], () => {})
    const families = scrape(metricsText(readMetrics(engine)))
    expect(families.outcry_strategy_backlog?.metrics.length).toBe(201)
    expect(sampleOf(families, 'outcry_strategy_backlog', { strategy: '(others)' })).toBe('0')
  })

  it('are told once each, whatever a strategy is called', async () => {
    await engine.strategies.add(defineStrategy({ name: 'other', onEvent() {} }))
    for (let index = 0; index < 250; index++) engine.subscribe(['news'], () => {})
    const samples = metricsText(readMetrics(engine))
      .split('\n')
      .filter((line) => /^[a-z]/.test(line))
    const named = samples.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(named.filter((name, at) => named.indexOf(name) !== at)).toEqual([])
  })

  it.each<[object, string]>([
    [{ prefix: 'my-app.' }, 'registerMetrics.prefix'],
    [{ prefix: '1st_' }, 'registerMetrics.prefix'],
    [{ labels: { 'a-b': 'x' } }, 'registerMetrics.labels.a-b'],
    [{ labels: { le: 'x' } }, 'registerMetrics.labels.le'],
    [{ labels: { desk: 5 } }, 'registerMetrics.labels.desk'],
    [{ label: {} }, 'registerMetrics.label'],
  ])('are not registered under %j, which Prometheus would not read', (options, path) => {
    const registry = new Registry()
    expect(() => registerMetrics(engine, registry, options)).toThrow(expect.objectContaining({ path }))
    expect(registry.getMetricsAsArray()).toEqual([])
  })
})

describe('Prometheus’s text', () => {
  it('escapes what would end a label or a line', () => {
    const labels = { name: 'a "quoted" \\ name\nin two lines' }
    const text = metricsText([{ name: 'x', help: 'Help\nin two.', type: 'gauge', samples: [{ labels, value: 1 }] }])
    expect(text).toBe('# HELP x Help\\nin two.\n# TYPE x gauge\nx{name="a \\"quoted\\" \\\\ name\\nin two lines"} 1\n')
    expect(scrape(text).x?.metrics[0]?.labels).toEqual(labels)
  })
})
