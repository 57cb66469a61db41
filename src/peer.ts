import { OutcryError } from './errors.js'

/** Node's own words for it are the one place that says which package was not found. */
const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${name}'`)

/**
 * Loads an optional peer dependency for the subpath that stands on it. A package that is there and does
 * not load has a fault of its own, which is thrown as it is.
 *
 * @param load imports it; written out where it is used, so that bundlers see the import.
 * @throws {OutcryError} OUTCRY_PEER_MISSING, with the command that installs it.
 */
export async function optionalPeer<T>(subpath: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(error, name)) throw error
    const message = `${subpath} needs the package ${name}, which is not installed: npm install ${name}`
    throw new OutcryError('OUTCRY_PEER_MISSING', message, { path: subpath, value: name, cause: error })
  }
}
