import type { AnyActorRef } from 'xstate'
import type { EngineEvent, EnginePlane } from '../machines/engine.js'
import type { Halt } from '../src/dispatch/halts.js'
import type { Timer } from '../src/environment/environment.js'
import { OutcryError } from '../src/errors.js'
import { warnOfMisspeltOptions } from './misspelt-options.js'
import type { Plane } from './plane.js'

export type Watched = 'start' | 'drain' | 'clean'

/** Of a stop's time the share that draining may take; the rest is for stopping the parts. */
const DRAIN_SHARE = 0.7

/** Of the time left the share that one part may take to stop; the rest is for the parts after it. */
const PART_SHARE = 0.7

/** The effects of the engine's machine: its data plane, and the timers that bound its start and stop. */
export class EnginePort implements EnginePlane {
  /** Told when the actor has come to its end. */
  onEnd: () => void = () => {}
  /** The engine's own actor, from before it starts; undefined where a host spawns `engineLogic` itself. */
  root: AnyActorRef | undefined
  private send: (event: EngineEvent) => void = () => {}
  private timer: Timer | undefined
  private draining = false
  private asked = false
  /** When the stop must be over, on the machine's clock; undefined until one was asked for. */
  private stopBy: number | undefined

  constructor(readonly plane: Plane) {}

  get parts(): EnginePlane['parts'] {
    return this.plane.parts
  }

  get partInputs(): EnginePlane['partInputs'] {
    return this.plane.partInputs
  }

  attach(send: (event: EngineEvent) => void, actor: AnyActorRef): void {
    this.send = send
    this.plane.actor = actor
    // A long recovery is no start that hangs.
    this.plane.onProgress = () => {
      if (actor.getSnapshot().matches('starting')) this.watch('start')
    }
    // It may have been halted before the actor lived.
    if (this.plane.halts.whole !== undefined) send({ type: 'engine.halt' })
    this.plane.onQueue = (mark) => {
      if (mark === 'high') send({ type: 'queue.high' })
      else if (mark === 'low') send({ type: 'queue.low' })
      else if (this.draining) send({ type: 'queue.drained' })
    }
  }

  start(): void {
    // Only now, as strategies may have come since the engine was made.
    if (!this.asked) warnOfMisspeltOptions(this.plane)
    this.asked = true
    this.send({ type: 'engine.start' })
  }

  pause(): void {
    this.send({ type: 'engine.pause' })
  }

  resume(): void {
    this.send({ type: 'engine.resume' })
  }

  /** In force at once; the machine shows it. */
  halt(halt: Halt): void {
    if (this.plane.engage(halt) && halt.symbol === undefined) this.send({ type: 'engine.halt' })
  }

  /** False if it was not halted. */
  reset(symbol: string | undefined): boolean {
    if (!this.plane.disengage(symbol)) return false
    if (symbol === undefined) this.send({ type: 'engine.reset' })
    return true
  }

  /** Asks for a stop; asked again it can only become more urgent. */
  stop(drain: boolean, timeoutMs: number): void {
    const by = this.plane.environment.monotonic() + timeoutMs
    this.stopBy = this.stopBy === undefined ? by : Math.min(this.stopBy, by)
    this.send({ type: 'engine.stop', drain })
  }

  open(): void {
    this.plane.open()
    this.plane.actor?.getSnapshot().children['feeds']?.send({ type: 'feeds.read' })
  }

  hold(): void {
    this.plane.pump.deactivate()
  }

  letGo(): void {
    this.plane.pump.activate()
    // A crossing that came while it was paused was told to nobody.
    if (this.plane.marks.throttled) this.send({ type: 'queue.high' })
  }

  beginDrain(): void {
    this.draining = true
    this.plane.beginDrain()
  }

  giveUp(): void {
    this.draining = false
    this.plane.giveUp()
  }

  /** The machine's clock bounds a start and a stop: the run's may stand still. */
  watch(what: Watched): void {
    this.unwatch()
    const expired = (): void => this.send(what === 'start' ? this.startExpired() : { type: `${what}.expired` })
    this.timer = this.plane.environment.watch(expired, this.boundOf(what))
  }

  unwatch(): void {
    this.plane.environment.unwatch(this.timer)
    this.timer = undefined
  }

  ended(): void {
    // What is left in the queue of a stop without drain still goes out of it.
    this.plane.onQueue = () => {}
    this.plane.close()
    this.onEnd()
  }

  private startExpired(): EngineEvent {
    const { startTimeoutMs } = this.plane.options
    const parts: readonly string[] = this.plane.actor?.getSnapshot().context.live ?? []
    const message = `The part "${parts.at(-1)}" had not started within ${startTimeoutMs} ms.`
    return { type: 'start.expired', error: new OutcryError('OUTCRY_START_FAILED', message) }
  }

  private boundOf(what: Watched): number {
    const { environment, options } = this.plane
    if (what === 'start') return options.startTimeoutMs
    const now = environment.monotonic()
    this.stopBy ??= now + options.stopTimeoutMs
    return Math.max(0, this.stopBy - now) * (what === 'drain' ? DRAIN_SHARE : PART_SHARE)
  }
}
