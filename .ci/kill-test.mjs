/**
 * Kills an engine under load and looks at what is left: `npm run -s kill-test -- --rounds 100 --journal lmdb --json`.
 *
 * Each round, a child process publishes with at least a thousand publishes outstanding and tells this
 * one of each receipt; at a random moment it is killed with SIGKILL. A second child starts an engine on
 * the same journal, handles what is left, and tells which events the journal holds. An event whose
 * receipt was heard of and that is not there is lost. PostgreSQL is a server of this test's own, with a
 * schema for each round.
 *
 * A killed process leaves the page cache behind, so a loss of power is played by `--unsynced drop`: a
 * shim at the port keeps each write to itself until a sync is asked for. With `--no-sync` none ever is:
 * then events must be seen to be lost, or the test could find nothing, and it fails if none was.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres, whyNoPostgres } from './postgres.mjs'

const OUTSTANDING = 1_500
/** Milliseconds between the first receipt and the kill, at most. */
const LONGEST_MS = 400

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    journal: { type: 'string', default: 'lmdb' },
    unsynced: { type: 'string', default: 'keep' },
    'no-sync': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
    path: { type: 'string' },
    server: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log('kill-test [--rounds N] [--journal lmdb|postgres] [--unsynced keep|drop] [--no-sync] [--json]')
} else if (values.child === 'load') await load(values.path)
else if (values.child === 'recover') await recover(values.path)
else process.exitCode = await main()

/** What is written reaches the disk only with a sync, as if power failed at the kill. */
function shim(journal, drop, noSync) {
  let held = []
  return new Proxy(journal, {
    get(target, key) {
      if (key !== 'append') return typeof target[key] === 'function' ? target[key].bind(target) : target[key]
      return async (batch, sync) => {
        const synced = sync && !noSync
        if (!drop) return target.append(batch, synced)
        held.push(batch)
        if (!synced) return
        const all = held
        held = []
        for (const [index, one] of all.entries()) await target.append(one, index === all.length - 1)
      }
    },
  })
}

/** `path` is a folder, or the schema on the server. */
async function journalAt(path) {
  if (values.journal === 'lmdb') {
    const { lmdbJournal } = await import('../dist/src/journal/lmdb/index.js')
    return lmdbJournal(path)
  }
  const { postgresJournal } = await import('../dist/src/journal/postgres/index.js')
  // What was killed may still have a statement running, and lets go of its lock only after that.
  return postgresJournal({ connectionString: values.server, schema: path, lockWaitMs: 10_000 })
}

async function engineOn(path, strategy) {
  const { createEngine } = await import('../dist/src/index.js')
  const journal = shim(await journalAt(path), values.unsynced === 'drop', values['no-sync'])
  return createEngine({ journal, durability: 'chunk', strategies: [strategy] })
}

async function load(path) {
  const { trade } = await import('../dist/src/index.js')
  const pause = () => new Promise((resolve) => setImmediate(resolve))
  // Every chunk takes a moment, so that some are in flight whenever the end comes.
  const engine = await engineOn(path, { name: 'slow', onEvents: pause })
  await engine.start()
  const run = process.pid
  let n = 0
  let told = ''
  let outstanding = 0
  const flush = () => {
    if (told !== '') process.stdout.write(told)
    told = ''
  }
  const heard = (receipt) => {
    outstanding -= 1
    if (receipt.status !== 'accepted') return
    if (told === '') setImmediate(flush)
    told += `${receipt.id}\n`
  }
  for (;;) {
    while (outstanding < OUTSTANDING) {
      n += 1
      outstanding += 1
      engine.publish(trade({ id: `${run}-${n}`, symbol: `S${n % 50}`, price: n, size: 1 })).then(heard)
    }
    await pause()
  }
}

