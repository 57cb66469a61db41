import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { z } from 'zod'
import { engineLogic, prepareEngine } from '../../actors/index.js'
import type { EngineOptions } from '../../actors/options.js'
import { defineEvent } from '../../src/index.js'
import { engineOn } from './support.js'

interface Said {
  readonly about: object
  readonly message: string
}

const recorder = () => {
  const warnings: Said[] = []
  const infos: Said[] = []
  const nothing = (): void => {}
  const into = (list: Said[]) => (about: object, message: string) => void list.push({ about, message })
  return { warnings, infos, logger: { debug: nothing, error: nothing, info: into(infos), warn: into(warnings) } }
}

/** What an engine of these options says at its start. */
const saidAtStart = async (options: EngineOptions) => {
  const { warnings, infos, logger } = recorder()
  const test = engineOn({ logger, ...options })
  expect(warnings).toEqual([])
  await test.start()
  const said = { warnings: [...warnings], infos: infos.filter(({ about }) => 'option' in about) }
  await test.during(test.engine.stop())
  expect(warnings).toHaveLength(said.warnings.length)
  return said
}

const warned = async (options: EngineOptions) => (await saidAtStart(options)).warnings.map(({ about }) => about)

const strategy = (name: string, ...types: string[]) => ({
  name,
  ...(types.length === 0 ? {} : { subscribe: { types } }),
  onEvent: () => {},
})
const limit = { ratePerSecond: 1 }

describe('a type that an option names and no engine knows', () => {
  it('is warned of at the start, once, with the path, the name and the known one that is nearest', async () => {
    const { warnings } = await saidAtStart({
      conflate: { qote: true },
      lanes: { 'order.fil': 'critical', trade: 'low' },
      ttlMs: { 'ordr.*': 1_000 },
    })
    expect(warnings.map(({ about }) => about)).toEqual([
      { option: 'lanes.order.fil', name: 'order.fil', nearest: 'order.fill' },
      { option: 'ttlMs.ordr.*', name: 'ordr.*', nearest: 'order.*' },
      { option: 'conflate.qote', name: 'qote', nearest: 'quote' },
    ])
    expect(warnings[2]?.message).toMatch(/^conflate\.qote: .*did you mean "quote"\?.*the option events/)
  })

  it('is warned of without a guess where none is near, and so is a pattern that fits no type', async () => {
    const { warnings } = await saidAtStart({ conflate: { 'wholly.unheard-of': true, 'wholly.*': { windowMs: 5 } } })
    expect(warnings.map(({ about }) => about)).toEqual([
      { option: 'conflate.wholly.unheard-of', name: 'wholly.unheard-of' },
      { option: 'conflate.wholly.*', name: 'wholly.*' },
    ])
    expect(warnings[0]?.message).not.toContain('did you mean')
  })

  it('is none of the catalogue’s, of the host’s, of what a strategy subscribes to by definition, or a pattern of these', async () => {
    const own = defineEvent({ type: 'own.tick', payload: z.object({ n: z.number() }) })
    const subscribed = defineEvent({ type: 'subscribed', payload: z.object({ n: z.number() }) })
    const lanes: EngineOptions['lanes'] = {
      quote: 'low',
      'order.*': 'critical',
      'own.tick': 'low',
      'own.*': 'normal',
      subscribed: 'low',
      '*': 'normal',
    }
    const by = { name: 's', subscribe: { types: [subscribed] }, onEvent: () => {} }
    expect(await warned({ events: [own], strategies: [by], lanes })).toEqual([])
  })

  it('comes to a hundred warnings at most, and a count of the rest', async () => {
    const conflate = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`unheard.t${at}`, true]))
    const warnings = await warned({ conflate })
    expect(warnings).toHaveLength(101)
    expect(warnings.at(-1)).toEqual({ more: 30 })
  })

  it('is warned of by an engine that a host spawns itself, however often it is asked to start', () => {
    const { warnings, logger } = recorder()
    const engine = prepareEngine({ logger, conflate: { qote: true } })
    createActor(engineLogic, { input: engine }).start()
    engine.start()
    engine.start()
    expect(warnings).toHaveLength(1)
    engine.stop(false, 100)
  })
})

describe('a strategy that rateLimits.strategies names and that is not there at the start', () => {
  it('is warned of where one that is there, and has no limit of its own, was most likely meant', async () => {
    const strategies = [strategy('momentum'), strategy('pairs')]
    const { warnings } = await saidAtStart({
      strategies,
      rateLimits: { strategies: { momentun: limit, pairs: limit } },
    })
    expect(warnings.map(({ about }) => about)).toEqual([
      { option: 'rateLimits.strategies.momentun', name: 'momentun', nearest: 'momentum' },
    ])
    expect(warnings[0]?.message).toContain('did you mean "momentum"?')
  })

  it('is taken for one that comes later where nothing is near, or what is near is another', async () => {
    const strategies = [strategy('momentum-1'), strategy('trend'), strategy('pairs')]
    const rateLimits = {
      strategies: { 'momentum-2': limit, trend2: limit, pears: limit, pairs: limit, carry: limit, '*': limit },
    }
    const { warnings, infos } = await saidAtStart({ strategies, rateLimits })
    expect(warnings).toEqual([])
    expect(infos.map(({ about }) => about)).toEqual(
      ['momentum-2', 'trend2', 'pears', 'carry'].map((name) => ({ option: `rateLimits.strategies.${name}`, name })),
    )
  })

  it('is known by a strategy that was added before the start', async () => {
    const { warnings, infos, logger } = recorder()
    const test = engineOn({ logger, rateLimits: { strategies: { momentum: limit } } })
    void test.engine.strategies.add(strategy('momentum'))
    await test.start()
    expect(warnings).toEqual([])
    expect(infos.filter(({ about }) => 'option' in about)).toEqual([])
    await test.during(test.engine.stop())
  })
})
