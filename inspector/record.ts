import type { Engine } from 'outcry'
import { FileWriter } from './recording/file-writer.js'
import { RunRecorder } from './recording/recorder.js'

export interface RecordOptions {
  readonly file: string
  /** What is run, in words. Default `a run`. */
  readonly title?: string
  readonly seed?: number
  /** Bound on the file: what comes after is counted and not written. Characters; default 512 Mi. */
  readonly maxCharacters?: number
}

export interface Recording {
  /** Another engine that takes the place of the one before, as after a restart. */
  attach(engine: Engine): void
  /** Something else that happened. */
  note(text: string): void
  /** Writes the end and closes the file. */
  close(digest?: string): { readonly entries: number; readonly leftOut: number }
}

/** A recording without an engine as yet. */
export function startRecording({ file, title = 'a run', seed, maxCharacters }: RecordOptions): Recording {
  const writer = new FileWriter(file)
  const recorder = new RunRecorder({
    write: writer.write,
    title,
    ...(seed === undefined ? {} : { seed }),
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
  })
  return {
    attach: (engine) => void recorder.attach(engine),
    note: (text) => recorder.note(text),
    close(digest) {
      recorder.end(digest)
      writer.close()
      return { entries: recorder.entries, leftOut: recorder.leftOut }
    },
  }
}

/**
 * Records a run from now on: its accepted events, its dispatch records, and the transitions of every
 * actor. Call it before the engine starts, and `close` after it has stopped.
 *
 * @example
 * ```ts
 * const recording = record(engine, { file: 'run.ndjson' })
 * await engine.start()
 * // …
 * await engine.stop()
 * recording.close(engine.digest())
 * ```
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID if the file cannot be written.
 */
export function record(engine: Engine, options: RecordOptions): Recording {
  const recording = startRecording(options)
  recording.attach(engine)
  return recording
}