async function recover(path) {
  const seen = []
  let unflagged = 0
  const engine = await engineOn(path, {
    name: 'slow',
    onEvents(events) {
      for (const event of events) {
        seen.push(event.id)
        if (!event.redelivered) unflagged += 1
      }
    },
  })
  await engine.start()
  await engine.drain()
  const { imbalances } = await import('../dist/src/index.js')
  const report = await engine.stop()
  const journal = await journalAt(path)
  const { unsettled, runs } = await journal.open({ version: 'kill-test', configuration: '', startedAt: Date.now() })
  const ids = []
  for await (const events of journal.read()) for (const { id } of events) ids.push(id)
  const { problems } = await journal.verify()
  await journal.close('clean', Date.now())
  const twice = seen.length - new Set(seen).size
  const ledger = imbalances(report.ledger)
  process.stdout.write(
    JSON.stringify({
      ids,
      redelivered: seen.length,
      twice,
      unflagged,
      unsettled,
      ledger,
      problems,
      end: runs.at(-3)?.end,
    }),
  )
}

function self(child, path) {
  const flags = ['--child', child, '--path', path, '--journal', values.journal]
  if (values.server !== undefined) flags.push('--server', values.server)
  // What recovers must find the disk as it is.
  if (child === 'load') flags.push('--unsynced', values.unsynced, ...(values['no-sync'] ? ['--no-sync'] : []))
  return spawn(process.execPath, [fileURLToPath(import.meta.url), ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function round(path) {
  const accepted = new Set()
  const child = self('load', path)
  const closed = new Promise((resolve) => child.once('close', resolve))
  let armed = false
  for await (const id of createInterface({ input: child.stdout })) {
    accepted.add(id)
    if (armed) continue
    armed = true
    setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_MS)
  }
  await closed
  const second = self('recover', path)
  let text = ''
  for await (const part of second.stdout) text += part
  const found = JSON.parse(text)
  const ids = new Set(found.ids)
  return { accepted: accepted.size, lost: [...accepted].filter((id) => !ids.has(id)).length, ...found }
}

async function main() {
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error(`kill-test: --rounds takes a number from 1 (got "${values.rounds}")`)
    return 2
  }
  if (values.journal === 'lmdb') return await all(rounds)
  if (values.journal !== 'postgres') {
    console.error(`kill-test: --journal takes lmdb or postgres (got "${values.journal}")`)
    return 2
  }
  const why = whyNoPostgres()
  if (why !== undefined) {
    console.error(`kill-test: ${why}`)
    return 2
  }
  const server = await startPostgres()
  values.server = server.url
  try {
    return await all(rounds)
  } finally {
    await server.stop()
  }
}

async function all(rounds) {
  const sum = { rounds, accepted: 0, lost: 0, redelivered: 0, unflagged: 0, wrong: 0 }
  for (let n = 1; n <= rounds; n += 1) {
    const path = values.journal === 'lmdb' ? mkdtempSync(join(tmpdir(), 'outcry-kill-')) : `round_${n}`
    try {
      const { accepted, lost, redelivered, unflagged, twice, unsettled, ledger, problems, end } = await round(path)
      sum.accepted += accepted
      sum.lost += lost
      sum.redelivered += redelivered
      sum.unflagged += unflagged
      const wrong = twice + unsettled.length + ledger.length + problems.length + (end === 'crashed' ? 0 : 1)
      sum.wrong += wrong
      if (!values.json) console.log(`round ${n}: ${accepted} accepted, ${lost} lost, ${redelivered} redelivered`)
      if (wrong > 0) console.error(`round ${n}:`, { twice, unsettled, ledger, problems, end })
    } finally {
      if (values.journal === 'lmdb') rmSync(path, { recursive: true, force: true })
    }
  }
  console.log(values.json ? JSON.stringify(sum) : sum)
  // Without a sync something must be lost, or this could find nothing.
  if (values['no-sync'] && values.unsynced === 'drop') return sum.lost > 0 ? 0 : 1
  return sum.lost + sum.unflagged + sum.wrong === 0 && sum.accepted > 0 ? 0 : 1
}
