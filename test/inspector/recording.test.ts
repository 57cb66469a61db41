import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, createVirtualEnvironment, defineStrategy, signal, trade, type VirtualEnvironment } from 'outcry'
import { record } from 'outcry/inspector'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../../inspector/recording/compare.js'
import { TraceFile } from '../../inspector/recording/trace-file.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Lets virtual time pass. */
async function pass(environment: VirtualEnvironment, ms: number): Promise<void> {
  const until = environment.monotonic() + ms
  await environment.settle()
  while (await environment.step(until));
  environment.idleUntil(until)
}

/** A run that follows from its input: a strategy that fails on some prices and signals on others. */
async function run(
  name: string,
  { failAt = 500, events = 1_000, maxCharacters = undefined as number | undefined } = {},
) {
  const file = join(folder, name)
  const environment = createVirtualEnvironment({ seed: 1 })
  const strategy = defineStrategy({
    name: 'picky',
    retry: { attempts: 1 },
    onEvent(event) {
      const { price } = event.payload as { readonly price: number }
      if (price === failAt) throw new Error('not this one')
      return price % 100 === 0 ? signal({ symbol: 'AAPL', side: 'buy', strength: 1, cause: event }) : undefined
    },
  })
  const engine = createEngine({ environment, strategies: [strategy] })
  const recording = record(engine, { file, title: name, ...(maxCharacters === undefined ? {} : { maxCharacters }) })
  const started = engine.start()
  await pass(environment, 100)
  await started
  for (let price = 1; price <= events; price++) engine.offer({ id: `trade-${price}`, ...tradeAt(price) } as never)
  await pass(environment, 1_000)
  engine.breaker('picky').isolate()
  await pass(environment, 100)
  const stopped = engine.stop()
  await pass(environment, 5_000)
  await stopped
  const { entries, leftOut } = recording.close(engine.digest())
  return { file, entries, leftOut, trace: new TraceFile(file) }
}

const tradeAt = (price: number) => {
  const draft = trade({ symbol: 'AAPL', price, size: 1 })
  return { type: draft.type, symbol: 'AAPL', payload: draft.payload }
}

describe('a recording', () => {
  it('holds every accepted event, every chunk and the transitions where they happened', async () => {
    const { trace, entries } = await run('whole')
    const { info } = trace
    expect(info).toMatchObject({ title: 'whole', entries, leftOut: 0 })
    expect(info.kinds.accepted).toBe(1_000 + 9)
    const handled = trace.entries(1, entries).flatMap((entry) => (entry.kind === 'dispatched' ? entry.sequences : []))
    expect(new Set(handled).size).toBe(1_009)
    expect(info.actors.map(({ path }) => path)).toContain('engine/strategies/group-1/picky')
    expect(Object.keys(info.machines)).toEqual(expect.arrayContaining(['engine', 'strategy', 'breaker']))
  })

  it('shows every actor’s state at any entry, however it is come to', async () => {
    const { trace, entries } = await run('states', { events: 3_000 })
    const picky = trace.info.actors.find(({ name }) => name === 'picky')?.actor
    const stateOf = (at: number) => trace.state(at).actors.find(({ actor }) => actor === picky)?.state
    expect(trace.state(0).actors).toEqual([])
    const isolated = trace.find(1, { state: 'breaker.isolated' }, 'forward').entry?.entry ?? 0
    expect(stateOf(isolated)).toEqual(['strategy.active.ready'])
    const breaker = trace.info.actors.find(({ name }) => name === 'breaker:picky')?.actor
    const breakerAt = (at: number) => trace.state(at).actors.find(({ actor }) => actor === breaker)?.state
    expect([breakerAt(isolated - 1), breakerAt(isolated)]).toEqual([['breaker.closed'], ['breaker.isolated']])
    // The actors of an engine that has stopped are gone, but for the engine itself.
    expect(trace.state(entries).actors.length).toBeLessThanOrEqual(1)
  })

  it('is searched forward and backward, for a state, an event, a failure or a word', async () => {
    const { trace, entries } = await run('searched')
    const failure = trace.find(1, { kind: 'failure' }, 'forward').entry
    expect(failure).toMatchObject({ kind: 'dispatched', outcomes: [{ strategy: 'picky', failedSequences: [500] }] })
    expect(trace.find(entries, { kind: 'failure' }, 'backward').entry).toEqual(failure)
    expect(trace.find((failure?.entry ?? 0) + 1, { kind: 'failure' }, 'forward').entry).toBeUndefined()
    expect(trace.find(1, { event: 'breaker.isolate' }, 'forward').entry).toMatchObject({ kind: 'step' })
    expect(trace.find(1, { text: 'PICKY/0@trade-100' }, 'forward').entry).toMatchObject({ kind: 'accepted' })
    expect(trace.info.landmarks).toContainEqual({
      entry: failure?.entry,
      text: expect.stringMatching(/^chunk \d+: picky failed on 500$/),
    })
  })

  it('is compared with another, up to the first entry at which they part', async () => {
    const [first, same, other] = [await run('first'), await run('same'), await run('other', { failAt: 700 })]
    expect(compare(first.trace, same.trace)).toMatchObject({ equal: true, divergence: undefined })
    const { equal, divergence, common } = compare(first.trace, other.trace)
    expect(equal).toBe(false)
    expect(divergence?.entry).toBe(common + 1)
    expect(first.trace.entries(common + 1, 1)[0]).toEqual(divergence?.first)
    expect(divergence?.fields.length).toBeGreaterThan(0)
    const longer = await run('longer', { events: 1_100 })
    expect(compare(first.trace, longer.trace).equal).toBe(false)
  })

  it('counts what finds no room in its bound', async () => {
    const { trace, entries, leftOut } = await run('bounded', { maxCharacters: 50_000 })
    expect(leftOut).toBeGreaterThan(0)
    expect(trace.info).toMatchObject({ entries, leftOut })
    expect(readFileSync(join(folder, 'bounded'), 'utf8').length).toBeLessThan(60_000)
  })

  it('is good as far as it goes where it was cut off', async () => {
    const { file, entries } = await run('cut')
    const text = readFileSync(file, 'utf8')
    writeFileSync(join(folder, 'half'), text.slice(0, text.length / 2))
    const half = new TraceFile(join(folder, 'half'))
    expect(half.info.entries).toBeGreaterThan(100)
    expect(half.info.entries).toBeLessThan(entries)
    expect(half.info.digest).toBeUndefined()
  })

  it.each([
    ['nothing', '', 'is empty'],
    ['no JSON', 'hello\n', 'no JSON'],
    ['another format', '{"format":"other"}\n', 'no outcry-trace'],
    ['a later version', '{"format":"outcry-trace","version":99}\n', 'version 99'],
    ['a broken line', '{"format":"outcry-trace","version":1}\n{"kind":\n{"kind":"note","clock":1,"text":""}\n', ':2:'],
  ])('says what is wrong with a file of %s', (_what, text, message) => {
    const file = join(folder, 'wrong')
    writeFileSync(file, text)
    expect(() => new TraceFile(file)).toThrow(expect.objectContaining({ code: 'OUTCRY_TRACE_INVALID' }))
    expect(() => new TraceFile(file)).toThrow(message)
  })

  it('says that a file is not there', () => {
    expect(() => new TraceFile(join(folder, 'absent'))).toThrow('There is no file')
  })
})
