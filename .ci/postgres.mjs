/** A PostgreSQL server of one's own, from the binaries of the machine: for tests, the kill test and the benchmark. */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const DEBIAN = '/usr/lib/postgresql'
/** Under load a server takes its time; beyond this it does not come. */
const START_MS = 60_000

/** Where Debian's package, or a PATH of one's own, has the server; undefined where there is none. */
export function postgresBinaries() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')))
}

/** Why no server can be started here; undefined where one can. */
export function whyNoPostgres() {
  if (postgresBinaries() === undefined) return 'no PostgreSQL server is installed (Debian: apt-get install postgresql)'
  if (process.getuid?.() === 0 && unprivileged() === undefined)
    return 'PostgreSQL does not run as root, and there is no user "postgres"'
  return undefined
}

/** Root may not run it: the user that Debian's package has made does. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {}
  try {
    const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Starts a server on a free port of the loopback, with its data in a folder of its own.
 *
 * @param {{ fsync?: boolean, settings?: Record<string, string | number> }} [options]
 */
export async function startPostgres({ fsync = true, settings = {} } = {}) {
  const why = whyNoPostgres()
  if (why !== undefined) throw new Error(why)
  const bin = postgresBinaries()
  const user = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'outcry-postgres-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, stdio: 'pipe' }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'outcry', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
    options,
  )
  const port = await freePort()
  const log = join(data, 'server.log')
  let server

  async function begin() {
    const given = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder,
      fsync: fsync ? 'on' : 'off',
      logging_collector: 'off',
      shared_buffers: '64MB',
      ...settings,
      port,
    }
    const flags = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn('/bin/sh', ['-c', 'exec "$@" >>"$0" 2>&1', log, join(bin, 'postgres'), '-D', data, ...flags], {
      ...options,
      stdio: 'ignore',
    })
    server = child
    let gone = false
    child.once('exit', () => {
      gone = true
    })
    for (let waited = 0; waited < START_MS; waited += 50) {
      if (gone) break
      try {
        execFileSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
        return
      } catch {
        await sleep(50)
      }
    }
    throw new Error(`the server did not start:\n${readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`)
  }

  /** `SIGINT` ends it in order, `SIGQUIT` as a crash does. */
  async function end(signal) {
    const child = server
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await exited
  }

  // Whoever has started it may end without a word.
  const atExit = () => server?.kill('SIGQUIT')
  process.on('exit', atExit)
  try {
    await begin()
  } catch (error) {
    process.off('exit', atExit)
    await end('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    port,
    url: `postgres://outcry@127.0.0.1:${port}/postgres`,
    /** As after a loss of power of the machine: every connection breaks off, and recovery follows. */
    crash: () => end('SIGQUIT'),
    shutDown: () => end('SIGINT'),
    start: begin,
    async stop() {
      process.off('exit', atExit)
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
