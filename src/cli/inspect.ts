import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Engine } from '../../actors/api.js'
import { OutcryError } from '../errors.js'
import { describeValue } from '../events/invalid.js'
import { EXIT_OK, usageError } from './failure.js'
import type { Interrupts } from './interrupts.js'
import { requireOtherFile } from './signals-file.js'
import type { Terminal } from './terminal.js'

/** An inspector that listens. */
export interface OpenInspector {
  readonly url: string
  readonly pages: number
  whenAlone(): Promise<void>
  close(): Promise<void>
}

export interface InspectorSettings {
  readonly port: number
  readonly allowActions?: boolean
  readonly token?: string
}

/** What `outcry/inspector` offers the command line, which loads it only where it is asked for. */
export interface InspectorModule {
  inspect(engine: Engine, settings: InspectorSettings): Promise<OpenInspector>
  inspectRecording(paths: readonly string[], settings: InspectorSettings): Promise<OpenInspector>
  exportRecording(path: string): string
  compareRecordings(first: string, second: string): object
  record(
    engine: Engine,
    options: { readonly file: string; readonly title: string },
  ): { close(digest?: string): { readonly entries: number; readonly leftOut: number } }
}

export type LoadInspector = () => Promise<InspectorModule>

const path = z.string().trim().regex(/^[^-]/)

const schema = z.strictObject({
  files: z.array(path).min(1).max(2),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  export: path.optional(),
  json: z.boolean().default(false),
})

/** What `outcry inspect` is told. */
export type InspectOptions = z.output<typeof schema>

const WANTED: Readonly<Record<string, string>> = {
  files: 'takes one recording, or two to compare',
  port: 'takes a port from 0 to 65,535',
  export: 'takes the path of a file',
}

/**
 * The arguments of `outcry inspect` through their schema.
 *
 * @throws OutcryError `OUTCRY_OPTION_INVALID` that names the flag and the value.
 */
export function parseInspectOptions(
  files: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): InspectOptions {
  const parsed = schema.safeParse({ files, ...flags })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : ''))
  const flag = name === 'files' ? 'inspect' : `--${name}`
  const value = name === 'files' ? files : flags[name]
  throw usageError(
    `${flag} ${WANTED[name] ?? issue?.message ?? 'is invalid'} (got ${describeValue(value)})`,
    flag,
    value,
  )
}

/** A token of the user's own, so that a page finds the inspector again after a restart. */
const TOKEN_VARIABLE = 'INSPECTOR_TOKEN'

export function inspectorSettings(
  { env }: Terminal,
  { port, allowActions = false }: { readonly port: number; readonly allowActions?: boolean },
): InspectorSettings {
  const token = env[TOKEN_VARIABLE]
  return { port, allowActions, ...(token === undefined || token === '' ? {} : { token }) }
}

export const announce = ({ err }: Terminal, { url }: OpenInspector): void => void err.write(`inspector: ${url}\n`)

/**
 * `outcry inspect`: shows recorded runs until it is interrupted, writes one as a page that needs no
 * server, or says as JSON where two part.
 *
 * @returns the exit code.
 * @throws OutcryError for a file that is no recording.
 */
export async function inspectCommand(
  options: InspectOptions,
  ports: { readonly terminal: Terminal; readonly interrupts: Interrupts; readonly inspector: LoadInspector },
): Promise<number> {
  const { terminal, interrupts } = ports
  const { compareRecordings, exportRecording, inspectRecording } = await ports.inspector()
  const [file = '', other] = options.files
  if (options.json) {
    if (options.export !== undefined) throw usageError('--json and --export exclude each other', '--json', true)
    if (other === undefined) throw usageError('--json takes two recordings, and compares them', '--json', options.files)
    const comparison = compareRecordings(file, other)
    terminal.out.write(`${JSON.stringify({ files: options.files, ...comparison })}\n`)
    return EXIT_OK
  }
  if (options.export !== undefined) {
    if (options.files.length > 1) throw usageError('--export takes one recording', '--export', options.files)
    requireOtherFile('--export', options.export, options.files)
    const html = exportRecording(file)
    writePage(options.export, html)
    return EXIT_OK
  }
  const stopListening = interrupts.listen(() => {})
  const inspector = await inspectRecording(options.files, inspectorSettings(terminal, options))
  announce(terminal, inspector)
  await interrupts.asked
  await inspector.close()
  stopListening()
  return EXIT_OK
}

function writePage(file: string, html: string): void {
  try {
    writeFileSync(file, html)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OutcryError('OUTCRY_OPTION_INVALID', `--export cannot write ${file}: ${why}`, {
      path: '--export',
      value: file,
    })
  }
}
