import type { Engine, EngineEvents, EngineStats, StopReport } from '../../actors/api.js'
import type { EngineOptions } from '../../actors/options.js'
import { deadLettersCommand } from '../../src/cli/dead-letters.js'
import { Interrupts } from '../../src/cli/interrupts.js'
import { journalCommand } from '../../src/cli/journal.js'
import type { Demonstration, LoadDemonstration } from '../../src/cli/modules.js'
import { execute } from '../../src/cli/program.js'
import { planRedrive } from '../../src/cli/redrive.js'
import { planReplay } from '../../src/cli/replay.js'
import { carryOut, type RunPorts, runCommand } from '../../src/cli/run.js'
import type { Output } from '../../src/cli/terminal.js'
import { createSystemEnvironment } from '../../src/environment/system.js'
import type { Ledger } from '../../src/metrics/ledger.js'

export const LEDGER: Ledger = {
  events: {
    published: 26_683,
    invalid: 3,
    duplicate: 7,
    refused: 0,
    accepted: 26_673,
    settled: 26_673,
    conflated: 0,
    expired: 0,
    evicted: 0,
    abandoned: 0,
    queued: 0,
    inFlight: 0,
    late: 12,
  },
  derived: {
    published: 1_275,
    invalid: 0,
    duplicate: 0,
    refused: 0,
    accepted: 1_275,
    settled: 1_275,
    conflated: 0,
    expired: 0,
    evicted: 0,
    abandoned: 0,
    queued: 0,
    inFlight: 0,
    late: 0,
  },
  deliveries: { due: 53_346, succeeded: 53_344, deadLettered: 2, skipped: 0, abandoned: 0, inFlight: 0 },
  deadLetters: { entered: 2, held: 2, redriven: 0, discarded: 0, evicted: 0 },
}

export const STATS: EngineStats = {
  state: 'stopped',
  queue: { depth: 0, deferred: 0, conflatedForgotten: 0, highWater: 2_048, capacity: 10_000 },
  workers: { live: 0, spawned: 3, retired: 1, peak: 3 },
  strategies: {
    'news-tone': { state: 'stopped', delivered: 21_578, failed: 2, signals: 1_234 },
    breakout: { state: 'stopped', delivered: 5_105, failed: 0, signals: 41 },
  },
  ledger: LEDGER,
  types: { total: 0, byType: {}, other: 0 },
  signals: 1_275,
  sinks: {},
  breakers: { closed: 2, open: 0, halfOpen: 0, isolated: 0, disabled: 0 },
  unexpected: 0,
  journal: undefined,
  signalsWithheld: 0,
  halts: [],
  rateLimited: {
    sources: { total: 0, byName: {}, other: 0, forgotten: 0 },
    strategies: { total: 0, byName: {}, other: 0, forgotten: 0 },
  },
}

/** Text as a stream keeps it. */
export class Captured implements Output {
  text = ''
  readonly isTTY: boolean
  readonly columns = 100

  constructor(isTTY = false) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.text += text
  }
}

/** How a pretended engine behaves. */
export interface Behaviour {
  readonly ledger?: Ledger
  readonly start?: () => Promise<void>
  readonly finished?: (emit: Emit) => Promise<void>
  readonly abandoned?: readonly string[]
  readonly sinks?: StopReport['sinks']
  readonly journal?: EngineStats['journal']
}

export type Emit = <K extends keyof EngineEvents>(name: K, fact: EngineEvents[K]) => void

