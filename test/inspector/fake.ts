import type { AnyStateMachine } from 'xstate'
import { definitionOf } from '../../inspector/definition.js'
import type {
  Action,
  ActionAnswer,
  ActorChange,
  ActorDetail,
  ActorFigures,
  ActorKind,
  ActorRow,
  Batch,
  ChartPoint,
  DeadLetterList,
  DeadLetterRow,
  EventView,
  Hello,
  MachineDefinition,
  Message,
  Overview,
  SequencePage,
  StateDefinition,
} from '../../inspector/protocol.js'
import * as machines from '../../machines/index.js'

/**
 * What an inspector's server would say of a made-up engine, with the real statecharts: for building
 * and testing the page without an engine. It follows from its seed and the times that it is given.
 */
export class FakeProducer {
  private readonly machines: Record<string, MachineDefinition> = {}
  private readonly actors: { row: ActorRow; visits: number[] }[] = []
  private readonly letters: DeadLetterRow[] = []
  private sequence = 0
  private accepted = 1_000
  private seed: number
  private message = 0

  constructor(
    private readonly options: { readonly strategies?: number; readonly seed?: number; readonly nowMs?: number } = {},
  ) {
    this.seed = options.seed ?? 1
    for (const machine of Object.values(machines)) {
      if (!('root' in machine)) continue
      const definition = definitionOf(machine as unknown as AnyStateMachine).machine
      this.machines[definition.id] = definition
    }
    const engine = this.add('engine', undefined, 'engine', 'engine')
    for (const part of ['deadLetters', 'sinks', 'supervisor', 'health', 'feeds'])
      this.add(part, engine, part === 'deadLetters' ? 'shelf' : part, 'part')
    const breakers = this.add('breakers', engine, 'shelf', 'part')
    const roster = this.add('strategies', engine, 'strategies', 'part')
    for (let index = 0; index < 4; index++) this.add(`worker-${index + 1}`, engine, 'worker', 'worker')
    let group = roster
    for (let index = 0; index < (options.strategies ?? 30); index++) {
      if (index % 10 === 0) group = this.add(`group-${index / 10 + 1}`, roster, 'strategyGroup', 'group')
      this.add(`momentum-${index + 1}`, group, 'strategy', 'strategy')
      this.add(`breaker:momentum-${index + 1}`, breakers, 'breaker', 'breaker')
    }
    for (let index = 0; index < 60; index++) this.letters.push(this.letter(index))
  }

  hello(at = this.options.nowMs ?? 1_700_000_000_000): Hello {
    return {
      protocol: 1,
      mode: 'live',
      run: `fake-${this.options.seed ?? 1}`,
      version: '0.1.0',
      at,
      clock: at,
      since: at - 60_000,
      allowActions: true,
      intervalMs: 100,
      machines: this.machines,
      actors: this.actors.map(({ row }) => row),
      figures: this.actors.map(({ row }) => this.figures(row)),
      series: Array.from({ length: 60 }, (_, index) => this.point(at - (60 - index) * 1_000)),
      overview: this.overview(at),
    }
  }

  batch(at: number): Batch {
    const changed: ActorChange[] = []
    const edges: number[] = []
    for (let index = 0; index < this.actors.length; index++) {
      const actor = this.actors[index]
      const machine = this.machines[actor?.row.machine ?? '']
      if (actor === undefined || machine === undefined || this.random() > 0.3) continue
      const leaving = machine.edges
        .map((edge, place) => ({ edge, place }))
        .filter(({ edge }) => actor.row.state.some((state) => `${state}.`.startsWith(`${edge.source}.`)))
      const taken = leaving[Math.floor(this.random() * leaving.length)]
      if (taken === undefined) continue
      const count = 1 + Math.floor(this.random() * 20)
      actor.visits[taken.place] = (actor.visits[taken.place] ?? 0) + count
      edges.push(actor.row.actor, taken.place, count)
      const target = taken.edge.targets[0]
      if (target === undefined) continue
      const state = leavesOf(machine.root, target)
      actor.row = { ...actor.row, state, since: at }
      changed.push({
        actor: actor.row.actor,
        state,
        status: 'active',
        since: at,
        edge: taken.place,
        event: taken.edge.event,
      })
    }
    this.accepted += 10_000
    this.sequence += 1
    return {
      sequence: this.sequence,
      at,
      clock: at,
      changed,
      edges,
      unhandled: this.random() < 0.1 ? [{ actor: this.actors.length - 1, event: 'strategy.release', count: 1 }] : [],
      figures: this.actors.filter(() => this.random() < 0.5).map(({ row }) => this.figures(row)),
      ...(this.sequence % 10 === 0 ? { series: [this.point(at)] } : {}),
      overview: this.overview(at),
      facts: this.random() < 0.05 ? [{ at, kind: 'fault', text: 'a listener threw', path: 'engine' }] : [],
      skipped: {
        steps: Math.floor(this.random() * 100),
        messages: Math.floor(this.random() * 1_000),
        changes: 0,
        facts: 0,
      },
    }
  }

