import elkModule, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js'
import type { EdgeDefinition, MachineDefinition, StateDefinition } from '../../inspector/protocol.js'

const TITLE_PX = 13
const LABEL_PX = 11
/** Wide enough for the usual sans-serif faces: a label must not be cut. */
const CHARACTER = 0.6
const LINE = 14
const START = '…start'

const STYLE = [
  'text{font:11px system-ui,sans-serif;fill:#57606a}',
  '.state{fill:#f6f8fa;stroke:#8c959f}.group{fill:none;stroke:#afb8c1}.final{stroke-width:3}',
  '.name{font:600 13px system-ui,sans-serif;fill:#1f2328}.edge{fill:none;stroke:#6e7781}.dot{fill:#6e7781}',
  '@media(prefers-color-scheme:dark){text{fill:#8b949e}.state{fill:#161b22;stroke:#6e7681}.group{stroke:#484f58}',
  '.name{fill:#e6edf3}.edge{stroke:#8b949e}.dot{fill:#8b949e}}',
].join('')

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const width = (text: string, px: number): number => Math.ceil(text.length * px * CHARACTER)
const round = (value = 0): number => Math.round(value)

const wordsOf = ({ event, guard }: EdgeDefinition): string => (guard === undefined ? event : `${event} [${guard}]`)

function nodeOf(state: StateDefinition): ElkNode {
  const title = width(state.key, TITLE_PX) + 24
  if (state.states.length === 0) return { id: state.id, width: Math.max(72, title), height: 34 }
  const start: ElkNode[] = state.initial === undefined ? [] : [{ id: `${state.id}${START}`, width: 10, height: 10 }]
  return {
    id: state.id,
    children: [...start, ...state.states.map(nodeOf)],
    layoutOptions: {
      'elk.padding': '[top=34,left=16,bottom=16,right=16]',
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${title},60)`,
    },
  }
}

function edgesOf({ root, edges }: MachineDefinition): ElkExtendedEdge[] {
  const found = new Map<string, { from: string; to: string; words: string[] }>()
  for (const edge of edges) {
    // An edge of the machine as a whole leaves every state: it is written down once, below.
    if (edge.source === root.id) continue
    for (const to of edge.targets) {
      const key = `${edge.source}\n${to}`
      const known = found.get(key) ?? { from: edge.source, to, words: [] }
      known.words.push(wordsOf(edge))
      found.set(key, known)
    }
  }
  const starts: ElkExtendedEdge[] = []
  const visit = (state: StateDefinition): void => {
    if (state.initial !== undefined)
      starts.push({ id: `${state.id}${START}`, sources: [`${state.id}${START}`], targets: [state.initial] })
    for (const child of state.states) visit(child)
  }
  visit(root)
  const drawn = [...found.values()].map(({ from, to, words }, place) => ({
    id: `edge-${place}`,
    sources: [from],
    targets: [to],
    labels: [...new Set(words)].map((text) => ({ text, width: width(text, LABEL_PX), height: LINE })),
  }))
  return [...starts, ...drawn]
}

function drawStates(node: ElkNode, states: ReadonlyMap<string, StateDefinition>, lines: string[]): void {
  const [x, y, w, h] = [node.x, node.y, node.width, node.height].map(round)
  const state = states.get(node.id)
  if (node.id.endsWith(START)) lines.push(`<circle class="dot" cx="${(x ?? 0) + 5}" cy="${(y ?? 0) + 5}" r="5"/>`)
  else if (state !== undefined) {
    const kind = state.states.length > 0 ? 'group' : 'state'
    const final = state.type === 'final' ? ' final' : ''
    lines.push(`<rect class="${kind}${final}" x="${x}" y="${y}" width="${w}" height="${h}" rx="8"/>`)
    lines.push(`<text class="name" x="${(x ?? 0) + 12}" y="${(y ?? 0) + 22}">${escaped(state.key)}</text>`)
  }
  for (const child of node.children ?? []) drawStates(child, states, lines)
}

function drawEdge(edge: ElkExtendedEdge, lines: string[]): void {
  for (const { startPoint, endPoint, bendPoints = [] } of edge.sections ?? []) {
    const points = [startPoint, ...bendPoints, endPoint].map(({ x, y }) => `${round(x)} ${round(y)}`)
    lines.push(`<path class="edge" marker-end="url(#arrow)" d="M${points.join(' L')}"/>`)
  }
  for (const { text = '', x, y } of edge.labels ?? [])
    lines.push(`<text x="${round(x)}" y="${round(y) + 11}">${escaped(text)}</text>`)
}

/** A statechart as an SVG image: laid out by ELK, with states nested and edges at right angles. */
export async function statechartSvg(machine: MachineDefinition): Promise<string> {
  const states = new Map<string, StateDefinition>()
  const visit = (state: StateDefinition): void => {
    states.set(state.id, state)
    for (const child of state.states) visit(child)
  }
  visit(machine.root)
  // It is CommonJS, whose types name the class a default that Node does not unwrap.
  const Elk = elkModule as unknown as typeof elkModule.default
  const elk = new Elk()
  const given: ElkNode = {
    id: '…canvas',
    children: [nodeOf(machine.root)],
    edges: edgesOf(machine),
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'DOWN',
      'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.edgeLabels.placement': 'CENTER',
      'elk.json.edgeCoords': 'ROOT',
      'elk.json.shapeCoords': 'ROOT',
      'elk.layered.spacing.nodeNodeBetweenLayers': '40',
      'elk.spacing.nodeNode': '32',
      'elk.spacing.edgeLabel': '4',
      'elk.padding': '[top=8,left=8,bottom=8,right=8]',
    },
  }
  const graph: ElkNode = await elk.layout(given)
  const anywhere = machine.edges
    .filter(({ source, targets }) => source === machine.root.id && targets.length > 0)
    .map((edge) => `from any state: ${wordsOf(edge)} → ${edge.targets.join(', ')}`)
  const lines: string[] = []
  drawStates(graph, states, lines)
  for (const edge of graph.edges ?? []) drawEdge(edge, lines)
  const below = round(graph.height) + 16
  for (const [place, text] of anywhere.entries())
    lines.push(`<text x="12" y="${below + place * LINE}">${escaped(text)}</text>`)
  const [w, h] = [
    Math.max(round(graph.width), ...anywhere.map((text) => width(text, LABEL_PX) + 24)),
    below + anywhere.length * LINE,
  ]
  const arrow =
    '<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="dot" d="M0 0L8 4L0 8z"/></marker>'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="statechart ${machine.id}">`,
    `<style>${STYLE}</style><defs>${arrow}</defs>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}
