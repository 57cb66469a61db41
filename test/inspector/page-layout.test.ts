import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Measure } from '../../inspector/page/statechart/boxes.js'
import { type ElkNode, graphOf } from '../../inspector/page/statechart/graph.js'
import { ancestry, chartOf, drawingOf } from '../../inspector/page/statechart/model.js'
import { type Box, type Placed, pathOf, placedOf } from '../../inspector/page/statechart/placed.js'
import { FakeProducer } from './fake.js'

/** About as wide as the page's font. */
const measure: Measure = (text, style) => text.length * (style === 'title' ? 7.4 : 6)

const overlap = (left: Box, right: Box): boolean =>
  left.x < right.x + right.width &&
  right.x < left.x + left.width &&
  left.y < right.y + right.height &&
  right.y < left.y + left.height

const { machines } = new FakeProducer().hello()
const cases = Object.keys(machines).flatMap((id) => [[id, 'RIGHT'] as const, [id, 'DOWN'] as const])

describe('the layout of statecharts', () => {
  let layOut: (graph: ElkNode) => Promise<ElkNode>

  beforeAll(() => {
    // The build for Node: the same ELK that the page runs in its worker.
    const Elk = createRequire(import.meta.url)('elkjs/lib/elk.bundled.js') as new () => {
      layout(graph: ElkNode): Promise<ElkNode>
    }
    const elk = new Elk()
    layOut = (graph) => elk.layout(graph)
  })

  async function placed(
    id: string,
    direction: 'RIGHT' | 'DOWN',
  ): Promise<{ chart: ReturnType<typeof chartOf>; placed: Placed }> {
    const machine = machines[id]
    if (machine === undefined) throw new Error(`there is no machine ${id}`)
    const chart = chartOf(machine)
    return { chart, placed: placedOf(await layOut(graphOf(chart, direction, measure).graph)) }
  }

  it.each(cases)('lets no label of %s lie on another or on a state, %s', async (id, direction) => {
    const { chart, placed: drawn } = await placed(id, direction)
    const labels = drawn.edges.flatMap(({ id: edge, label }) => (label === undefined ? [] : [[edge, label] as const]))
    const leaves = Object.entries(drawn.states).filter(([state]) => chart.states.get(state)?.states.length === 0)
    const collisions = labels.flatMap(([edge, label], index) => [
      ...labels
        .slice(index + 1)
        .filter(([, other]) => overlap(label, other))
        .map(([other]) => `${edge} on ${other}`),
      ...leaves.filter(([, box]) => overlap(label, box)).map(([state]) => `${edge} on ${state}`),
    ])
    expect(collisions).toEqual([])
  })

  it.each(cases)(
    'draws every state of %s inside its parent and every edge at right angles, %s',
    async (id, direction) => {
      const { chart, placed: drawn } = await placed(id, direction)
      for (const [state, parent] of chart.parents) {
        const [inner, outer] = [drawn.states[state], drawn.states[parent]]
        if (inner === undefined || outer === undefined) throw new Error(`${state} or ${parent} is not drawn`)
        expect(inner.x).toBeGreaterThanOrEqual(outer.x)
        expect(inner.y).toBeGreaterThanOrEqual(outer.y)
        expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width + 0.01)
        expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height + 0.01)
      }
      expect(drawn.edges.length).toBeGreaterThanOrEqual(drawingOf(chart).edges.length)
      for (const { points } of drawn.edges) {
        for (const [index, point] of points.entries()) {
          const before = points[index - 1]
          if (before !== undefined)
            expect(Math.min(Math.abs(before.x - point.x), Math.abs(before.y - point.y))).toBeLessThan(0.01)
        }
        expect(pathOf(points)).toMatch(/^M[\d.-]+ [\d.-]+/)
      }
    },
  )

  it.each(Object.keys(machines))('leaves no transition of %s out: each is on a line or listed in its state', (id) => {
    const machine = machines[id]
    if (machine === undefined) throw new Error(`there is no machine ${id}`)
    const chart = chartOf(machine)
    const { edges, listed } = drawingOf(chart)
    const shown = [...edges.flatMap(({ transitions }) => transitions), ...[...listed.values()].flat()]
    expect(new Set(shown.map(({ place }) => place)).size).toBe(machine.edges.length)
    for (const { source, target } of edges) expect(ancestry(chart, target)).not.toContain(source)
  })
})
