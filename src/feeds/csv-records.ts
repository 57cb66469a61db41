import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'

/** A quoted field may hold line ends, though not so many that a stray quote swallows a file. */
const MAX_RECORD_LINES = 100
const MAX_RECORD_CHARACTERS = 65_536

export interface CsvSink {
  /** A record and the number of its first line. */
  record(fields: readonly string[], line: number): void
  problem(line: number, reason: string): void
}

interface Line {
  readonly text: string
  readonly number: number
}

/** The fields of a text, `open` if it ends within a quoted field, or what is wrong with it. */
function fieldsOf(text: string, delimiter: string): readonly string[] | 'open' | Error {
  try {
    const records: string[][] = parse(text, { delimiter, relax_column_count: true, record_delimiter: '\n' })
    return records[0] ?? []
  } catch (error) {
    if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED') return 'open'
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * Makes records of lines (RFC 4180). `csv-parse` judges every line that has a quote in it; one line
 * after the other, and not as a stream, so that a stray quote costs its own line only: where the
 * field that it opens does not end within 100 lines (64 Ki characters) in a record that is whole, its line is the
 * broken one and those behind it are read for themselves.
 */
export class CsvRecords {
  readonly #delimiter: string
  readonly #columns: number
  #open: Line[] = []

  constructor(delimiter: string, columns: number) {
    this.#delimiter = delimiter
    this.#columns = columns
  }

  line(text: string, number: number, sink: CsvSink): void {
    const lines: Line[] = [{ text, number }]
    // Lines that a stray quote had claimed are given back here, and taken in their order.
    for (let next = lines.shift(); next !== undefined; next = lines.shift()) {
      lines.unshift(...this.#take(next, sink))
    }
  }

  /** After the last line, or before one that is not text: nothing more will close an open field. */
  end(sink: CsvSink): void {
    while (this.#open.length > 0) {
      const rest = this.#giveUp(sink)
      for (const { text, number } of rest) this.line(text, number, sink)
    }
  }

  #take(line: Line, sink: CsvSink): readonly Line[] {
    if (this.#open.length === 0) {
      if (!line.text.includes('"')) {
        if (line.text !== '') this.#give(line.text.split(this.#delimiter), line.number, sink)
        return []
      }
      const fields = fieldsOf(line.text, this.#delimiter)
      if (fields === 'open') this.#open.push(line)
      else if (fields instanceof Error) sink.problem(line.number, fields.message)
      else this.#give(fields, line.number, sink)
      return []
    }
    this.#open.push(line)
    if (line.text.includes('"')) {
      const fields = fieldsOf(this.#open.map(({ text }) => text).join('\n'), this.#delimiter)
      if (fields !== 'open') {
        if (fields instanceof Error || fields.length !== this.#columns) return this.#giveUp(sink)
        const first = this.#open[0]?.number ?? line.number
        this.#open = []
        sink.record(fields, first)
        return []
      }
    }
    const characters = this.#open.reduce((sum, { text }) => sum + text.length, 0)
    return this.#open.length > MAX_RECORD_LINES || characters > MAX_RECORD_CHARACTERS ? this.#giveUp(sink) : []
  }

  #giveUp(sink: CsvSink): readonly Line[] {
    const [first, ...rest] = this.#open
    this.#open = []
    if (first !== undefined) sink.problem(first.number, 'a quoted field is opened and not closed')
    return rest
  }

  #give(fields: readonly string[], number: number, sink: CsvSink): void {
    if (fields.length === this.#columns) sink.record(fields, number)
    else sink.problem(number, `the row has ${fields.length} fields, and the header ${this.#columns}`)
  }
}

/** The fields of a header line, trimmed; undefined where it is not well-formed. */
export function headerOf(text: string, delimiter: string): string[] | undefined {
  const fields = fieldsOf(text, delimiter)
  return fields === 'open' || fields instanceof Error ? undefined : fields.map((field) => field.trim())
}
