import type { Engine } from 'outcry'
import type { Fact } from '../protocol.js'

/** Facts held between two batches. */
const KEPT = 50
const CHARACTERS = 300

const words = (value: unknown): string => (value instanceof Error ? value.message : String(value)).slice(0, CHARACTERS)

/** What a person should hear of, told once by the engine: collected until the next batch. */
export class Facts {
  skipped = 0
  private held: Fact[] = []
  private readonly unsubscribe: (() => void)[]

  constructor(engine: Engine, now: () => number) {
    const note = (kind: Fact['kind'], text: string, path?: string): void => {
      if (this.held.length >= KEPT) this.skipped += 1
      else this.held.push({ at: now(), kind, text: text.slice(0, CHARACTERS), ...(path === undefined ? {} : { path }) })
    }
    this.unsubscribe = [
      engine.on('fault', ({ where, error }) => note('fault', `${where}: ${words(error)}`)),
      engine.on('halt', ({ symbol, reason, engaged }) =>
        note('halt', `${symbol ?? 'the engine'} ${engaged ? `halted: ${reason}` : 'no longer halted'}`),
      ),
      engine.on('health', ({ status, reasons }) =>
        note('health', [status, ...reasons.map(({ message }) => message)].join(': ')),
      ),
      engine.on('deadLetter', ({ strategy, reason, error }) =>
        note('deadLetter', `${reason}${strategy === undefined ? '' : ` of ${strategy}`}: ${error}`),
      ),
      engine.on('strategy', ({ strategy, change, error }) =>
        note('strategy', `${strategy} is ${change}${error === undefined ? '' : `: ${words(error)}`}`),
      ),
      engine.on('state', ({ state }) => note('state', `the engine is ${state}`, 'engine')),
    ]
  }

  take(): readonly Fact[] {
    const { held } = this
    this.held = []
    return held
  }

  close(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe()
  }
}
