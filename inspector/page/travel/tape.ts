import { batch, signal } from '@preact/signals'
import type { Comparison, RecordedState, RecordingInfo, TraceEntry } from '../../protocol.js'
import type { Breakpoint, Direction, RecordingSource } from './source.js'

const PAGE = 200
/** Pages of entries that are kept; the ones used longest ago go first. */
const MOST_PAGES = 40

/** A recording that is looked at: where in it, and what is known there. */
export class Tape {
  readonly at = signal(0)
  readonly state = signal<RecordedState | undefined>(undefined)
  /** Raised when entries have come. */
  readonly loaded = signal(0)
  readonly problem = signal<string | undefined>(undefined)
  readonly searching = signal(false)
  private readonly pages = new Map<number, readonly TraceEntry[]>()
  private readonly asked = new Set<number>()
  private wanted: number | undefined
  private asking = false

  /** Numbers of the first and last entry. */
  readonly first: number
  readonly last: number

  constructor(
    readonly source: RecordingSource,
    readonly info: RecordingInfo,
    readonly run = 0,
  ) {
    this.first = source.range?.first ?? 1
    this.last = source.range?.last ?? info.entries
  }

  get length(): number {
    return this.last - this.first + 1
  }

  /** An entry that is there already; asks for it otherwise and says so by {@link loaded}. */
  entry(number: number): TraceEntry | undefined {
    if (number < this.first || number > this.last) return undefined
    const page = Math.floor((number - this.first) / PAGE)
    const entries = this.pages.get(page)
    if (entries === undefined) {
      this.fetch(page)
      return undefined
    }
    return entries[(number - this.first) % PAGE]
  }

  private fetch(page: number): void {
    if (this.asked.has(page)) return
    this.asked.add(page)
    this.source
      .entries(this.run, page * PAGE + this.first, PAGE)
      .then((entries) => {
        this.pages.set(page, entries)
        const [oldest] = this.pages.keys()
        if (this.pages.size > MOST_PAGES && oldest !== undefined) this.pages.delete(oldest)
        this.loaded.value += 1
      })
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.asked.delete(page))
  }

  /** Goes to an entry. While an answer is awaited only the newest wish is kept. */
  go(to: number): void {
    const at = Math.min(this.last, Math.max(this.first, Math.round(to)))
    this.at.value = at
    this.wanted = at
    if (!this.asking) void this.ask()
  }

  private async ask(): Promise<void> {
    this.asking = true
    try {
      while (this.wanted !== undefined) {
        const at = this.wanted
        this.wanted = undefined
        const state = await this.source.state(this.run, at)
        batch(() => {
          this.state.value = state
          this.problem.value = undefined
        })
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.asking = false
    }
  }

  /** Goes on to the next entry that the breakpoint matches; says whether there was one. */
  async seek(direction: Direction, breakpoint: Breakpoint): Promise<boolean> {
    this.searching.value = true
    try {
      const from = this.at.value + (direction === 'forward' ? 1 : -1)
      const { entry } = await this.source.find(this.run, from, direction, breakpoint)
      if (entry !== undefined) this.go(entry.entry)
      return entry !== undefined
    } catch (error) {
      this.fail(error)
      return false
    } finally {
      this.searching.value = false
    }
  }

  private fail(error: unknown): void {
    this.problem.value = error instanceof Error ? error.message : String(error)
  }
}

export interface Opened {
  readonly first: Tape
  /** The run that it is compared with, where there is one. */
  readonly second: Tape | undefined
  readonly comparison: Comparison | undefined
}

/** @throws {Error} where there is no recording. */
export async function openTapes(source: RecordingSource, recordings: number): Promise<Opened> {
  const first = new Tape(source, await source.info(0))
  if (recordings < 2) return { first, second: undefined, comparison: undefined }
  const [info, comparison] = await Promise.all([source.info(1), source.compare()])
  return { first, second: new Tape(source, info, 1), comparison }
}
