import type { AnyActorRef } from 'xstate'
import type { BreakerState } from '../src/breaker/handle.js'
import { checkStrategy } from '../src/dispatch/define-strategy.js'
import type { StrategyCounts } from '../src/dispatch/runtime.js'
import type { StrategyDefinition } from '../src/dispatch/strategy.js'
import { OutcryError } from '../src/errors.js'
import { describeValue } from '../src/events/invalid.js'
import type { Plane } from './plane.js'
import type { StrategySeat } from './strategy-seat.js'
import { strategyState } from './strategy-state.js'

export interface StrategyListing {
  readonly name: string
  /** As its actor says: `ready`, `processing`, `late`, `hung`, `paused`, `backingOff`, `faulted`, and so on; `idle` before the start. */
  readonly state: string
  /** Raised by each restart, one that was asked for among them, by each replacement and by each timeout. */
  readonly generation: number
  /** Restarts after a failure, as its policy has it. Those that were asked for (`restart`) are not among them. */
  readonly restarts: number
  /** Events that wait for its turn. */
  readonly backlog: number
  /** Of all incarnations together. */
  readonly counts: Readonly<StrategyCounts>
  readonly breaker: BreakerState
}

// biome-ignore lint/suspicious/noExplicitAny: a strategy of any state and event type may come and go.
type AnyStrategy = StrategyDefinition<any, any>

/** The strategies of an engine, which come, go and change while it runs. */
export interface StrategyFace {
  /**
   * Takes a strategy in. Resolves when it is ready, at once before the engine has begun; rejects if it
   * is given up before that.
   *
   * @throws {OutcryError} OUTCRY_STRATEGY_INVALID, OUTCRY_STRATEGY_DUPLICATE, or OUTCRY_ENGINE_STATE.
   */
  add(definition: AnyStrategy): Promise<void>
  /**
   * Puts a definition in the place of the one of its name: the old one is stopped, its state handed on
   * by `snapshot` and `restore` if they have them. What waits for its turn goes to the new one if that
   * subscribes to the same. A call still under way is given up: it meets nothing of its successor.
   *
   * @throws {OutcryError} OUTCRY_STRATEGY_INVALID, OUTCRY_STRATEGY_UNKNOWN, or OUTCRY_ENGINE_STATE;
   *   then nothing has changed.
   */
  replace(definition: AnyStrategy): Promise<void>
  /** Deliveries to it are skipped and counted until `resume`. */
  pause(name: string): void
  resume(name: string): void
  /**
   * Starts it anew, with the last snapshot or with fresh state; also one that was given up. It raises
   * `generation` and not `restarts`, and its policy's `maxRestarts` are counted from here on.
   */
  restart(name: string): Promise<void>
  /** Stops it and forgets it; resolves when it is gone. */
  remove(name: string): Promise<void>
  list(): readonly StrategyListing[]
  /** A copy of the last snapshot that was taken of its state; undefined if there is none. */
  snapshot(name: string): unknown
}

/** States in which strategies may still come and go. */
const OPEN = ['idle', 'starting', 'running']

export function strategyFace(plane: Plane, actor: AnyActorRef, state: () => string): StrategyRoster {
  const { stage } = plane
  const roster = (): AnyActorRef | undefined => part(actor, 'strategies')

  const mayChange = (): void => {
    const now = state()
    if (OPEN.includes(now.split('.')[0] ?? '')) return
    throw new OutcryError('OUTCRY_ENGINE_STATE', `The engine is ${now}: its strategies cannot change any more.`)
  }
  const seatOf = (name: string): StrategySeat => {
    const seat = stage.seat(name)
    if (seat === undefined) throw unknown(name)
    return seat
  }
  const enlist = (definition: AnyStrategy): string => {
    const seat = stage.add(definition, 'strategy')
    const breaker = stage.breaker(seat.name)
    // Before those parts live they will be spawned with whoever has come by then.
    // Not from within a handler: an actor that is spawned in the midst of another's effect nests in it.
    plane.tell(() => {
      // The breaker of a namesake that has just left by itself may still be there: this one takes its place.
      part(actor, 'breakers')?.send({ type: 'child.add', child: { name: `breaker:${seat.name}`, input: breaker } })
      roster()?.send({ type: 'strategy.add', seat })
    })
    return seat.name
  }
  const dismiss = (name: string): void => {
    const leave = (): void => {
      const strategies = roster()
      if (strategies === undefined) stage.forget(name)
      else strategies.send({ type: 'strategy.remove', name })
      part(actor, 'breakers')?.send({ type: 'child.remove', name: `breaker:${name}` })
    }
    // One that lives hears of it at once, so that it gets no further event; one that is still to come, after it has.
    if (stage.seat(name)?.actor !== undefined) leave()
    else plane.tell(leave)
  }
  const ready = (name: string, act: () => void): Promise<void> => {
    const seat = seatOf(name)
    if (seat.actor === undefined) {
      act()
      return Promise.resolve()
    }
    const promise = stage.whenReady(name)
    act()
    return promise
  }

  const face: StrategyFace = {
    add(definition) {
      mayChange()
      if (roster() === undefined) {
        enlist(definition)
        return Promise.resolve()
      }
      checkStrategy(definition)
      const promise = stage.whenReady(definition.name)
      try {
        enlist(definition)
      } catch (error) {
        stage.forgetWaiter(definition.name)
        throw error
      }
      return promise
    },
    replace(definition) {
      mayChange()
      const { name } = Object(definition) as { readonly name?: unknown }
      const seat = seatOf(String(name))
      stage.replace(definition)
      return ready(seat.name, () => seat.actor?.send({ type: 'strategy.replace' }))
    },
    pause(name) {
      const seat = seatOf(name)
      seat.paused = true
      seat.actor?.send({ type: 'strategy.pause' })
    },
    resume(name) {
      const seat = seatOf(name)
      seat.paused = false
      seat.actor?.send({ type: 'strategy.resume' })
    },
    restart(name) {
      mayChange()
      return ready(name, () => seatOf(name).actor?.send({ type: 'strategy.restart' }))
    },
    remove(name) {
      mayChange()
      seatOf(name)
      const gone = stage.whenGone(name)
      dismiss(name)
      return gone
    },
    list: () =>
      [...stage.runtimes.values()].map((runtime) => {
        const { name, generation, backlog, counts } = runtime
        return {
          name,
          state: strategyState(seatOf(name)),
          generation,
          restarts: counts.restarts,
          backlog,
          counts: { ...counts },
          breaker: stage.breaker(name)?.state ?? 'stopped',
        }
      }),
    snapshot: (name) => structuredClone(stage.snapshots.get(name)),
  }
  return { face, enlist, dismiss }
}

/** The public face, and what `subscribe` is made of. */
export interface StrategyRoster {
  readonly face: StrategyFace
  enlist(definition: AnyStrategy): string
  dismiss(name: string): void
}

const unknown = (name: string): OutcryError =>
  new OutcryError('OUTCRY_STRATEGY_UNKNOWN', `There is no strategy ${describeValue(name)}.`, {
    path: 'name',
    value: name,
  })

function part(engine: AnyActorRef, name: string): AnyActorRef | undefined {
  const { children } = engine.getSnapshot() as { readonly children: Readonly<Record<string, AnyActorRef | undefined>> }
  return children[name]
}
