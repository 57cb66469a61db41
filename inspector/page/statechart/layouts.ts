import type { MachineDefinition } from '../../protocol.js'
import type { BoxRow } from './boxes.js'
import { layOut } from './elk.js'
import { type Direction, graphOf } from './graph.js'
import { fontReady, measure } from './measure.js'
import { type Chart, type ChartEdge, chartOf } from './model.js'
import { type Placed, placedOf } from './placed.js'

/** A statechart with everything in its place. */
export interface LaidOut {
  readonly chart: Chart
  readonly placed: Placed
  readonly rows: ReadonlyMap<string, readonly BoxRow[]>
  readonly edges: ReadonlyMap<string, ChartEdge>
}

const done = new Map<string, Promise<LaidOut>>()
async function make(machine: MachineDefinition, direction: Direction): Promise<LaidOut> {
  await fontReady()
  const chart = chartOf(machine)
  const { graph, rows, edges } = graphOf(chart, direction, measure)
  const placed = placedOf(await layOut(graph))
  return { chart, placed, rows, edges }
}

/**
 * Where everything of a machine goes: worked out once for each definition and direction.
 *
 * @throws {Error} where ELK cannot be loaded or fails; the next call tries again.
 */
export function layoutOf(machine: MachineDefinition, direction: Direction): Promise<LaidOut> {
  const key = `${machine.id} ${direction}`
  const before = done.get(key)
  if (before !== undefined) return before
  const made = make(machine, direction)
  done.set(key, made)
  made.catch(() => done.delete(key))
  return made
}
