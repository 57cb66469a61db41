import { Chance } from './chance.js'
import { market, symbolOf } from './inputs.js'
import type { Fault, Scenario, StrategyPlan } from './scenario.js'
import { engineOptions, restart, spread } from './swarm-options.js'

/** The classes of faults; swarm testing draws for each seed which of them are on at all. */
export const FAULT_KINDS = [
  'handler',
  'start',
  'sink',
  'listener',
  'logger',
  'inspector',
  'feed',
  'clock',
  'stall',
  'pause',
  'halt',
  'strategy',
  'restart',
  'journal',
  'crash',
  'breaker',
  'redrive',
  'discard',
  'visitor',
] as const satisfies readonly Fault['kind'][]
export type FaultKind = (typeof FAULT_KINDS)[number]

/** Faults of what an engine is given, which a run makes for its own engine alone: yours brings its own. */
export const OWN_RUN_FAULTS = ['sink', 'logger', 'inspector', 'feed', 'journal', 'crash'] as const
/** Faults that can befall an engine of yours. */
export type HostFaultKind = Exclude<FaultKind, (typeof OWN_RUN_FAULTS)[number]>

export interface SwarmOptions {
  readonly seed: number
  /** Records of the input. Default 2,000. */
  readonly events?: number
  /** Virtual time that the input is spread over. Milliseconds; default 30,000. */
  readonly spanMs?: number
  /** Fault classes that may be on; default all. */
  readonly faults?: readonly FaultKind[]
}

const SPAN_MS = 30_000
/** Synchronous ones twice, as awaiting costs the most of a run. */
const FORMS: readonly StrategyPlan['form'][] = [
  'onEvent',
  'onEvents',
  'onEvent',
  'onEvents',
  'transactional',
  'asyncEvent',
  'asyncEvents',
]
const TYPES = [
  ['trade'],
  ['trade', 'quote'],
  ['news'],
  ['trading.*', 'news'],
  ['bar', 'trade'],
  ['signal', 'news'],
  ['feed.*'],
]

function strategies(chance: Chance): StrategyPlan[] {
  return Array.from({ length: chance.whole(2, 5) }, (_, index) => {
    const types = chance.once(0.6) ? chance.pick(TYPES) : undefined
    return {
      name: `s${index + 1}`,
      form: chance.pick(FORMS),
      ...(types === undefined ? {} : { types }),
      ...(chance.once(0.3) ? { symbols: [symbolOf(chance.whole(0, 3)), symbolOf(chance.whole(4, 7))] } : {}),
      retry: chance.pick([0, 0, 1, 3]),
      signalEvery: chance.pick([0, 3, 10]),
      publishEvery: chance.pick([0, 0, 25]),
      timerEvery: chance.pick([0, 4, 40]),
      // Those that are long outlive the incarnation that set them.
      ...(chance.once(0.6) ? { timerMs: spread(chance, 200, 4_000) } : {}),
      awaitMs: chance.pick([0, 1, 10]),
      ...(chance.once(0.2) ? { lateAfterMs: spread(chance, 5, 100) } : {}),
      ...(chance.once(0.2) ? { timeoutMs: spread(chance, 100, 1_000) } : {}),
      ...(chance.once(0.3) ? { restart: restart(chance) } : {}),
      ...(chance.once(0.3) ? { stopMs: chance.pick([0, 5]) } : {}),
    }
  })
}

const HANDLER_MODES = ['throw', 'throw', 'reject', 'hang', 'slow', 'busy', 'flaky', 'garbage', 'halt'] as const
const LISTENED = ['signal', 'deadLetter', 'fault', 'state', 'invalid', 'halt', 'strategy', 'health', 'stats'] as const
const FEED_MODES = ['disconnect', 'refuse', 'drop', 'duplicate', 'reorder', 'delay'] as const

/** What faults are drawn for. */
interface Stage {
  readonly spanMs: number
  readonly strategies: readonly string[]
  readonly sinks: readonly string[]
  /** When records come in. */
  readonly moments: readonly number[]
}

/** Most faults that strike at one moment do so while an engine has its hands full: right after a record. */
function moment(chance: Chance, { spanMs, moments }: Stage): number {
  if (moments.length === 0 || chance.once(0.3)) return Math.round(chance.between(0, spanMs * 0.9))
  return Math.round((chance.pick(moments) + chance.pick([0.001, 0.02, 1, 5])) * 1_000) / 1_000
}

