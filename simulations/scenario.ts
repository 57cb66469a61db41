import { OutcryError } from 'outcry'
import { z } from 'zod'

const ms = z.number().min(0).max(1e12)
const name = z.string().min(1).max(100)
const window = { fromMs: ms, toMs: ms }

/**
 * What goes wrong, and when: data, so that a run can be repeated, reduced and kept. Times are
 * virtual milliseconds from the start of the run.
 */
const faultSchema = z.discriminatedUnion('kind', [
  /** Handler calls with an event whose number is `offset` modulo `every` go wrong. */
  z.strictObject({
    kind: z.literal('handler'),
    strategy: name,
    mode: z.enum(['throw', 'reject', 'hang', 'slow', 'busy', 'flaky', 'garbage', 'halt']),
    every: z.int().min(1),
    offset: z.int().min(0),
    /** How long, for `slow`, `busy`, `reject`, and until the symbol that `halt` halts is reset. */
    ms,
    ...window,
  }),
  /** `onStart` goes wrong the first `times` times. */
  z.strictObject({
    kind: z.literal('start'),
    strategy: name,
    mode: z.enum(['throw', 'reject', 'hang']),
    times: z.int().min(1),
  }),
  z.strictObject({
    kind: z.literal('sink'),
    sink: name,
    mode: z.enum(['throw', 'reject', 'hang', 'slow']),
    ms,
    ...window,
  }),
  z.strictObject({
    kind: z.literal('listener'),
    event: z.enum(['signal', 'deadLetter', 'fault', 'state', 'invalid', 'halt', 'strategy', 'health', 'stats']),
    ...window,
  }),
  z.strictObject({ kind: z.literal('logger'), ...window }),
  z.strictObject({ kind: z.literal('inspector'), ...window }),
  /** The live feed breaks off or refuses to begin, or every so manieth of its records comes wrong. */
  z.strictObject({
    kind: z.literal('feed'),
    mode: z.enum(['disconnect', 'refuse', 'drop', 'duplicate', 'reorder', 'delay']),
    every: z.int().min(1),
    /** How long, for `delay` and `reorder`. */
    ms,
    ...window,
  }),
  /** The kill switch, for one symbol or for the engine. */
  z.strictObject({ kind: z.literal('halt'), symbol: name.optional(), atMs: ms, forMs: ms }),
  /** Somebody pauses a strategy for a while, starts it anew, or puts another in its place. */
  z.strictObject({
    kind: z.literal('strategy'),
    strategy: name,
    action: z.enum(['pause', 'restart', 'replace']),
    atMs: ms,
    forMs: ms,
  }),
  /** The wall clock is set forward or back. */
  z.strictObject({ kind: z.literal('clock'), atMs: ms, byMs: z.number().min(-1e10).max(1e10) }),
  /** The event loop stands still: collection, a debugger, a laptop's lid. */
  z.strictObject({ kind: z.literal('stall'), atMs: ms, ms }),
  z.strictObject({ kind: z.literal('pause'), atMs: ms, forMs: ms }),
  /** Appends to the journal are slow, fail, each of so many, or find no room. */
  z.strictObject({
    kind: z.literal('journal'),
    mode: z.enum(['slow', 'fail', 'full']),
    every: z.int().min(1),
    ms,
    ...window,
  }),
  /** The process is killed and the power goes; after a while another one starts on the same journal. */
  z.strictObject({ kind: z.literal('crash'), atMs: ms, forMs: ms }),
  /** The engine is stopped and, after a while, another one starts. */
  z.strictObject({ kind: z.literal('restart'), atMs: ms, drain: z.boolean(), timeoutMs: ms, forMs: ms }),
  z.strictObject({
    kind: z.literal('breaker'),
    strategy: name,
    action: z.enum(['trip', 'isolate', 'disable', 'reset']),
    atMs: ms,
    forMs: ms,
  }),
  z.strictObject({ kind: z.literal('redrive'), atMs: ms, limit: z.int().min(1) }),
  z.strictObject({ kind: z.literal('discard'), atMs: ms }),
  /** A subscription comes and goes. */
  z.strictObject({ kind: z.literal('visitor'), atMs: ms, forMs: ms, types: z.array(name) }),
])
export type Fault = z.output<typeof faultSchema>