  actor(number: number, at: number): ActorDetail | undefined {
    const actor = this.actors[number - 1]
    if (actor === undefined) return undefined
    const { row, visits } = actor
    return {
      actor: row.actor,
      path: row.path,
      at,
      state: row.state,
      status: row.status,
      context: { name: row.name, restarts: 0, runtime: { generation: 1, apiKey: '[redacted]', self: '[cycle]' } },
      contextLeftOut: 2,
      visits: Array.from(
        { length: this.machines[row.machine ?? '']?.edges.length ?? 0 },
        (_, place) => visits[place] ?? 0,
      ),
      dwellMs: Object.fromEntries(row.state.map((state) => [state, at - row.since])),
      steps: row.state.map((state) => ({
        step: 1,
        at,
        event: 'chunk.deliver',
        from: undefined,
        edges: [0],
        state: [state],
      })),
      figures: this.figures(row),
      ...(row.kind === 'breaker'
        ? {
            breaker: {
              name: row.name,
              state: 'closed',
              calls: 100,
              failureRate: 0.12,
              slowCallRate: 0,
              openings: 1,
              retryAfterMs: undefined,
            },
          }
        : {}),
    }
  }

  sequencePage(after: number, at: number): SequencePage {
    const messages: Message[] = []
    for (let index = 0; index < 20; index++) {
      const from = this.actors[Math.floor(this.random() * this.actors.length)]
      const to = this.actors[Math.floor(this.random() * this.actors.length)]
      if (from === undefined || to === undefined) continue
      this.message += 1
      messages.push({ message: this.message, at, from: from.row.actor, to: to.row.actor, event: 'chunk.deliver' })
    }
    const cause = this.event(after + 1, 'news', at)
    const signal = { ...this.event(after + 2, 'signal', at), causationId: cause.id }
    return {
      last: this.message,
      messages,
      chains: [{ at, cause, causeId: cause.id, strategy: 'momentum-1', signal }],
      skipped: 12,
    }
  }

  deadLetters(offset: number, limit: number): DeadLetterList {
    return { total: this.letters.length, offset, letters: this.letters.slice(offset, offset + limit) }
  }

  act({ action }: Action): ActionAnswer {
    if (action === 'deadLetters.discard') return { ok: true, result: { discarded: this.letters.splice(0, 1).length } }
    return { ok: true, result: {} }
  }

  private add(name: string, parent: ActorRow | undefined, machine: string, kind: ActorKind): ActorRow {
    const root = this.machines[machine]?.root
    const row: ActorRow = {
      actor: this.actors.length + 1,
      path: parent === undefined ? name : `${parent.path}/${name}`,
      name,
      parent: parent?.actor,
      machine: root === undefined ? undefined : machine,
      kind,
      state: root === undefined ? [] : leavesOf(root, root.id),
      status: 'active',
      since: this.options.nowMs ?? 1_700_000_000_000,
    }
    this.actors.push({ row, visits: [] })
    return row
  }

  private figures({ actor, kind, name }: ActorRow): ActorFigures {
    if (kind === 'engine') return { actor, depth: Math.floor(this.random() * 2_000), eventsPerSecond: 100_000 }
    if (kind === 'breaker') return { actor, breaker: 'closed' }
    if (kind !== 'strategy') return { actor }
    return {
      actor,
      depth: Math.floor(this.random() * 50),
      eventsPerSecond: Math.round(this.random() * 10_000),
      p99Ms: Math.round(this.random() * 1_000) / 1_000,
      restarts: name.endsWith('7') ? 3 : 0,
      delivered: this.accepted,
      failed: Math.floor(this.random() * 10),
      skipped: 0,
      signals: Math.floor(this.random() * 100),
      breaker: 'closed',
      unhandled: 0,
    }
  }