/** One fault of each kind, drawn. */
function fault(kind: FaultKind, chance: Chance, stage: Stage): Fault {
  const { spanMs, strategies, sinks } = stage
  const fromMs = moment(chance, stage)
  const toMs = fromMs + spread(chance, 100, spanMs / 2)
  const strategy = chance.pick(strategies)
  switch (kind) {
    case 'handler': {
      const mode = chance.pick(HANDLER_MODES)
      const every = chance.pick([1, 2, 7, 23, 60])
      return {
        kind,
        strategy,
        mode,
        every,
        offset: chance.whole(0, every - 1),
        ms: spread(chance, 2, 3_000),
        fromMs,
        toMs,
      }
    }
    case 'start':
      return { kind, strategy, mode: chance.pick(['throw', 'reject', 'hang']), times: chance.whole(1, 4) }
    case 'sink': {
      const mode = chance.pick(['throw', 'reject', 'hang', 'slow'] as const)
      return { kind, sink: chance.pick(sinks), mode, ms: spread(chance, 1, 2_000), fromMs, toMs }
    }
    case 'listener':
      return { kind, event: chance.pick(LISTENED), fromMs, toMs }
    case 'logger':
    case 'inspector':
      return { kind, fromMs, toMs }
    case 'feed': {
      const mode = chance.pick(FEED_MODES)
      // One that refuses does so when it is to begin.
      return {
        kind,
        mode,
        every: chance.pick([1, 3, 20]),
        ms: spread(chance, 1, 500),
        fromMs: mode === 'refuse' ? 0 : fromMs,
        toMs,
      }
    }
    case 'halt':
      return {
        kind,
        ...(chance.once(0.5) ? {} : { symbol: symbolOf(chance.whole(0, 3)) }),
        atMs: fromMs,
        forMs: spread(chance, 1, 3_000),
      }
    case 'strategy': {
      const action = chance.pick(['pause', 'restart', 'replace'] as const)
      return { kind, strategy, action, atMs: fromMs, forMs: spread(chance, 1, 3_000) }
    }
    case 'clock':
      return { kind, atMs: fromMs, byMs: Math.round(chance.between(-3_600_000, 3_600_000)) }
    case 'stall':
      return { kind, atMs: fromMs, ms: spread(chance, 5, 8_000) }
    case 'pause':
      return { kind, atMs: fromMs, forMs: spread(chance, 10, 5_000) }
    case 'restart':
      return {
        kind,
        atMs: fromMs,
        drain: chance.once(0.5),
        timeoutMs: spread(chance, 1, 3_000),
        forMs: spread(chance, 1, 1_000),
      }
    case 'journal': {
      const mode = chance.pick(['slow', 'fail', 'full'] as const)
      const every = mode === 'full' ? 1 : chance.pick([1, 2, 5])
      return { kind, mode, every, ms: spread(chance, 5, 3_000), fromMs, toMs: fromMs + spread(chance, 50, 3_000) }
    }
    case 'crash':
      return { kind, atMs: fromMs, forMs: spread(chance, 1, 1_000) }
    case 'breaker': {
      const action = chance.pick(['trip', 'isolate', 'disable', 'reset'] as const)
      return { kind, strategy, action, atMs: fromMs, forMs: spread(chance, 10, 3_000) }
    }
    case 'redrive':
      return { kind, atMs: fromMs, limit: spread(chance, 1, 100) }
    case 'discard':
      return { kind, atMs: fromMs }
    case 'visitor':
      return { kind, atMs: fromMs, forMs: spread(chance, 1, 5_000), types: chance.pick(TYPES) }
  }
}

/** How often a class is on; an inspector makes a run several times as slow. */
const ODDS: Partial<Record<FaultKind, number>> = { handler: 0.8, start: 0.12, inspector: 0.05 }

/** Kinds that are about an engine with a journal. */
const OF_A_JOURNAL: readonly FaultKind[] = ['journal', 'crash']
const JOURNAL_SHARE = 0.2

/** One seed in five has a journal, which most of its publishers wait for. */
function journal(seed: number, allowed: readonly FaultKind[], stage: Stage) {
  const chance = new Chance(seed, 'journal')
  if (!chance.once(JOURNAL_SHARE)) return undefined
  const options = {
    durability: chance.pick(['chunk', 'chunk', 'chunk', 'chunk', 'interval', 'none']),
    journalling: {
      onFailure: chance.pick(['wait', 'wait', 'refuse', 'refuse', 'continue']),
      intervalMs: spread(chance, 5, 500),
    },
  }
  const faults: Fault[] = []
  for (const kind of OF_A_JOURNAL) {
    if (!allowed.includes(kind) || chance.once(0.2)) continue
    for (let left = chance.whole(1, 4); left > 0; left--) faults.push(fault(kind, chance, stage))
  }
  return { options, faults }
}

