import { existsSync, readFileSync } from 'node:fs'

/** From the sources the package is one folder up, from a build two. */
const FILES = [new URL('../package.json', import.meta.url), new URL('../../package.json', import.meta.url)]

function read(): string {
  const file = FILES.find((url) => existsSync(url))
  if (file === undefined) return '0.0.0'
  return String((JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: unknown }).version)
}

export const packageVersion = read()
