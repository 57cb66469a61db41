import { createHash } from 'node:crypto'
import { createSystemEnvironment, type Engine, type Environment } from 'outcry'
import { LiveSource } from './collect/live-source.js'
import type { Bounds } from './collect/redact.js'
import { TraceFile } from './recording/trace-file.js'
import { LiveFace } from './server/live-routes.js'
import { type CheckedOptions, checkInspectOptions, type InspectOptions } from './server/options.js'
import { RecordingFace } from './server/recording-face.js'
import { InspectorServer } from './server/server.js'
import { packageVersion } from './version.js'

export interface Inspector extends AsyncDisposable {
  /** Where to look, the token included. */
  readonly url: string
  readonly port: number
  /** How many pages are looking. */
  readonly pages: number
  /** Shows another engine from now on, as after a restart: pages that are open go on with it. */
  watch(engine: Engine): void
  /** Resolves once no page is open, at once if none is. */
  whenAlone(): Promise<void>
  close(): Promise<void>
}

/** A token that nobody can guess: over 160 random bits of the operating system, through a hash. */
export function randomToken(environment: Environment): string {
  const ids = Array.from({ length: 4 }, () => environment.id()).join()
  return createHash('sha256').update(ids).digest('base64url').slice(0, 32)
}

/**
 * Opens an inspector on an engine: a page on this machine that shows every actor, its state and the
 * edge that it has just taken. It may be called before the engine starts or while it runs. The engine
 * is listened to only while a page is open.
 *
 * @example
 * ```ts
 * const inspector = await inspect(engine, { port: 7777, allowActions: true })
 * console.error(`inspector: ${inspector.url}`)
 * // …
 * await inspector.close()
 * ```
 *
 * @throws {OutcryError} OUTCRY_OPTION_INVALID for an option that cannot be meant, such as another
 *   interface without a token; OUTCRY_INSPECTOR_FAILED if the port cannot be listened on.
 */
export async function inspect(engine: Engine, options: InspectOptions = {}): Promise<Inspector> {
  const checked = checkInspectOptions(options)
  // The engine's own clock may be that of its data, and its chance that of a seed.
  const environment = checked.environment ?? createSystemEnvironment()
  const token = checked.token ?? randomToken(createSystemEnvironment())
  const face = liveFace(engine, checked, environment)
  const server = new InspectorServer({ options: checked, token, environment, face })
  await server.listen()
  const handle = handleOf(server)
  // A copy would read the getters once.
  return Object.defineProperty(handle, 'watch', {
    value: (next: Engine): void => server.show(liveFace(next, checked, environment)),
    enumerable: true,
  }) as Inspector
}

/**
 * Opens the inspector on a recorded run, or on two that are to be compared.
 *
 * @throws {OutcryError} OUTCRY_TRACE_INVALID for a file that is no recording, and as `inspect`.
 */
export async function inspectRecording(
  paths: readonly string[],
  options: InspectOptions = {},
): Promise<Omit<Inspector, 'watch'>> {
  const checked = checkInspectOptions(options)
  const files = paths.map((path) => new TraceFile(path))
  const environment = checked.environment ?? createSystemEnvironment()
  const token = checked.token ?? randomToken(createSystemEnvironment())
  const face = new RecordingFace(files, environment, environment.id())
  const server = new InspectorServer({ options: checked, token, environment, face })
  await server.listen()
  return handleOf(server)
}

/** What a host holds of a server; read when it is asked for, as a port may be any that was free. */
function handleOf(server: InspectorServer): Omit<Inspector, 'watch'> {
  return {
    get url() {
      return server.url
    },
    get port() {
      return server.port
    },
    get pages() {
      return server.pages
    },
    whenAlone: () => server.whenAlone(),
    close: () => server.close(),
    async [Symbol.asyncDispose]() {
      await server.close()
    },
  }
}

function liveFace(engine: Engine, { allowActions, redact }: CheckedOptions, environment: Environment): LiveFace {
  const bounds: Bounds = { redact: redact.map(patternOf) }
  const source = new LiveSource({
    engine,
    environment,
    run: environment.id(),
    version: packageVersion,
    allowActions,
    bounds,
  })
  return new LiveFace({ engine, source, bounds, allowActions })
}

const patternOf = (word: string): RegExp => new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i')
