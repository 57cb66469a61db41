import type { Comparison } from './protocol.js'
import { compare } from './recording/compare.js'
import { TraceFile } from './recording/trace-file.js'

/**
 * Says of two recorded runs whether they are one, and else where they part: what the page shows, without it.
 *
 * @throws {OutcryError} OUTCRY_TRACE_INVALID for a file that is no recording.
 */
export const compareRecordings = (first: string, second: string): Comparison =>
  compare(new TraceFile(first), new TraceFile(second))
