import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { processorMs } from '../harness/clock.js'
import type { Settings } from '../harness/probe.js'
import { median } from '../harness/statistics.js'
import { createEngine, defineStrategy, type Engine, openInspector, trade } from '../outcry.js'
import { setting } from './setting.js'

export interface InspectorCost {
  readonly bareUs: number
  readonly attachedPercent: number
  readonly openPercent: number
}

const STRATEGIES = 10
const SYMBOLS = 100
const BATCH = 1_024

/** A page is another process: what it reads is not the engine's to pay for. */
const READER =
  'require("node:http").get(process.argv[1], (answer) => { process.stdout.write("open"); answer.resume() })'

const strategies = Array.from({ length: STRATEGIES }, (_, number) =>
  defineStrategy({
    name: `subscriber-${number}`,
    state: () => ({ last: new Map<string, number>(), seen: 0 }),
    onEvents(events, { state }) {
      for (const { symbol = '', payload } of events) {
        state.last.set(symbol, (payload as { readonly price: number }).price)
        state.seen += 1
      }
    },
  }),
)

const symbols = Array.from({ length: SYMBOLS }, (_, number) => `S${number}`)

/**
 * Processor time of one event, in microseconds, once the compiler has got used to what listens: a page
 * is looked at for minutes.
 */
async function cost(engine: Engine, events: number): Promise<number> {
  await play(engine, events / 2)
  const begin = processorMs()
  await play(engine, events)
  return ((processorMs() - begin) * 1_000) / events
}

async function play(engine: Engine, events: number): Promise<void> {
  for (let from = 0; from < events; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, events - from) }, (_, at) =>
      trade({ symbol: symbols[(from + at) % SYMBOLS] ?? '', price: at + 1, size: 1 }),
    )
    await engine.publishAll(batch)
  }
  await engine.drain()
}

/**
 * One engine; each round it works without an inspector, with one that nobody looks at, and with a page
 * open, in turn, so that what the machine does meanwhile falls on all three alike.
 */
export const inspector = async (settings: Settings): Promise<InspectorCost> => {
  const events = setting(settings, 'events')
  const rounds = setting(settings, 'rounds')
  const engine = createEngine({ strategies })
  await engine.start()
  const kinds = {
    bare: () => cost(engine, events),
    async attached() {
      const inspector = await openInspector(engine)
      const taken = await cost(engine, events)
      await inspector.close()
      return taken
    },
    async open() {
      const inspector = await openInspector(engine)
      const page = spawn(process.execPath, ['-e', READER, inspector.url.replace('/?', '/api/stream?')])
      await once(page.stdout, 'data')
      const taken = await cost(engine, events)
      page.kill()
      await inspector.close()
      return taken
    },
  } as const
  const names = ['bare', 'attached', 'open'] as const
  const bare: number[] = []
  const attached: number[] = []
  const open: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const taken = { bare: 0, attached: 0, open: 0 }
    // Who goes first has the worse end of the garbage collector's bargain: it goes around.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length] ?? 'bare'
      taken[name] = await kinds[name]()
    }
    // The first round pays for the compiler.
    if (round === 0) continue
    bare.push(taken.bare)
    attached.push(taken.attached / taken.bare)
    open.push(taken.open / taken.bare)
  }
  await engine.stop()
  const percent = (ratios: readonly number[]): number => (median(ratios) - 1) * 100
  return { bareUs: median(bare), attachedPercent: percent(attached), openPercent: percent(open) }
}
