/** Labels of one sample. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** A distribution: each bucket counts what is at or below its bound, those of the buckets before it included. */
export interface Distribution {
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[]
  readonly sum: number
  readonly count: number
}

/** One metric in Prometheus's sense: base units, `_total` for what only grows, `_seconds` for time. */
export type Family =
  | {
      readonly name: string
      readonly help: string
      readonly type: 'counter' | 'gauge'
      readonly samples: readonly Sample[]
    }
  | { readonly name: string; readonly help: string; readonly type: 'histogram'; readonly distribution: Distribution }

export const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  help,
  type: 'counter',
  samples,
})

export const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  help,
  type: 'gauge',
  samples,
})

export const alone = (value: number): readonly Sample[] => [{ labels: {}, value }]

/** A sample for each entry, under one label. */
export const by = (label: string, values: Readonly<Record<string, number>>, more: Labels = {}): Sample[] =>
  Object.entries(values).map(([key, value]) => ({ labels: { ...more, [label]: key }, value }))