/** An engine that handles nothing and answers with fixed figures. */
export function fakeEngine(behaviour: Behaviour): { engine: Engine; stops: () => number } {
  const listeners = new Map<string, ((fact: never) => void)[]>()
  const emit: Emit = (name, fact) => {
    for (const listener of listeners.get(name) ?? []) listener(fact as never)
  }
  const ledger = behaviour.ledger ?? LEDGER
  let stops = 0
  const unused = (): never => {
    throw new Error('the command line does not use this')
  }
  const engine: Engine = {
    audit: unused,
    start: behaviour.start ?? (() => Promise.resolve()),
    finished: () => behaviour.finished?.(emit) ?? Promise.resolve(),
    stop: () => {
      stops += 1
      const abandoned = behaviour.abandoned ?? []
      return Promise.resolve({
        clean: abandoned.length === 0,
        state: 'stopped',
        error: undefined,
        elapsedMs: 1,
        abandoned,
        hung: [],
        publishersReleased: 0,
        sinks: behaviour.sinks ?? {},
        ledger,
      })
    },
    on: (name, listener) => {
      listeners.set(name, [...(listeners.get(name) ?? []), listener])
      return () => undefined
    },
    health: () => ({ status: 'healthy', reasons: [] }),
    ledger: () => ledger,
    latency: () => ({ p50: 0.0421, p99: 1.5, max: 12.25 }),
    digest: () => '0123456789abcdef',
    state: 'running',
    stats: { get: () => ({ ...STATS, ledger, journal: behaviour.journal }), subscribe: unused },
    strategies: {
      add: unused,
      replace: unused,
      pause: unused,
      resume: unused,
      restart: unused,
      remove: unused,
      list: unused,
      snapshot: unused,
    },
    breakers: { total: 0, states: STATS.breakers, moves: 0, byName: new Map() },
    breaker: unused,
    replay: unused,
    history: { query: unused, batches: unused, stats: () => undefined },
    deadLetters: {
      count: unused,
      get: unused,
      redrive: unused,
      discard: unused,
      list: () =>
        [1, 2].map((at) => ({
          id: `letter-${at}`,
          strategy: 'news-tone',
          reason: 'poison',
          error: `Error: cannot read item ${at}`,
          attempts: 1,
          at: 0,
          event: undefined,
        })),
    },
    halt: unused,
    reset: unused,
    halts: () => [],
    publish: unused,
    offer: unused,
    publishAll: unused,
    subscribe: unused,
    drain: unused,
    pause: unused,
    resume: unused,
    actors: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  return { engine, stops: () => stops }
}

/** Signals of the operating system, sent by hand. */
export class FakeSignals {
  readonly exits: number[] = []
  private readonly listeners = new Map<string, (() => void)[]>()

  on(signal: string, listener: () => void): void {
    this.listeners.set(signal, [...(this.listeners.get(signal) ?? []), listener])
  }

  off(signal: string, listener: () => void): void {
    this.listeners.set(
      signal,
      (this.listeners.get(signal) ?? []).filter((other) => other !== listener),
    )
  }

  exit(code: number): void {
    this.exits.push(code)
  }

  send(signal: string): void {
    for (const listener of this.listeners.get(signal) ?? []) listener()
  }

  get listening(): number {
    return [...this.listeners.values()].flat().length
  }
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly engines: EngineOptions[]
  readonly stops: number
  readonly signals: FakeSignals
}

export interface Stage {
  readonly behaviour?: Behaviour
  readonly demonstration?: LoadDemonstration
  readonly tty?: boolean
  readonly env?: Record<string, string>
  readonly signals?: FakeSignals
  /** A real engine instead of the pretended one. */
  readonly engine?: (options: EngineOptions) => Engine
}

const BUNDLED: Demonstration = {
  strategies: [{ name: 'news-tone', onEvent: () => undefined }],
  feeds: [{ name: 'newswire', recorded: true, read: async function* () {} }],
  options: {},
  notes: ['news is rebased by +992 weeks'],
}

/** The whole command line on a pretended engine. */
export async function outcry(argv: readonly string[], stage: Stage = {}): Promise<Ran> {
  const out = new Captured(stage.tty)
  const err = new Captured(stage.tty)
  const engines: EngineOptions[] = []
  const signals = stage.signals ?? new FakeSignals()
  const { engine, stops } = fakeEngine(stage.behaviour ?? {})
  const terminal = { out, err, env: stage.env ?? {} }
  const runPorts: RunPorts = {
    terminal,
    environment: createSystemEnvironment(),
    interrupts: new Interrupts(signals),
    createEngine: (given) => {
      engines.push(given)
      return stage.engine?.(given) ?? engine
    },
    inspector: () => Promise.reject(new Error('no inspector is needed here')),
    uncaught: () => () => {},
    crash: () => {},
    demonstration: stage.demonstration ?? (() => Promise.resolve(BUNDLED)),
    maxRssKiB: () => 150_000,
  }
  const code = await execute(argv, {
    terminal,
    version: '1.2.3',
    run: (options) => runCommand(options, runPorts),
    replay: async (options) => carryOut(await planReplay(options, '1.2.3'), options.run, runPorts),
    deadLetters: async (options) =>
      options.run === undefined
        ? deadLettersCommand(options, { terminal, environment: createSystemEnvironment(), version: '0' })
        : carryOut(await planRedrive(options, options.run), options.run, runPorts),
    simulate: () => Promise.resolve(0),
    inspect: () => Promise.resolve(0),
    journal: (options) => journalCommand(options, { terminal, environment: createSystemEnvironment(), version: '0' }),
  })
  return { code, out: out.text, err: err.text, engines, stops: stops(), signals }
}
