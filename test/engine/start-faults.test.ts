import { describe, expect, it } from 'vitest'
import { type EngineOptions, isOutcryError, OutcryError, type StrategyDefinition } from '../../src/index.js'
import { VirtualEnvironment } from '../support/virtual-environment.js'
import { engineOn, expectNothingLeft, never, settledOn, trades, witness } from './support.js'

const boom = (): never => {
  throw new Error('boom')
}
const HOW = [
  ['throws', boom],
  ['rejects', () => Promise.reject(new Error('boom'))],
  ['hangs', never],
] as const

/** A strategy that has a timer from its start on, so that a failed start has something to leave behind. */
const ticking: StrategyDefinition = {
  name: 'ticking',
  onStart: ({ clock }) => {
    clock.setInterval(() => {}, 10)
  },
  onEvent: () => {},
}

async function* nothing(): AsyncGenerator<never> {}

const CASES: readonly (readonly [string, EngineOptions])[] = [
  ['state() throws', { strategies: [ticking, { name: 'bad', state: boom, onEvent: () => {} }] }],
  ...HOW.map(([how, onStart]): readonly [string, EngineOptions] => [
    `onStart ${how}`,
    { strategies: [ticking, { name: 'bad', onStart, onEvent: () => {} }] },
  ]),
  [
    'two strategies fail at once and a third is slow to stop',
    {
      restart: { maxRestarts: 0 },
      strategies: [
        { name: 'bad', state: boom, onEvent: () => {} },
        { name: 'worse', state: boom, onEvent: () => {} },
        ticking,
      ],
    },
  ],
  ...HOW.map(([how, open]): readonly [string, EngineOptions] => [
    `sink.open ${how}`,
    {
      strategies: [ticking],
      sinks: [
        { name: 'good', write: () => {} },
        { name: 'bad', open, write: () => {} },
      ],
    },
  ]),
  ...HOW.map(([how, prepare]): readonly [string, EngineOptions] => [
    `feed.prepare ${how}`,
    { strategies: [ticking], feeds: [{ name: 'bad', recorded: false, prepare, read: nothing }] },
  ]),
  [
    'two feeds fail at once',
    {
      strategies: [ticking],
      feeds: ['one', 'two'].map((name) => ({ name, recorded: false, prepare: boom, read: nothing })),
    },
  ],
]

