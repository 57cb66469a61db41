import { probe } from '../harness/probe.js'
import { type Floor, PARTS } from '../probes/floor.js'
import { figures } from './figures.js'
import type { Row } from './row.js'

const TITLES: Readonly<Record<(typeof PARTS)[number], string>> = {
  queue: 'rate with a queue and chunks, of the loop',
  records: '… and accepted events and a look at their symbol',
  ids: '… and ids looked up among 65,536',
  turns: '… and turns of the event loop: the floor of a batch',
  clock: '… and a look at the clock an event',
  promises: '… and a receipt and a promise that is awaited: the floor of single events',
}

const WANTED = PARTS.map((name) => ({ name, title: TITLES[name], digits: 3 }))

/** What the parts of a publish cost by themselves: nothing that has them all can be a greater part of the loop. */
export const floor: Row = {
  name: 'floor',
  title: 'a plain loop with the parts of a publish added one by one, of the bare loop',
  figures: WANTED,
  async run({ short, runs, progress }) {
    const events = short ? 100_000 : 500_000
    const measured: Record<string, number>[] = []
    for (let run = 1; run <= runs; run += 1) {
      progress(`floor: run ${run} of ${runs}`)
      const ratios: Record<string, number> = {}
      for (const [at, name] of PARTS.entries()) {
        // The bare loop once before each, as a machine drifts within seconds.
        const bare = await probe<Floor>('floor', { events, parts: 0 })
        const { eventUs } = await probe<Floor>('floor', { events, parts: at + 1 })
        ratios[name] = bare.eventUs / eventUs
      }
      measured.push(ratios)
    }
    return figures(WANTED, measured)
  },
}
