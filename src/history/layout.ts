/**
 * How a block lies in memory before it is compressed: a head of {@link HEAD_BYTES}, the columns of
 * numbers, the {@link Layout} as JSON, and the columns of text. The head's first two words are the
 * lengths of the numbers and of the layout in bytes, 32 bits each, little-endian.
 */
export const HEAD_BYTES = 16

/**
 * What events of one kind share: everything that is not a value of their own. A block has few kinds,
 * so that an event costs a small integer instead of its names.
 */
export type Kind = readonly [
  type: string,
  version: number,
  source: string,
  marks: number,
  /** 1: has a correlation, 2: has a cause. */
  links: number,
  /** The fields of the payload in order; null where the payload is no plain object. */
  fields: readonly string[] | null,
]

export const CORRELATED = 1
export const CAUSED = 2

/** A symbol alone, or a key of order and all the symbols concerned. */
export type Concern = string | readonly [symbol: string | null, symbols: readonly string[]]

/** How the values of one field are kept. */
export type ColumnForm =
  /** In the block's numbers. */
  | 'n'
  /** In the block's numbers what counts up, and in the text what stands before it: ids such as `feed:1042`. */
  | 'c'
  /** As a JSON array. */
  | 'j'
  /** By V8's own serialisation, as base64: dates, maps, big integers and the like. */
  | 'v'

/** What is read of a block first. */
export interface Layout {
  readonly count: number
  readonly kinds: readonly Kind[]
  readonly concerns: readonly Concern[]
  /** Of each column of the kinds in order (ids, correlations, causes, fields): its form and its text in bytes. */
  readonly columns: readonly (readonly [form: ColumnForm, bytes: number])[]
}