describe('a start in which (row 3469)', () => {
  it.each(CASES)('%s fails, leaves nothing alive, and says why', async (name, options) => {
    const test = engineOn({ hookTimeoutMs: 1_000, startTimeoutMs: 10_000, ...options })
    const failure = await test.during(
      test.engine.start().then(
        () => undefined,
        (error: unknown) => error,
      ),
      30_000,
    )
    if (!isOutcryError(failure)) throw new Error(`It failed with ${String(failure)}.`)
    expect(failure.code).toBe('OUTCRY_START_FAILED')
    if (!name.includes('hangs')) expect(failure.cause).toEqual(new Error('boom'))
    else expect(failure.cause).toBeInstanceOf(OutcryError)
    expect(test.engine.state).toBe('failed')
    await expectNothingLeft(test)
    // It may be asked again, and says the same.
    await expect(test.engine.start()).rejects.toBe(failure)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('something failed is followed by a start of another engine with the same parts, mended (row 3469)', async () => {
    let broken = true
    const { seen, strategy } = witness()
    const options: EngineOptions = {
      restart: { maxRestarts: 0 },
      strategies: [
        strategy,
        {
          name: 'mended',
          onStart: () => {
            if (broken) boom()
          },
          onEvent: () => {},
        },
      ],
    }
    const one = engineOn(options)
    await expect(one.start()).rejects.toThrow('boom')
    broken = false
    const two = engineOn(options)
    await two.start()
    two.engine.offer(trades(1)[0] as never)
    await two.during(two.engine.drain())
    expect(seen).toEqual([0])
    await two.during(two.engine.stop())
    await expectNothingLeft(two)
  })

  it('the last part failed stops those before it in reverse, each once (row 3469)', async () => {
    const done: string[] = []
    const stops = (name: string): StrategyDefinition => ({
      name,
      onStop: () => void done.push(name),
      onEvent: () => {},
    })
    const test = engineOn({
      groupSize: 1,
      strategies: [stops('strategy')],
      sinks: [{ name: 'sink', write: () => {}, close: async () => void done.push('sink') }],
      feeds: [
        { name: 'good', recorded: false, prepare: async () => void done.push('prepared'), read: nothing },
        { name: 'bad', recorded: false, prepare: boom, read: nothing },
      ],
    })
    await expect(test.start()).rejects.toThrow('boom')
    expect(done).toEqual(['prepared', 'sink', 'strategy'])
    await expectNothingLeft(test)
  })

  it.each([
    ['a strategy', { strategies: [ticking, { name: 'hangs', onStart: never, onEvent: () => {} }] }],
    ['a sink', { strategies: [ticking], sinks: [{ name: 'hangs', open: never, write: () => {} }] }],
    ['a feed', { strategies: [ticking], feeds: [{ name: 'hangs', recorded: false, prepare: never, read: nothing }] }],
  ] satisfies readonly (readonly [string, EngineOptions])[])(
    '%s hangs for longer than the whole start leaves nothing alive (row 3469)',
    async (_, options) => {
      const stopped: string[] = []
      const hooked: StrategyDefinition = {
        name: 'hooked',
        onStop: () => void stopped.push('hooked'),
        onEvent: () => {},
      }
      const test = engineOn({
        startTimeoutMs: 500,
        hookTimeoutMs: 60_000,
        ...options,
        strategies: [hooked, ...options.strategies],
      })
      await expect(test.during(test.engine.start(), 30_000)).rejects.toMatchObject({ code: 'OUTCRY_START_FAILED' })
      expect(test.engine.state).toBe('failed')
      expect(stopped).toEqual(['hooked'])
      await expectNothingLeft(test)
    },
  )

  it('a strategy fails at first is tried again after growing waits, with fresh state each time', async () => {
    const at: number[] = []
    let made = 0
    const test = engineOn({
      restart: { backoffMs: 100 },
      strategies: [
        {
          name: 'shaky',
          state: () => {
            made += 1
            return {}
          },
          onStart: () => {
            at.push(test.environment.monotonic())
            if (at.length < 4) boom()
          },
          onEvent: () => {},
        },
      ],
    })
    await test.during(test.engine.start(), 10_000)
    expect(at.map((time) => time - (at[0] ?? 0))).toEqual([0, 100, 300, 700])
    expect(made).toBe(4)
    await test.during(test.engine.stop())
    await expectNothingLeft(test)
  })

  it('the environment fails to set the timer of a part stops those before it (row 3469)', async () => {
    const environment = new VirtualEnvironment()
    const watch = environment.watch.bind(environment)
    environment.watch = (callback, delayMs) => {
      if (delayMs === 777) throw new Error('boom')
      return watch(callback, delayMs)
    }
    const done: string[] = []
    const test = engineOn({
      environment,
      health: { intervalMs: 777 },
      strategies: [ticking, { name: 'hooked', onStop: () => void done.push('strategy'), onEvent: () => {} }],
      sinks: [{ name: 'sink', write: () => {}, close: async () => void done.push('sink') }],
    })
    const failed = settledOn(environment, test.engine.start(), 1_000)
    await expect(failed).rejects.toMatchObject({ code: 'OUTCRY_START_FAILED', cause: new Error('boom') })
    expect(test.engine.state).toBe('failed')
    expect(done).toEqual(['sink', 'strategy'])
    expect(test.engine.actors()).toEqual([])
    expect(environment.pending()).toBe(0)
  })

  it('a slow onStop runs to its end even if two strategies failed together', async () => {
    let stopped = false
    const test = engineOn({
      restart: { maxRestarts: 0 },
      strategies: [
        {
          name: 'slow',
          onStop: () =>
            new Promise<void>((resolve) => {
              test.environment.watch(() => {
                stopped = true
                resolve()
              }, 100)
            }),
          onEvent: () => {},
        },
        { name: 'bad', state: boom, onEvent: () => {} },
        { name: 'worse', state: boom, onEvent: () => {} },
      ],
    })
    const failed = test.engine.start().catch((error: unknown) => error)
    await test.during(failed, 1_000)
    expect(stopped).toBe(true)
    await expectNothingLeft(test)
  })
})
