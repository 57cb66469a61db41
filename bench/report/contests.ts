/** A contest and what the engine is asked to reach in it. */
export interface Contest {
  readonly row: string
  readonly title: string
  readonly asked: string
}

/** The rows whose ratio to the bare loop the page shows first and CI judges by. */
export const CONTESTS: readonly Contest[] = [
  { row: 'throughput', title: 'Validated publish, one event at a time, to 10 subscribers', asked: '0.45 of the loop' },
  { row: 'throughputBatched', title: 'The same, 256 events at a time', asked: '0.55 of the loop' },
  { row: 'async', title: 'Handlers that each await one promise', asked: '0.35 of the loop' },
]
