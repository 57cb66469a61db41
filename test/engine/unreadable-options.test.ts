import { describe, expect, it } from 'vitest'
import {
  createEngine,
  csvFeed,
  defineEvent,
  defineStrategy,
  isOutcryError,
  memoryFeed,
  ndjsonFeed,
  ndjsonSink,
  replayFeed,
} from '../../src/index.js'

/** An object that throws however it is read. */
function gone(): never {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy as never
}

const OPTION = 'OUTCRY_OPTION_INVALID'
const handler = { name: 'a', onEvent: () => undefined }

const faces: readonly [string, string, string, () => unknown][] = [
  ['an engine', OPTION, '', () => createEngine(gone())],
  ['a group of options', OPTION, 'queue', () => createEngine({ queue: gone() })],
  ['a map of options', OPTION, 'lanes', () => createEngine({ lanes: gone() })],
  ['one entry of a map', OPTION, 'conflate.quote', () => createEngine({ conflate: { quote: gone() } })],
  ['a feed', OPTION, 'feeds.0', () => createEngine({ feeds: [gone()] })],
  ['a sink', OPTION, 'sinks.0', () => createEngine({ sinks: [gone()] })],
  ['a definition of an event', OPTION, 'events.0', () => createEngine({ events: [gone()] })],
  ['a logger', OPTION, 'logger', () => createEngine({ logger: gone() })],
  ['a strategy', 'OUTCRY_STRATEGY_INVALID', 'strategies.0', () => createEngine({ strategies: [gone()] })],
  [
    'a key of a strategy',
    'OUTCRY_STRATEGY_INVALID',
    'strategy.restart',
    () => defineStrategy({ ...handler, restart: gone() }),
  ],
  [
    'a breaker',
    OPTION,
    'breakers.a.window',
    () => createEngine({ strategies: [{ ...handler, breaker: { window: gone() } }] }),
  ],
  ['defineEvent', OPTION, '', () => defineEvent(gone())],
  ['csvFeed', OPTION, 'csvFeed.columns', () => csvFeed('x.csv', { columns: gone() })],
  ['ndjsonFeed', OPTION, 'ndjsonFeed', () => ndjsonFeed('x', gone())],
  ['memoryFeed', OPTION, 'memoryFeed', () => memoryFeed('x', [], gone())],
  ['ndjsonSink', OPTION, 'ndjsonSink', () => ndjsonSink('x', gone())],
  ['replayFeed', OPTION, 'replayFeed', () => replayFeed({ batches: async function* () {} }, gone())],
  ['halt', OPTION, 'halt', () => createEngine().halt(gone())],
  ['a filter of dead letters', OPTION, 'deadLetters.filter', () => createEngine().deadLetters.list(gone())],
  ['stop', OPTION, 'stop', () => createEngine().stop(gone())],
]

describe('options that cannot be read', () => {
  it.each(faces)('of %s are refused as %s at "%s"', async (_, code, path, ask) => {
    let thrown: unknown
    try {
      await ask()
    } catch (error) {
      thrown = error
    }
    expect(isOutcryError(thrown) && { code: thrown.code, path: thrown.path }).toEqual({ code, path })
  })

  it('are found behind a getter that throws', () => {
    const queue = {
      get capacity(): number {
        throw new Error('not now')
      },
    }
    expect(() => createEngine({ queue })).toThrow(/^option queue\.capacity .*it cannot be read: not now$/)
  })
})

describe("the journal's breaker", () => {
  it('is checked where there is no journal yet', () => {
    expect(() => createEngine({ journalling: { breaker: { failureRate: 7 } } })).toThrow(
      expect.objectContaining({ code: OPTION, path: 'journalling.breaker.failureRate', value: 7 }),
    )
  })

  it('may have a window smaller than the calls that its default asks for', () => {
    expect(() => createEngine({ journalling: { breaker: { window: { kind: 'count', size: 2 } } } })).not.toThrow()
  })
})
