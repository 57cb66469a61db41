import { createActor, type InspectionEvent } from 'xstate'
import { z } from 'zod'
import type { StrategyDefinition } from '../src/dispatch/strategy.js'
import { OutcryError } from '../src/errors.js'
import { imbalances } from '../src/metrics/imbalances.js'
import { parseOptions } from '../src/options.js'
import type { Engine, EngineEvents, LatencySummary, StopOptions, StopReport } from './api.js'
import { breakerControl } from './breaker-face.js'
import { xstateClock } from './clock.js'
import { deadLetterFace } from './dead-letter-face.js'
import { engineLogic } from './engine-logic.js'
import { resolveOptions } from './engine-options.js'
import { EnginePort } from './engine-port.js'
import { guardedAudit } from './guarded-audit.js'
import { checkHalt, checkReset } from './halt-options.js'
import { historyFace } from './history-face.js'
import type { Listeners } from './listeners.js'
import type { EngineOptions } from './options.js'
import { Plane } from './plane.js'
import { replayFace } from './replay-face.js'
import { createStats } from './stats.js'
import { strategyFace } from './strategy-face.js'
import { actorNames, stateName } from './tree.js'

/**
 * Checks the options and builds an engine's data plane: the input of `engineLogic`.
 *
 * @throws {OutcryError} for options, strategies, event types or sinks that cannot be used.
 */
export const prepareEngine = (options: EngineOptions = {}): EnginePort =>
  new EnginePort(new Plane(resolveOptions(options)))

const ports = new WeakMap<Engine, EnginePort>()

/** What an engine is made of, for tools that watch it from within: inspectors, simulations, traces. */
export function portOf(engine: Engine): EnginePort {
  const port = ports.get(engine)
  if (port === undefined) {
    throw new OutcryError('OUTCRY_OPTION_INVALID', 'This is no engine that createEngine of this package made.')
  }
  return port
}

/**
 * Makes an engine; nothing of it runs before `start`.
 *
 * @throws {OutcryError} for options, strategies, event types or sinks that cannot be used.
 */