/** One event of the input. */
const stepSchema = z.strictObject({
  atMs: ms,
  /** `feed` items come through a live feed; the rest are published by the host. */
  via: z.enum(['offer', 'publish', 'feed']),
  /** The wire form, or something that is no event. */
  input: z.unknown(),
})
export type InputStep = z.output<typeof stepSchema>

const strategyPlanSchema = z.strictObject({
  name,
  form: z.enum(['onEvent', 'onEvents', 'asyncEvent', 'asyncEvents', 'transactional']),
  types: z.array(name).optional(),
  symbols: z.array(name).optional(),
  retry: z.int().min(0).max(5),
  /** Answers a signal to every so many events; 0 never. */
  signalEvery: z.int().min(0),
  /** Publishes an event of its own to every so many; 0 never. */
  publishEvery: z.int().min(0),
  /** Sets a timer on its clock to every so many; 0 never. */
  timerEvery: z.int().min(0),
  /** The delays of its timers lie below this; default 37. */
  timerMs: z.int().min(1).max(1e6).optional(),
  /** How long an asynchronous handler awaits. */
  awaitMs: ms,
  lateAfterMs: z.number().min(1).optional(),
  timeoutMs: z.number().min(1).optional(),
  /** It has a hook for its end, which takes so long. */
  stopMs: ms.optional(),
  /** Its own restart policy, over the engine's. */
  restart: z.record(z.string(), z.unknown()).optional(),
})
export type StrategyPlan = z.output<typeof strategyPlanSchema>

/** A dependency behind a breaker of its own, called by many at once. */
const dependencySchema = z.strictObject({
  policy: z.record(z.string(), z.unknown()),
  calls: z.array(z.strictObject({ atMs: ms, takesMs: ms, fate: z.enum(['ok', 'fail', 'lost', 'ignored']) })),
})

const scenarioSchema = z.strictObject({
  format: z.literal(1),
  name,
  /** Of the environment's chance: ids, breakers' jitter, ties. */
  seed: z.number(),
  world: z.strictObject({
    shuffleTies: z.boolean(),
    turnMs: z.number().min(0.0001).max(100),
    /** What handling one chunk costs, at least and at most. */
    chunkMs: z.tuple([z.number().min(0), z.number().min(0)]),
  }),
  /** Options of `createEngine` that are plain data. */
  engine: z.record(z.string(), z.unknown()),
  /** There is a journal, which the options of the engine are about. */
  journal: z.boolean().optional(),
  strategies: z.array(strategyPlanSchema),
  sinks: z.array(name),
  dependency: dependencySchema.optional(),
  events: z.array(stepSchema),
  faults: z.array(faultSchema),
  /** How long the healed engine may take to handle all and close its breakers. */
  healMs: ms,
})
export type Scenario = z.output<typeof scenarioSchema>

/**
 * A scenario from JSON.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` that names the first path that does not fit.
 */
export function parseScenario(text: string, file: string): Scenario {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new OutcryError('OUTCRY_OPTION_INVALID', `scenario ${file} is not JSON`, { path: file, cause })
  }
  const parsed = scenarioSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = (issue?.path ?? []).map(String).join('.')
  throw new OutcryError('OUTCRY_OPTION_INVALID', `scenario ${file}: ${path}: ${issue?.message ?? 'invalid'}`, { path })
}

/** When the last event or fault of a scenario is over, and the healing begins. */
export function endOfTrouble({
  events,
  faults,
  dependency,
}: Pick<Scenario, 'events' | 'faults' | 'dependency'>): number {
  let end = 0
  for (const { atMs } of events) end = Math.max(end, atMs)
  for (const { atMs, takesMs } of dependency?.calls ?? []) end = Math.max(end, atMs + takesMs)
  for (const fault of faults) {
    if ('toMs' in fault) end = Math.max(end, fault.toMs)
    if ('atMs' in fault) end = Math.max(end, fault.atMs + ('forMs' in fault ? fault.forMs : 0))
  }
  return end + 1
}