  private overview(at: number): Overview {
    const { accepted } = this
    const account = {
      published: accepted + 12,
      invalid: 2,
      duplicate: 10,
      refused: 0,
      accepted,
      settled: accepted - 900,
      conflated: 0,
      expired: 0,
      evicted: 0,
      abandoned: 0,
      queued: 644,
      inFlight: 256,
      late: 3,
    }
    const none = {
      ...account,
      published: 40,
      invalid: 0,
      duplicate: 0,
      accepted: 40,
      settled: 40,
      queued: 0,
      inFlight: 0,
    }
    const held = this.letters.length
    return {
      state: 'running.flowing',
      queue: { depth: 644, highWater: 2_048, capacity: 65_536 },
      ledger: {
        events: account,
        derived: none,
        deliveries: {
          due: accepted * 10,
          succeeded: accepted * 10 - held - 2_560,
          deadLettered: held,
          skipped: 0,
          abandoned: 0,
          inFlight: 2_560,
        },
        deadLetters: { entered: 60, held, redriven: 0, discarded: 60 - held, evicted: 0 },
      },
      health: {
        status: 'degraded',
        reasons: [
          {
            code: 'error-rate',
            severity: 'degraded',
            message: '6 % of the deliveries of the last 10 s failed.',
            since: at - 4_000,
            value: 0.06,
            threshold: 0.05,
          },
        ],
      },
      halts: [],
      breakers: { closed: 29, open: 1, halfOpen: 0, isolated: 0, disabled: 0 },
      latencyMs: { p50: 0.12, p99: 0.9, max: 14 },
      signals: 40,
      heapUsedMb: 48,
      loopDelayMs: 0.4,
    }
  }

  private point(at: number): ChartPoint {
    const wave = 1 + Math.sin(at / 7_000)
    return {
      at,
      accepted: Math.round(50_000 * wave),
      settled: Math.round(49_900 * wave),
      signals: Math.round(40 * wave),
      depth: Math.round(900 * wave),
      deadLettersEntered: this.random() < 0.2 ? 1 : 0,
      deadLettersHeld: this.letters.length,
      latency: Array.from({ length: 14 }, (_, bucket) => Math.round(1_000 * Math.exp(-((bucket - 7 - wave) ** 2) / 3))),
    }
  }

  private letter(index: number): DeadLetterRow {
    const at = (this.options.nowMs ?? 1_700_000_000_000) - index * 1_000
    return {
      id: `letter-${index + 1}`,
      at,
      reason: ['poison', 'timeout', 'breaker-open'][index % 3] ?? 'poison',
      strategy: `momentum-${(index % 20) + 1}`,
      error: `no price for symbol ${index % 7}`,
      attempts: 3,
      event: this.event(index + 1, index % 4 === 0 ? 'news' : 'trade', at),
    }
  }

  private event(sequence: number, type: string, at: number): EventView {
    return {
      sequence,
      id: `${type}-${sequence}`,
      type,
      source: 'fake',
      symbol: 'AAPL',
      symbols: ['AAPL'],
      timestamp: at,
      receivedAt: at,
      causationId: undefined,
      correlationId: undefined,
      payload: type === 'news' ? { headline: 'Apple beats estimates' } : { price: 187.2, size: 100 },
    }
  }

  /** Mulberry32, by Tommy Ettinger: enough for a picture. */
  private random(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The innermost states that are active once a state has been entered. */
function leavesOf(root: StateDefinition, id: string): string[] {
  const find = (state: StateDefinition): StateDefinition | undefined =>
    state.id === id ? state : state.states.map(find).find((found) => found !== undefined)
  const leaves = (state: StateDefinition): string[] => {
    if (state.states.length === 0) return [state.id]
    if (state.type === 'parallel') return state.states.flatMap(leaves)
    const initial = state.states.find((child) => child.id === state.initial)
    return initial === undefined ? [state.id] : leaves(initial)
  }
  const state = find(root)
  return state === undefined ? [] : leaves(state)
}
