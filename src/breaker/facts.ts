import type { BreakerState } from './handle.js'

/** Why a breaker is in the state it is in. */
export type BreakerCause =
  | 'started'
  | 'failure-rate'
  | 'slow-call-rate'
  | 'probe-failure-rate'
  | 'probe-slow-call-rate'
  | 'probe-lost'
  | 'tripped'
  | 'cooled-down'
  | 'recovered'
  | 'isolated'
  | 'disabled'
  | 'reset'

/** When, on the breaker's clock, in milliseconds. */
interface Dated {
  readonly at: number
}

interface Counted {
  readonly calls: number
  readonly failed: number
  readonly slow: number
}

/** The open time that follows, drawn where chance lives, so that the machine needs none. */
interface Opening extends Dated {
  readonly cause: BreakerCause
  /** Milliseconds. */
  readonly waitMs: number
}

/** All that a breaker's machine is told. Numbers arrive already added up; it decides what follows. */
export type BreakerFact =
  | ({ readonly type: 'window.breached' } & Opening & Counted)
  | ({ readonly type: 'cooldown.elapsed' } & Dated)
  | ({ readonly type: 'probe.started'; readonly until: number } & Dated)
  | ({ readonly type: 'probes.passed' } & Dated & Counted)
  | ({ readonly type: 'probes.failed' } & Opening & Counted)
  /** The wait of the first probe is over, and later ones are still within theirs: no further one is given. */
  | ({ readonly type: 'probes.awaited'; readonly until: number } & Dated)
  /** The wait for probes is over and every one was given back undecided. */
  | ({ readonly type: 'probes.returned' } & Dated)
  | ({ readonly type: 'breaker.trip' } & Opening)
  | ({ readonly type: 'breaker.isolate' } & Dated)
  | ({ readonly type: 'breaker.disable' } & Dated)
  | ({ readonly type: 'breaker.reset' } & Dated)

/** What the machine's states carry. */
export interface BreakerStand {
  readonly state: Exclude<BreakerState, 'stopped'>
  /** Openings since it was last closed: the exponent of the open time. */
  readonly openings: number
  /** The end of the open time on the breaker's clock, in milliseconds; 0 where none runs. */
  readonly until: number
  /** The open time in milliseconds; 0 where none runs. */
  readonly waitMs: number
}

/** One move of the machine. */
export interface BreakerMove extends BreakerStand {
  readonly cause: BreakerCause
  /** On the breaker's clock, in milliseconds; undefined for the move that starts it. */
  readonly at: number | undefined
}

export type BreakerPhase = 'cooldown' | 'probes'

/** The data plane of a breaker, as its machine's effects see it. */
export interface BreakerPort {
  readonly name: string
  /** Where to start. */
  readonly stand: BreakerStand
  /** Ties the data plane to the actor that decides; returns what unties it. */
  attach(send: (fact: BreakerFact) => void): () => void
  /** The machine has entered a state. */
  moved(move: BreakerMove): void
  /** Arms the one timer of a phase, from its deadline; returns what disarms it. */
  arm(phase: BreakerPhase): () => void
  /** Its actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void
}
