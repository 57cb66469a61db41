import type { OutcryEvent } from '../../src/events/event.js'

interface Entry {
  readonly event: OutcryEvent
  readonly lane: number
  readonly partition: number
}

/** The queue as one plain list, without a thought for speed: what the real one is compared to. */
export class ReferenceQueue {
  entries: Entry[] = []
  readonly held = new Set<string>()
  readonly passedOver = [0, 0, 0, 0]
  readonly capacity: number
  readonly headroom: number
  readonly ageing: number

  constructor(capacity: number, headroom: number, ageing: number) {
    this.capacity = capacity
    this.headroom = headroom
    this.ageing = ageing
  }

  enqueue(event: OutcryEvent, lane: number, partition: number, reserved: boolean): boolean {
    if (this.entries.length >= this.capacity + (reserved ? this.headroom : 0)) return false
    this.entries.push({ event, lane, partition })
    return true
  }

  lease(max: number): { readonly lane: number; readonly entries: readonly Entry[] } | undefined {
    const free = [0, 1, 2, 3].map((lane) => this.entries.filter((e) => e.lane === lane && !this.held.has(cell(e))))
    for (let lane = 0; lane < 4; lane += 1) if (this.inLane(lane).length === 0) this.passedOver[lane] = 0
    const waiting = [0, 1, 2, 3].filter((lane) => (free[lane] ?? []).length > 0)
    const urgent = waiting[0]
    if (urgent === undefined) return undefined
    const ages = waiting.slice(1).map((lane) => this.passedOver[lane] ?? 0)
    const oldest = Math.max(0, ...ages)
    const chosen =
      oldest >= this.ageing ? (waiting.slice(1).find((lane) => this.passedOver[lane] === oldest) ?? urgent) : urgent
    for (const lane of waiting) if (lane > chosen) this.passedOver[lane] = (this.passedOver[lane] ?? 0) + 1
    this.passedOver[chosen] = 0
    const entries = (free[chosen] ?? []).slice(0, max)
    this.entries = this.entries.filter((entry) => !entries.includes(entry))
    return { lane: chosen, entries }
  }

  hold(entries: readonly Entry[]): void {
    for (const entry of entries) this.held.add(cell(entry))
  }

  release(entries: readonly Entry[]): void {
    for (const entry of entries) this.held.delete(cell(entry))
  }

  evictOldestIn(lane: number): OutcryEvent | undefined {
    const entry = this.inLane(lane)[0]
    if (entry === undefined) return undefined
    this.entries = this.entries.filter((other) => other !== entry)
    return entry.event
  }

  evictOldest(lane: number): OutcryEvent | undefined {
    for (let below = 3; below > lane; below -= 1) {
      const event = this.evictOldestIn(below)
      if (event !== undefined) return event
    }
    return undefined
  }

  inLane(lane: number): readonly Entry[] {
    return this.entries.filter((entry) => entry.lane === lane)
  }
}

const cell = (entry: Entry): string => `${entry.partition}/${entry.lane}`
