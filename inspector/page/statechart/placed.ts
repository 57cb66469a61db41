import type { ElkEdge, ElkNode, ElkPoint } from './graph.js'
import { INITIAL, ROOT } from './graph.js'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedEdge {
  readonly id: string
  /** From the source's border to the target's. */
  readonly points: readonly ElkPoint[]
  readonly label: Box | undefined
}

/** Where everything of a statechart is: all that a drawing needs, so that a layout can be kept and exported. Pixels. */
export interface Placed {
  readonly width: number
  readonly height: number
  readonly states: Readonly<Record<string, Box>>
  readonly dots: Readonly<Record<string, Box>>
  readonly edges: readonly PlacedEdge[]
}

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: ElkNode | Box): Box => ({ x, y, width, height })

function placedEdge({ id, sections = [], labels = [] }: ElkEdge): PlacedEdge {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
  const label = labels[0]
  return { id, points, label: label === undefined ? undefined : boxOf(label as Box) }
}

/** Reads ELK's answer, whose coordinates are all of the whole drawing. */
export function placedOf(graph: ElkNode): Placed {
  const states: Record<string, Box> = {}
  const dots: Record<string, Box> = {}
  const edges: PlacedEdge[] = []
  const visit = (node: ElkNode): void => {
    if (node.id.startsWith(ROOT)) states[node.id.slice(ROOT.length)] = boxOf(node)
    else if (node.id.startsWith(INITIAL)) dots[node.id.slice(INITIAL.length)] = boxOf(node)
    for (const edge of node.edges ?? []) edges.push(placedEdge(edge))
    for (const child of node.children ?? []) visit(child)
  }
  visit(graph)
  return { width: graph.width ?? 0, height: graph.height ?? 0, states, dots, edges }
}

/** A line through right angles, with its corners rounded. */
export function pathOf(points: readonly ElkPoint[], radius = 6): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x} ${first.y}`
  for (let at = 0; at < rest.length; at++) {
    const before = points[at]
    const here = rest[at]
    const after = rest[at + 1]
    if (before === undefined || here === undefined) break
    if (after === undefined) {
      path += `L${here.x} ${here.y}`
      break
    }
    const inLength = Math.hypot(here.x - before.x, here.y - before.y)
    const outLength = Math.hypot(after.x - here.x, after.y - here.y)
    const bend = Math.min(radius, inLength / 2, outLength / 2)
    if (bend < 0.5) {
      path += `L${here.x} ${here.y}`
      continue
    }
    const from = {
      x: here.x + ((before.x - here.x) * bend) / inLength,
      y: here.y + ((before.y - here.y) * bend) / inLength,
    }
    const to = {
      x: here.x + ((after.x - here.x) * bend) / outLength,
      y: here.y + ((after.y - here.y) * bend) / outLength,
    }
    path += `L${from.x} ${from.y}Q${here.x} ${here.y} ${to.x} ${to.y}`
  }
  return path
}
