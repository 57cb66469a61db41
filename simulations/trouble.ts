import { EventDraft, type OutcryEvent, type VirtualEnvironment } from 'outcry'
import type { Fault } from './scenario.js'

type HandlerFault = Extract<Fault, { kind: 'handler' }>
type SinkFault = Extract<Fault, { kind: 'sink' }>
type FeedFault = Extract<Fault, { kind: 'feed' }>
type JournalFault = Extract<Fault, { kind: 'journal' }>
type StartFault = Extract<Fault, { kind: 'start' }>

const ZERO = '0'.charCodeAt(0)
/** A number of so many digits is exact. */
const DIGITS_MOST = 9

/** An error that a fault made; anything else that is thrown is a fault of the code under test. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault'
}

/** The number that an event's id ends with, else its sequence: faults name events by it. */
export function numberOf(event: OutcryEvent): number {
  const { id } = event
  const ordinal = digitsFrom(id, 1)
  if (ordinal >= 0) return ordinal
  const number = Number(id.slice(1))
  return Number.isInteger(number) ? number : event.sequence
}

/** The number that the rest of an id is, which is asked for each event and strategy; -1 where it is none, or too long. */
function digitsFrom(id: string, from: number): number {
  if (id.length <= from || id.length > from + DIGITS_MOST) return -1
  let number = 0
  for (let at = from; at < id.length; at++) {
    const digit = id.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** Looks up what goes wrong now, and makes it go wrong, until the world is healed. */
export class Trouble {
  private healed = false
  private readonly handlers = new Map<string, HandlerFault[]>()
  private readonly sinks = new Map<string, SinkFault[]>()
  private readonly starts = new Map<StartFault, number>()
  private readonly errors = new Map<string, InjectedFault>()
  private readonly failedOnce = new Set<string>()
  private held: (() => void)[] = []
  private readonly feeds: readonly FeedFault[]
  private readonly journals: readonly JournalFault[]
  private appends = 0
  /** Engages the kill switch for a symbol; set by whoever has an engine. */
  halt: (symbol: string, forMs: number) => void = () => {}

  constructor(
    private readonly faults: readonly Fault[],
    private readonly environment: VirtualEnvironment,
    /** Waits on the world's clock, on the world's own account. */
    private readonly later: (ms: number, then: () => void) => void,
    private readonly spend: (ms: number) => void,
  ) {
    this.feeds = faults.filter((fault) => fault.kind === 'feed')
    this.journals = faults.filter((fault) => fault.kind === 'journal')
    for (const fault of faults) {
      if (fault.kind === 'handler') push(this.handlers, fault.strategy, fault)
      else if (fault.kind === 'sink') push(this.sinks, fault.sink, fault)
      else if (fault.kind === 'start') this.starts.set(fault, fault.times)
    }
  }

  /** From now on nothing goes wrong any more, and whatever hangs is let go. */
  heal(): void {
    this.healed = true
    const { held } = this
    this.held = []
    for (const release of held) release()
  }

  /** Runs a handler, or what goes wrong instead. */
  handle(strategy: string, events: readonly OutcryEvent[], handler: () => unknown): unknown {
    const fault = this.handlerFault(strategy, events)
    if (fault === undefined) return handler()
    const error = (): InjectedFault => this.errorOf(`${fault.mode} of ${strategy}`)
    switch (fault.mode) {
      case 'throw':
      case 'flaky':
        throw error()
      case 'garbage':
        return { not: 'a signal' }
      case 'busy':
        this.spend(fault.ms)
        return handler()
      case 'reject':
        return this.wait(fault.ms).then(() => Promise.reject(error()))
      case 'slow':
        return this.wait(fault.ms).then(handler)
      case 'hang':
        return this.hang().then(handler)
      case 'halt': {
        const symbol = events.find((event) => event.symbol !== undefined)?.symbol
        const result = handler()
        if (symbol !== undefined) this.halt(symbol, fault.ms)
        return result
      }
    }
  }

  start(strategy: string, hook: () => unknown): unknown {
    for (const [fault, left] of this.starts) {
      if (this.healed || fault.strategy !== strategy || left === 0) continue
      this.starts.set(fault, left - 1)
      if (fault.mode === 'throw') throw new InjectedFault(`start of ${strategy}`)
      if (fault.mode === 'reject') return Promise.reject(new InjectedFault(`start of ${strategy}`))
      return this.hang().then(hook)
    }
    return hook()
  }

  /** Whether `onStart` of the strategy is to go wrong: without it, it need not have the hook. */
  hasStart(strategy: string): boolean {
    return this.faults.some((fault) => fault.kind === 'start' && fault.strategy === strategy)
  }

  write(sink: string): Promise<void> | undefined {
    const fault = this.sinks.get(sink)?.find((each) => this.active(each))
    if (fault === undefined) return undefined
    if (fault.mode === 'throw') throw new InjectedFault(`write of ${sink}`)
    if (fault.mode === 'hang') return this.hang()
    if (fault.mode === 'slow') return this.wait(fault.ms)
    return this.wait(fault.ms).then(() => Promise.reject(new InjectedFault(`write of ${sink}`)))
  }

  listenerThrows(event: string): boolean {
    return this.faults.some((fault) => fault.kind === 'listener' && fault.event === event && this.active(fault))
  }

  hasListener(event: string): boolean {
    return this.faults.some((fault) => fault.kind === 'listener' && fault.event === event)
  }

  loggerThrows(): boolean {
    return this.faults.some((fault) => fault.kind === 'logger' && this.active(fault))
  }

  inspectorThrows(): boolean {
    return this.faults.some((fault) => fault.kind === 'inspector' && this.active(fault))
  }

  /** What is wrong with the feed now, for its record of this number. */
  feed(number: number): FeedFault | undefined {
    return this.feeds.find((fault) => number % fault.every === 0 && this.active(fault))
  }

  /** What is wrong with the next append to the journal. */
  append(): JournalFault | undefined {
    this.appends += 1
    return this.journals.find((fault) => this.appends % fault.every === 0 && this.active(fault))
  }

  /** Whether the feed refuses to begin. */
  feedRefuses(): boolean {
    return this.feeds.some((fault) => fault.mode === 'refuse' && this.active(fault))
  }

  private handlerFault(strategy: string, events: readonly OutcryEvent[]): HandlerFault | undefined {
    const faults = this.handlers.get(strategy)
    if (faults === undefined || this.healed) return undefined
    return faults.find((fault) => {
      if (!this.active(fault)) return false
      const hit = events.find((event) => numberOf(event) % fault.every === fault.offset)
      if (hit === undefined || fault.mode !== 'flaky') return hit !== undefined
      const key = `${strategy} ${hit.id}`
      if (this.failedOnce.has(key)) return false
      this.failedOnce.add(key)
      return true
    })
  }

  private active({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): boolean {
    const now = this.environment.monotonic()
    return !this.healed && now >= fromMs && now < toMs
  }

  /** One error a cause: whoever keeps errors reads their stacks, which costs more than all the rest. */
  private errorOf(message: string): InjectedFault {
    let error = this.errors.get(message)
    if (error === undefined) {
      error = new InjectedFault(message)
      this.errors.set(message, error)
    }
    return error
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, resolve))
  }

  private hang(): Promise<void> {
    return new Promise((resolve) => this.held.push(resolve))
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** Whether a handler's answer is one: nothing, a signal, or a list of signals. */
export function isAnswer(result: unknown): boolean {
  if (result === undefined) return true
  const list: readonly unknown[] = Array.isArray(result) ? result : [result]
  return list.every((item) => item instanceof EventDraft && item.type === 'signal')
}
