// Installs the peers the first time; a later run starts at once. Standard output stays free for --json.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

if (!existsSync(new URL('node_modules/rxjs/package.json', import.meta.url))) {
  process.stderr.write('Installing the peers of the benchmark ...\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: ['ignore', 2, 2] })
  process.exitCode = status ?? 1
}
