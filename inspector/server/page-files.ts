import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
}

export interface PageFile {
  readonly type: string
  readonly path: string
}

/** Where the page is in the package, and where a build puts it when this runs from the sources. */
const FOLDERS = [new URL('../page/', import.meta.url), new URL('../../dist/inspector/page/', import.meta.url)]

export const pageFolder = (): string | undefined =>
  FOLDERS.map((url) => fileURLToPath(url)).find((folder) => existsSync(join(folder, 'page.js')))

/**
 * The files of the page by the path that they are asked for. The list is made once: what is not on
 * it does not exist, however its path is written.
 */
export function listPageFiles(folder = pageFolder()): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  if (folder === undefined) return files
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    files.set(`/${path.slice(folder.length).split(sep).filter(Boolean).join('/')}`, { type, path })
  }
  return files
}

export const readPageFile = ({ path }: PageFile): Buffer => readFileSync(path)