/** The faults of a seed, of the kinds allowed. */
export function drawFaults(seed: number, allowed: readonly FaultKind[], stage: Stage): Fault[] {
  const chance = new Chance(seed, 'faults')
  const on = allowed.filter((kind) => !OF_A_JOURNAL.includes(kind) && chance.once(ODDS[kind] ?? 0.4))
  const drawn: Fault[] = []
  for (const kind of on) {
    const most = kind === 'handler' ? 6 : kind === 'start' ? 1 : 3
    const count = chance.whole(1, most)
    for (let index = 0; index < count; index++) drawn.push(fault(kind, chance, stage))
  }
  return drawn
}

function dependency(chance: Chance, spanMs: number): NonNullable<Scenario['dependency']> {
  const permits = chance.whole(1, 4)
  const calls: { atMs: number; takesMs: number; fate: 'ok' | 'fail' | 'lost' | 'ignored' }[] = []
  let bad = false
  for (let index = 0, atMs = 5; index < 120; index++) {
    atMs += chance.once(0.5) ? 0 : chance.between(0, (spanMs * 2) / 120)
    if (chance.once(0.08)) bad = !bad
    const fate = bad
      ? chance.pick(['fail', 'fail', 'lost', 'ignored'] as const)
      : chance.pick(['ok', 'ok', 'ok', 'fail'] as const)
    calls.push({ atMs: Math.round(Math.min(atMs, spanMs)), takesMs: spread(chance, 1, 900), fate })
  }
  const policy = {
    window: chance.once(0.5)
      ? { kind: 'count', size: spread(chance, 6, 30) }
      : { kind: 'time', spanMs: 3_000, buckets: chance.pick([1, 7, 10]) },
    failureRate: 0.5,
    slowCallRate: chance.pick([1, 0.6]),
    slowCallMs: spread(chance, 20, 900),
    minimumCalls: chance.whole(2, 6),
    halfOpen: { permits, maxWaitMs: spread(chance, 50, 1_000) },
    openTime: { initialMs: spread(chance, 50, 1_000), factor: 2, maxMs: 3_000, jitter: 0.2 },
  }
  return { policy, calls }
}

/**
 * The scenario of a seed: options of the engine, strategies, input and faults, all drawn. Each class
 * of faults is on or off as a whole, so that some runs are all of one kind and some have none.
 */
export function swarm(options: SwarmOptions): Scenario {
  const { seed, events = 2_000, spanMs = SPAN_MS } = options
  const chance = new Chance(seed, 'swarm')
  const engine = engineOptions(chance)
  const plans = strategies(chance)
  const sinks = Array.from({ length: chance.whole(1, 2) }, (_, index) => `sink${index + 1}`)
  const input = market({
    seed,
    events,
    spanMs,
    odd: {
      malformed: chance.pick([0, 0.02]),
      duplicate: chance.pick([0, 0.05]),
      late: chance.pick([0, 0.05]),
    },
    bursts: chance.pick([0.3, 0.7, 0.95]),
    via: chance.pick([['publish'], ['offer'], ['publish', 'offer'], ['publish', 'feed'], ['feed']] as const),
    sources: chance.pick([[], ['alpha', 'beta', 'gamma']]),
  })
  const names = plans.map(({ name }) => name)
  const moments = input.map(({ atMs }) => atMs)
  const allowed = options.faults ?? FAULT_KINDS
  const stage = { spanMs, strategies: names, sinks, moments }
  const drawn = drawFaults(seed, allowed, stage)
  const journalled = journal(seed, allowed, stage)
  return {
    format: 1,
    name: 'swarm',
    seed,
    world: {
      shuffleTies: chance.once(0.3),
      turnMs: chance.pick([0.005, 0.02, 0.1]),
      chunkMs: [0.005, chance.pick([0.05, 0.5, 8])],
    },
    engine: { ...engine, ...journalled?.options },
    ...(journalled === undefined ? {} : { journal: true }),
    strategies: plans,
    sinks,
    dependency: dependency(new Chance(seed, 'dependency'), spanMs),
    events: input,
    faults: [...drawn, ...(journalled?.faults ?? [])],
    healMs: 120_000,
  }
}
