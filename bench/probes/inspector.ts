import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Settings } from '../harness/probe.js'
import { ratios, rotate } from '../harness/rotation.js'
import { median } from '../harness/statistics.js'
import { cost, keepers } from '../load/cost.js'
import { createEngine, openInspector } from '../outcry.js'
import { setting } from './setting.js'

export interface InspectorCost {
  readonly bareUs: number
  readonly attachedPercent: number
  readonly openPercent: number
}

/** A page is another process: what it reads is not the engine's to pay for. */
const READER =
  'require("node:http").get(process.argv[1], (answer) => { process.stdout.write("open"); answer.resume() })'

/**
 * One engine; each round it works without an inspector, with one that nobody looks at, and with a page
 * open, in turn, so that what the machine does meanwhile falls on all three alike.
 */
export const inspector = async (settings: Settings): Promise<InspectorCost> => {
  const events = setting(settings, 'events')
  const rounds = setting(settings, 'rounds')
  const engine = createEngine({ strategies: keepers })
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
  }
  const { bare, attached, open } = await rotate(kinds, rounds)
  await engine.stop()
  const percent = (taken: readonly number[]): number => (median(ratios(taken, bare)) - 1) * 100
  return { bareUs: median(bare), attachedPercent: percent(attached), openPercent: percent(open) }
}