export function createEngine(options: EngineOptions = {}): Engine {
  const port = prepareEngine(options)
  const { plane } = port
  const { environment, listeners } = plane
  const { inspect } = plane.options
  const actor = createActor(engineLogic, {
    id: 'engine',
    input: port,
    clock: plane.clock ?? xstateClock(environment),
    ...(inspect === undefined ? {} : { inspect: guardedInspector(inspect, listeners) }),
  })
  port.root = actor
  const state = (): string => stateName(actor.getSnapshot().value)
  const strategies = strategyFace(plane, actor, state)
  const stats = createStats(plane, state)
  let begun = false
  let startedAt: Promise<void> | undefined
  let stopping: Promise<StopReport> | undefined
  let subscriptions = 0
  let ended = false
  const waitingForEnd: (() => void)[] = []
  port.onEnd = () => {
    ended = true
    for (const resolve of waitingForEnd) resolve()
    waitingForEnd.length = 0
  }

  const begin = (): void => {
    if (begun) return
    begun = true
    let told = ''
    actor.subscribe({
      next: () => {
        const now = state()
        if (now === told) return
        told = now
        listeners.emit('state', { state: now })
        stats.changed()
      },
      error: (error) => listeners.fault('engine', error),
    })
    actor.start()
  }

  const whenEnded = (): Promise<void> =>
    ended ? Promise.resolve() : new Promise((resolve) => waitingForEnd.push(resolve))

  const failure = (): OutcryError => {
    const { error } = actor.getSnapshot().context
    const why = error instanceof Error ? error.message : String(error)
    return new OutcryError('OUTCRY_START_FAILED', `The engine did not start: ${why}`, { cause: error })
  }

  const startsOnce = (): OutcryError =>
    new OutcryError(
      'OUTCRY_ENGINE_STATE',
      `The engine is ${state()}: an engine starts once; make another with createEngine.`,
    )

  const started = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // A listener may have stopped the engine already: then it is told of that while it subscribes.
      let subscription: { unsubscribe(): void } | undefined
      subscription = actor.subscribe({
        next: look,
        error: (error) => reject(error instanceof Error ? error : new Error(String(error))),
        complete: look,
      })
      function look(): void {
        const snapshot = actor.getSnapshot()
        if (snapshot.matches('starting') || snapshot.matches('idle')) return
        if (snapshot.matches('cleaning')) return
        subscription?.unsubscribe()
        if (snapshot.matches('running') || snapshot.matches('draining')) resolve()
        else if (snapshot.matches('failed')) reject(failure())
        else reject(new OutcryError('OUTCRY_ENGINE_STOPPED', 'The engine was stopped while it was starting.'))
      }
      port.start()
      look()
    })

  const drained = (): Promise<void> => {
    plane.windows.letGo()
    return plane.whenIdle(false)
  }
  /** The answer to a handler or hook that would wait for its own end; who does not wait for it is not troubled. */
  const selfWait = (what: 'drain' | 'finished' | 'stop'): Promise<never> | undefined => {
    if (!plane.publisher.insideAwaited) return undefined
    const asked = what === 'stop' ? 'The engine is being stopped, but' : 'What is asked for cannot be had here:'
    const message = `${asked} a handler or hook that waits for engine.${what}() waits for itself. Call it there without await.`
    const refusal = Promise.reject(new OutcryError('OUTCRY_WAITS_FOR_ITSELF', message))
    refusal.catch(() => {})
    return refusal
  }

  const face: Omit<Engine, 'state'> = {
    start() {
      // A start that failed says so again; one that went well does not go well twice.
      if (startedAt !== undefined) return ended ? startedAt.then(() => Promise.reject(startsOnce())) : startedAt
      if (stopping !== undefined) return Promise.reject(startsOnce())
      begin()
      startedAt = started()
      return startedAt
    },
    publish: (event) => plane.publisher.publish(event),
    offer: (event) => plane.intake.offer(event),
    publishAll: (events) => plane.publisher.publishAll(events),
    subscribe(types, handler) {
      subscriptions += 1
      const name = `subscription-${subscriptions}`
      return addStrategy({ name, subscribe: { types }, onEvent: (event) => handler(event as never) as undefined })
    },
    audit: (listener) => plane.audit.add(guardedAudit(listener, listeners)),
    on: (name, listener) => listeners.on(name, listener),
    drain: () => selfWait('drain') ?? drained(),
    finished: () => selfWait('finished') ?? plane.whenIdle(true),
    pause: () => port.pause(),
    resume: () => port.resume(),
    halt(options) {
      const { symbol, reason } = checkHalt(options)
      port.halt({ symbol, reason, since: environment.now() })
    },
    reset: (options = {}) => port.reset(checkReset(options).symbol),
    halts: () => plane.halts.list(),
    stop: (stopOptions = {}) => {
      const { drain, timeoutMs } = checkStop(stopOptions, plane.options.stopTimeoutMs)
      begin()
      const beganAt = environment.monotonic()
      const gaveUp = signalsGivenUp()
      stopping ??= whenEnded().then(() => report(beganAt, gaveUp))
      // Waits for the turn of the present step, so that a stop from within a handler or a hook is taken up after it.
      port.stop(drain, timeoutMs)
      return selfWait('stop') ?? stopping
    },
    health: () => plane.health.report,
    ledger: () => plane.ledger(),
    latency: () => latencyOf(plane),
    digest: () => plane.digest?.hex(),
    stats,
    strategies: strategies.face,
    breakers: plane.stage.board,
    breaker: (name) => breakerControl(plane.stage, name, state),
    deadLetters: deadLetterFace(plane.deadLetters),
    history: historyFace(plane.history),
    replay: replayFace(plane, state),
    actors: () => (begun && !ended ? actorNames(actor) : []),
    async [Symbol.asyncDispose]() {
      await face.stop()
    },
  }
  // Its state is worked out when it is read. By a getter that is inherited, as V8 keeps an object that was written down
  // with one as a hash table, in which every call of its methods would have to be looked up.
  const engine: Engine = Object.setPrototypeOf(face, {
    get state() {
      return state()
    },
  })

  // biome-ignore lint/suspicious/noExplicitAny: a strategy of any state may be added.
  function addStrategy(definition: StrategyDefinition<any, any>): () => void {
    const name = strategies.enlist(definition)
    let present = true
    return () => {
      if (present) strategies.dismiss(name)
      present = false
    }
  }

  const signalsGivenUp = (): number =>
    plane.outboxes.reduce((sum, { counts }) => sum + counts.failed + counts.dropped, 0)

  /** @param gaveUp signals that sinks had not taken when the stop began; what came to that since is the stop's own. */
  function report(beganAt: number, gaveUp: number): StopReport {
    const { context, value } = actor.getSnapshot()
    const { abandoned, failed, error } = context
    const ledger = plane.ledger()
    const wrong = imbalances(ledger)
    if (wrong.length > 0) listeners.fault('ledger', new Error(wrong.join('; ')))
    stats.changed()
    const lost =
      abandoned.length +
      plane.hung.length +
      ledger.events.abandoned +
      ledger.derived.abandoned +
      (signalsGivenUp() - gaveUp)
    return {
      clean: !failed && lost === 0,
      state: value === 'failed' ? 'failed' : 'stopped',
      error,
      elapsedMs: environment.monotonic() - beganAt,
      abandoned,
      hung: plane.hung,
      publishersReleased: plane.waiters.counters.released,
      sinks: Object.fromEntries(plane.outboxes.map(({ sink, counts }) => [sink.name, { ...counts }])),
      ledger,
    }
  }

  ports.set(engine, port)
  return engine
}

const anyOptions = z.looseObject({})

function checkStop(options: StopOptions, defaultMs: number): { readonly drain: boolean; readonly timeoutMs: number } {
  // Called without types it may be given anything, null among it.
  const { drain = true, timeoutMs = defaultMs } = parseOptions(anyOptions, Object(options ?? {}), 'stop') as StopOptions
  if (typeof drain !== 'boolean') {
    throw new OutcryError('OUTCRY_OPTION_INVALID', `stop option drain is ${String(drain)}: expected a boolean`, {
      path: 'drain',
      value: drain,
    })
  }
  if (!(timeoutMs >= 0 && timeoutMs <= 86_400_000)) {
    throw new OutcryError(
      'OUTCRY_OPTION_INVALID',
      `stop option timeoutMs is ${String(timeoutMs)}: expected 0 to 86,400,000 ms`,
      {
        path: 'timeoutMs',
        value: timeoutMs,
      },
    )
  }
  return { drain, timeoutMs }
}

/** An inspector that throws would wedge the actor whose news it was told of. */
const guardedInspector =
  (inspect: NonNullable<EngineOptions['inspect']>, listeners: Listeners) =>
  (event: InspectionEvent): void => {
    try {
      inspect(event)
    } catch (error) {
      listeners.fault('inspector', error)
    }
  }

function latencyOf(plane: Plane): LatencySummary {
  const { latency } = plane
  return { p50: latency.percentile(50), p99: latency.percentile(99), max: latency.max }
}

export type { EngineEvents }
