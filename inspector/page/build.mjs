/**
 * Builds the page into dist/inspector/page, unless it stands there already from the same sources:
 * `npm run build` is part of nearly every command of the repository and has to stay quick.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const STAMP = join(root, 'node_modules/.cache/inspector-page')
const PRODUCTS = ['index.html', 'page.js', 'page.css', 'elk/elk-worker.min.js', 'NOTICES.txt']

const sources = () => [
  ...readdirSync(join(root, 'inspector/page'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
  ...readdirSync(join(root, 'inspector'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, 'inspector', name)),
  join(root, 'inspector/recording/player.ts'),
  join(root, 'vite.page.config.ts'),
  join(root, 'package-lock.json'),
]

function digest() {
  const hash = createHash('sha256')
  for (const path of sources().sort())
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}

const now = digest()
const stands = PRODUCTS.every((name) => existsSync(join(root, 'dist/inspector/page', name)))
if (!stands || !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== now || process.argv.includes('--force')) {
  // Loaded only where it is needed, as it takes longer to load than the rest of this file to run.
  const { build } = await import('vite')
  await build({ configFile: join(root, 'vite.page.config.ts') })
  mkdirSync(dirname(STAMP), { recursive: true })
  writeFileSync(STAMP, now)
}
