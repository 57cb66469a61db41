import { describe, expect, it } from 'vitest'
import {
  ddmin,
  exitCodeOf,
  exitCodeOfAll,
  MUTANTS,
  market,
  parseScenario,
  runMutants,
  runScenario,
  runSeeds,
  shrink,
  swarm,
  Trace,
} from '../../simulations/index.js'

const scenario = (seed: number) => swarm({ seed, events: 300, spanMs: 10_000 })

describe('a simulation', () => {
  it('has no violation over some seeds, and comes to one trace however often it is run (row testing)', async () => {
    const { runs } = await runSeeds({ seeds: [1, 2, 3, 4], scenario, twice: true })
    expect(runs.flatMap(({ violations }) => violations)).toEqual([])
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(4)
  })

  it('reports the first entry at which two traces part', () => {
    const first = new Trace(undefined, true)
    const second = new Trace(undefined, true)
    first.note('same')
    second.note('same')
    expect(first.differsFrom(second)).toBeUndefined()
    first.note('this')
    second.note('that')
    expect(first.differsFrom(second)?.entry).toBe(2)
  })

  it('sees real time that a strategy asks for, with its place', async () => {
    const { result } = await runScenario(scenario(3), {
      mutations: {
        engine: (plane) => {
          for (const runtime of plane.stage.runtimes.values()) {
            const { definition } = runtime
            const onEvent = () => void Date.now()
            Object.assign(runtime, { definition: { ...definition, onEvents: undefined, onEvent } })
          }
        },
      },
    })
    expect(result.violations[0]).toMatchObject({ oracle: 'real-time', message: 'Date.now was called in a simulation' })
    expect(result.violations[0]?.stack).toContain('simulation.test')
  })

  it('draws the same scenario from the same seed, and keeps it through a file', () => {
    const drawn = scenario(42)
    expect(scenario(42)).toEqual(drawn)
    expect(parseScenario(JSON.stringify(drawn), 'kept.json')).toEqual(JSON.parse(JSON.stringify(drawn)))
    expect(() => parseScenario('{"format":2}', 'kept.json')).toThrow(/scenario kept\.json: format/)
  })

  it('makes up markets with bursts, duplicates, late and malformed records, by the seed', () => {
    const steps = market({ seed: 1, events: 2_000, bursts: 0.9, odd: { malformed: 0.05, duplicate: 0.05, late: 0.05 } })
    expect(steps).toEqual(
      market({ seed: 1, events: 2_000, bursts: 0.9, odd: { malformed: 0.05, duplicate: 0.05, late: 0.05 } }),
    )
    const times = steps.map(({ atMs }) => atMs)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(new Set(times).size).toBeLessThan(1_500)
    const ids = steps.map(({ input }) => (input as { id?: string } | null)?.id)
    expect(new Set(ids).size).toBeLessThan(1_950)
  })
})

describe('known bugs', () => {
  const some = [
    'one-permit-too-many',
    'lease-released-early',
    'retry-loses-an-event',
    'skipped-not-counted',
    'worker-lost-with-its-chunk',
  ]

  it.each(some)('%s is found', async (name) => {
    const mutants = MUTANTS.filter((mutant) => mutant.name === name)
    const seeds = Array.from({ length: 25 }, (_, index) => index + 1)
    const [result] = await runMutants({
      scenario: (seed) => swarm({ seed, events: 500, spanMs: 15_000 }),
      seeds,
      mutants,
    })
    expect(result).toMatchObject({ name, found: true })
  })

  it('there are at least fifteen, each with a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
    expect(MUTANTS.length).toBeGreaterThanOrEqual(15)
  })

  it('one is reduced to a few events and no fault that is not needed', async () => {
    const mutations = MUTANTS.find(({ name }) => name === 'strategy-forgotten-by-the-router')
    if (mutations === undefined) throw new Error('no such mutant')
    let shrunk: Awaited<ReturnType<typeof shrink>>
    for (let seed = 1; seed <= 3 && shrunk?.violation.oracle !== 'deliveries'; seed++)
      shrunk = await shrink(swarm({ seed, events: 300, spanMs: 5_000 }), { mutations, maxRuns: 100 })
    expect(shrunk?.violation.oracle).toBe('deliveries')
    expect(shrunk?.scenario.faults).toEqual([])
    expect(shrunk?.scenario.events.length).toBeLessThan(300)
  })
})

describe('reduction', () => {
  it('finds the two of a hundred items that fail together', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index)
    expect(await ddmin(items, async (left) => left.includes(17) && left.includes(80))).toEqual([17, 80])
    expect(await ddmin(items, async () => true)).toEqual([])
  })
})

describe('exit codes', () => {
  it('are 0 clean, 1 crash, 3 correctness, 4 liveness, and 3 for a mark or a bug that was missed', () => {
    const of = (kind: 'crash' | 'correctness' | 'liveness') => ({ kind, oracle: 'x', message: 'x', step: 1, atMs: 1 })
    expect(exitCodeOf([])).toBe(0)
    expect(exitCodeOf([of('liveness')])).toBe(4)
    expect(exitCodeOf([of('liveness'), of('correctness')])).toBe(3)
    expect(exitCodeOf([of('correctness'), of('crash')])).toBe(1)
    expect(exitCodeOfAll([], [], ['queue-full'])).toBe(3)
    expect(exitCodeOfAll([], [{ name: 'a', found: false, seeds: 1, by: null }])).toBe(3)
  })
})
