import { readFileSync } from 'node:fs'
import { createEngine, defineStrategy, type SignalEvent, signal } from 'outcry'
import { describeFailure, MUTANTS, simulate } from 'outcry/simulation'
import { expect, it } from 'vitest'

const mine = defineStrategy({
  name: 'mine',
  subscribe: { types: ['trade'] },
  onEvent: (event) => signal({ symbol: event.symbol ?? 'AAPL', side: 'buy', strength: 0.5, cause: event }),
})
const isWrong = ({ payload }: SignalEvent): boolean => payload.side === 'sell'

// The example of docs/simulation.md, word for word: it is compiled with all tests, and run here.
it('never buys what is halted', async () => {
  const report = await simulate({
    seeds: 50,
    createEngine: (environment) => createEngine({ environment, strategies: [mine] }),
    events: { events: 1_000, symbols: 8, odd: { late: 0.05, duplicate: 0.02 } },
    faults: ['stall', 'pause', 'restart'],
    invariants: [
      (engine, fail) => {
        engine.on('signal', (signal) => {
          if (isWrong(signal)) fail(`${signal.symbol} must not be bought`)
        })
      },
    ],
  })
  expect(describeFailure(report)).toBe('')
}, 120_000)

const guide = (): string => readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8')

it('the guide says how many known bugs there are', () => {
  expect(guide()).toContain(` puts ${MUTANTS.length} known bugs into `)
})

it('the guide shows the example that is run here', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(guide()) ?? []
  const [imports, body] = (shown ?? '').split(/\n\n(?=it\()/)
  const here = readFileSync(new URL(import.meta.url), 'utf8')
  expect(body).toContain('simulate({')
  expect(here).toContain(body?.trim())
  for (const line of (imports ?? '').split('\n')) {
    const [, names, from] = /^import \{ (.*) \} from (.*)$/.exec(line) ?? []
    const own = here.split('\n').find((other) => other.endsWith(` from ${from}`))
    for (const name of (names ?? line).split(', ')) expect(own).toContain(name)
  }
})
