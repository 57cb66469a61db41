import type { StateDefinition } from '../../protocol.js'
import { type BoxRow, boxSize, LABEL_HEIGHT, labelText, type Measure, rowsOf } from './boxes.js'
import { type Chart, type ChartEdge, drawingOf } from './model.js'

/** The part of ELK's JSON format that is used here. Lengths in pixels. */
export interface ElkNode {
  id: string
  x?: number
  y?: number
  width?: number
  height?: number
  children?: ElkNode[]
  edges?: ElkEdge[]
  layoutOptions?: Record<string, string>
}

export interface ElkPoint {
  readonly x: number
  readonly y: number
}

export interface ElkEdge {
  id: string
  sources: string[]
  targets: string[]
  labels?: {
    id: string
    text: string
    width: number
    height: number
    x?: number
    y?: number
    layoutOptions?: Record<string, string>
  }[]
  sections?: { startPoint: ElkPoint; endPoint: ElkPoint; bendPoints?: ElkPoint[] }[]
}

export type Direction = 'RIGHT' | 'DOWN'

export const ROOT = '#'
/** Marks the dot from which the line to an initial state starts. */
export const INITIAL = 'initial:'

export interface ChartGraph {
  readonly graph: ElkNode
  readonly rows: ReadonlyMap<string, readonly BoxRow[]>
  readonly edges: ReadonlyMap<string, ChartEdge>
}

const OPTIONS: Readonly<Record<string, string>> = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.thoroughness': '10',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '6',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
}

/** Each compound state needs the options of its own again: ELK hands none of them down. */
const inside = (direction: Direction): Record<string, string> => ({ ...OPTIONS, 'elk.direction': direction })

export function graphOf(chart: Chart, direction: Direction, measure: Measure): ChartGraph {
  const { edges, listed } = drawingOf(chart)
  const rows = new Map<string, readonly BoxRow[]>()
  const lines: ElkEdge[] = []

  const nodeOf = (state: StateDefinition): ElkNode => {
    const own = state === chart.machine.root ? [] : rowsOf(chart, state, listed.get(state.id) ?? [])
    rows.set(state.id, own)
    const { width, height } = boxSize(state, own, measure)
    const id = `${ROOT}${state.id}`
    if (state.states.length === 0) return { id, width, height }
    const children = state.states.map(nodeOf)
    if (state.type === 'compound' && state.initial !== undefined) {
      const dot = `${INITIAL}${state.id}`
      children.unshift({ id: dot, width: 10, height: 10 })
      lines.push({ id: dot, sources: [dot], targets: [`${ROOT}${state.initial}`] })
    }
    const top = state === chart.machine.root ? 12 : height + 8
    return {
      id,
      children,
      layoutOptions: {
        ...inside(direction),
        'elk.padding': `[top=${top},left=14,bottom=14,right=14]`,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${width},${height})`,
      },
    }
  }

  const root = nodeOf(chart.machine.root)
  for (const { id, source, target, transitions } of edges) {
    // One block a line of text: ELK reserves its room as a whole, so labels cannot come to lie on each other.
    const texts = transitions.map(labelText)
    const width = Math.ceil(Math.max(...texts.map((text) => measure(text, 'small'))) + 12)
    const label = {
      id: `label:${id}`,
      text: texts.join('\n'),
      width,
      height: texts.length * LABEL_HEIGHT + 4,
      layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
    }
    lines.push({ id, sources: [`${ROOT}${source}`], targets: [`${ROOT}${target}`], labels: [label] })
  }
  return {
    graph: { id: 'chart', layoutOptions: inside(direction), children: [root], edges: lines },
    rows,
    edges: new Map(edges.map((edge) => [edge.id, edge])),
  }
}
