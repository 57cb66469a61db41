import type { Engine, Environment, OutcryEvent } from 'outcry'
import type { EnginePort } from 'outcry/actors'
import type { Chain, Message, SequencePage } from '../protocol.js'
import type { ActorRecord } from './actor-record.js'
import type { Bounds } from './redact.js'
import type { Tap } from './tap.js'
import { viewEvent } from './view-event.js'

const MESSAGES = 2_000
const CHAINS = 200
/** Messages taken in a tenth of a second; the rest is counted. */
const BURST = 200
const BURST_MS = 100
/** Accepted events among which the cause of a signal is looked for. */
const EVENTS = 4_096
/** Signals followed in a tenth of a second. */
const CHAIN_BURST = 20
/** Collected until nobody has asked for so long. Milliseconds. */
const LINGER_MS = 3_000

type Numbered = { readonly number: number; readonly chain: Chain }

/** Messages between actors, and ways from an event to its signal; collected only while somebody looks. */
export class Sequence {
  private messages: Message[] = []
  private chains: Numbered[] = []
  private number = 0
  private skippedMessages = 0
  private askedAt = Number.NEGATIVE_INFINITY
  private burstAt = 0
  private burst = 0
  private chainBurstAt = 0
  private chainBurst = 0
  private recent: (OutcryEvent | undefined)[] = []
  private next = 0
  private stop: (() => void) | undefined

  constructor(
    private readonly engine: Engine,
    private readonly plane: EnginePort['plane'],
    private readonly tap: Tap,
    private readonly environment: Environment,
    private readonly bounds: Bounds,
  ) {}

  /** @param after The `last` of the answer before; 0 for all that is held. */
  page(after: number): SequencePage {
    this.askedAt = this.environment.monotonic()
    this.begin()
    const skipped = this.skippedMessages
    this.skippedMessages = 0
    return {
      last: this.number,
      messages: this.messages.filter(({ message }) => message > after),
      chains: this.chains.filter(({ number }) => number > after).map(({ chain }) => chain),
      skipped,
    }
  }

  /** Stops collecting once nobody has asked for a while. */
  look(): void {
    if (this.stop !== undefined && this.environment.monotonic() - this.askedAt > LINGER_MS) this.end()
  }

  /** Messages not kept since this was last asked. */
  get skipped(): number {
    return this.skippedMessages
  }

  end(): void {
    this.stop?.()
    this.stop = undefined
    this.messages = []
    this.chains = []
    this.recent = []
  }

  private begin(): void {
    if (this.stop !== undefined) return
    this.tap.onMessage = (from, to, event, at) => this.message(from, to, event, at)
    const unhear = this.engine.on('signal', (signal) => this.signal(signal))
    const untap = this.plane.audit.add({
      accepted: (event) => {
        this.recent[this.next] = event
        this.next = (this.next + 1) % EVENTS
      },
    })
    this.stop = () => {
      this.tap.onMessage = undefined
      unhear()
      untap()
    }
  }

  private message(from: ActorRecord | undefined, to: ActorRecord, event: string, at: number): void {
    if (at - this.burstAt >= BURST_MS) {
      this.burstAt = at
      this.burst = 0
    }
    this.burst += 1
    if (this.burst > BURST) {
      this.skippedMessages += 1
      return
    }
    this.number += 1
    const chunk = event === 'chunk.deliver' && to.kind === 'strategy' ? this.chunkFor(to.ref.id) : undefined
    const message = { message: this.number, at, from: from?.actor, to: to.actor, event }
    this.messages.push(chunk === undefined ? message : { ...message, chunk })
    if (this.messages.length > MESSAGES) this.messages.splice(0, MESSAGES / 4)
  }

  private chunkFor(strategy: string): Message['chunk'] {
    const events = this.plane.runtimeOf(strategy)?.offered?.events
    const [first, last] = [events?.[0], events?.at(-1)]
    if (events === undefined || first === undefined || last === undefined) return undefined
    return { events: events.length, firstSequence: first.sequence, lastSequence: last.sequence }
  }

  private signal(signal: OutcryEvent): void {
    const at = this.environment.now()
    if (at - this.chainBurstAt >= BURST_MS) {
      this.chainBurstAt = at
      this.chainBurst = 0
    }
    this.chainBurst += 1
    if (this.chainBurst > CHAIN_BURST) return
    this.number += 1
    const { causationId: causeId = '', source } = signal
    const cause = this.recent.find((event) => event?.id === causeId)
    const chain: Chain = {
      at,
      cause: cause === undefined ? undefined : viewEvent(cause, this.bounds),
      causeId,
      strategy: source,
      signal: viewEvent(signal, this.bounds),
    }
    this.chains.push({ number: this.number, chain })
    if (this.chains.length > CHAINS) this.chains.splice(0, CHAINS / 4)
  }
}
