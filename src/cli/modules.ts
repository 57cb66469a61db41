import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EngineOptions } from '../../actors/options.js'
import { OutcryError } from '../errors.js'
import type { Feed } from '../feeds/feed.js'
import type { InspectorModule, LoadInspector } from './inspect.js'
import type { SimulateOptions } from './simulate.js'
import type { Output } from './terminal.js'

export type Strategy = NonNullable<EngineOptions['strategies']>[number]

/** What the bundled demonstration consists of. */
export interface Demonstration {
  readonly strategies: readonly Strategy[]
  readonly feeds: readonly Feed[]
  readonly options: EngineOptions
  readonly notes: readonly string[]
}

/** Makes the demonstration; `signals` is the file that its signals go to, added to what is there with `append`. */
export type LoadDemonstration = (choices: {
  readonly signals?: string
  readonly append?: boolean
}) => Promise<Demonstration>

const invalid = (message: string, value: unknown, cause?: unknown): OutcryError =>
  new OutcryError('OUTCRY_MODULE_INVALID', message, { path: '--strategy', value, cause })

function isStrategy(value: unknown): value is Strategy {
  if (typeof value !== 'object' || value === null) return false
  const { name, onEvent, onEvents } = value as Partial<Record<string, unknown>>
  return typeof name === 'string' && (typeof onEvent === 'function' || typeof onEvents === 'function')
}

/** A path as the working directory sees it, or the name of a package. */
function moduleUrl(spec: string): string {
  const path = resolve(spec)
  if (existsSync(path)) return pathToFileURL(path).href
  if (isAbsolute(spec) || /^\.{1,2}[\\/]/.test(spec) || /\.[cm]?[jt]s$/.test(spec)) {
    throw invalid(`--strategy ${spec}: there is no such file`, spec)
  }
  return spec
}

/** Modules whose evaluation has not ended: named if the process runs out of work before it has. */
export const evaluating = new Set<string>()

const hintOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    ? 'this Node cannot load it; compile it to JavaScript first'
    : error instanceof Error
      ? error.message
      : String(error)

/**
 * The strategies that a module exports: by default (one, or a list of them) and by name, each once.
 *
 * @throws OutcryError `OUTCRY_MODULE_INVALID` for a module that cannot be loaded or has none.
 */
export async function loadStrategies(spec: string): Promise<readonly Strategy[]> {
  const url = moduleUrl(spec)
  let exported: Record<string, unknown>
  evaluating.add(spec)
  try {
    exported = await import(url)
    evaluating.delete(spec)
  } catch (error) {
    evaluating.delete(spec)
    throw invalid(`--strategy ${spec}: ${hintOf(error)}`, spec, error)
  }
  const { default: first, ...named } = exported
  const found = [first, ...Object.values(named)].flat().filter(isStrategy)
  if (found.length === 0) {
    throw invalid(
      `--strategy ${spec}: exports no strategy; export what defineStrategy returns, by default or by name`,
      spec,
    )
  }
  const strategies = [...new Set(found)]
  for (const strategy of strategies) origins.set(strategy, url)
  return strategies
}

const origins = new WeakMap<Strategy, string>()

/** Names of those strategies whose module is on the stack of an error, which they have let escape. */
export function strategiesOn(error: unknown, among: readonly Strategy[]): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return among
    .filter((strategy) => {
      const url = origins.get(strategy)
      return url?.startsWith('file:') === true && stack.includes(`${url}:`)
    })
    .map(({ name }) => name)
}

/** Lies beside this file once both are built; what is published must not import it by name. */
const DEMONSTRATION = new URL('../../examples/demonstration.js', import.meta.url)

/**
 * The demonstration that comes with the product.
 *
 * @throws OutcryError `OUTCRY_MODULE_INVALID` where it was not built or not installed.
 */
export const loadDemonstration: LoadDemonstration = async (choices) => {
  let exported: { demonstration?: LoadDemonstration }
  try {
    exported = await import(DEMONSTRATION.href)
  } catch (error) {
    throw new OutcryError(
      'OUTCRY_MODULE_INVALID',
      `The bundled demonstration cannot be loaded: ${hintOf(error)}. Name a feed with --feed.`,
      { path: '--feed', cause: error },
    )
  }
  if (exported.demonstration === undefined) {
    throw new OutcryError('OUTCRY_MODULE_INVALID', 'The bundled demonstration exports no function `demonstration`.')
  }
  return exported.demonstration(choices)
}

/** As the demonstration: it stands on the public face, so nothing of the product imports it by name. */
const SIMULATION = new URL('../../simulations/command.js', import.meta.url)

/** Runs `outcry simulate`; its answer is the exit code. */
export type Simulate = (
  options: SimulateOptions,
  io: { readonly out: Output; readonly err: Output; readonly version: string },
) => Promise<number>

/**
 * The simulation that comes with the product.
 *
 * @throws OutcryError `OUTCRY_MODULE_INVALID` where it was not built or not installed.
 */
export async function loadSimulate(): Promise<Simulate> {
  let exported: { simulateCommand?: Simulate }
  try {
    exported = await import(SIMULATION.href)
  } catch (error) {
    throw new OutcryError('OUTCRY_MODULE_INVALID', `The simulation cannot be loaded: ${hintOf(error)}.`, {
      path: 'simulate',
      cause: error,
    })
  }
  if (exported.simulateCommand === undefined) {
    throw new OutcryError('OUTCRY_MODULE_INVALID', 'The simulation exports no function `simulateCommand`.')
  }
  return exported.simulateCommand
}

/** As the simulation: it stands on the public face. */
const INSPECTOR = new URL('../../inspector/index.js', import.meta.url)

/**
 * The inspector that comes with the product.
 *
 * @throws OutcryError `OUTCRY_MODULE_INVALID` where it was not built or not installed.
 */
export const loadInspector: LoadInspector = async () => {
  try {
    return (await import(INSPECTOR.href)) as InspectorModule
  } catch (error) {
    throw new OutcryError('OUTCRY_MODULE_INVALID', `The inspector cannot be loaded: ${hintOf(error)}.`, {
      path: '--inspect',
      cause: error,
    })
  }
}
