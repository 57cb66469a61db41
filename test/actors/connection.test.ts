import { describe, expect, it } from 'vitest'
import { ConnectionKeeper } from '../../actors/connection.js'
import { createEngine, portOf } from '../../actors/engine.js'
import { OutcryError } from '../../src/errors.js'
import { trade } from '../../src/events/catalogue/market.js'
import type { JournalConnection } from '../../src/journal/connection.js'
import { MemoryJournal } from '../../src/journal/memory.js'
import type { JournalBatch } from '../../src/journal/records.js'
import { silentLog } from '../../src/log.js'

/** A connection whose fate the test decides. */
class FakeConnection implements JournalConnection {
  readonly backoff = { initialMs: 1, maxMs: 4, jitter: 0.5, attempts: 3 }
  readonly attempts: { succeed(): void; fail(error: unknown): void }[] = []
  disconnects = 0
  up = false
  #onLost: (error: unknown) => void = () => {}

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.attempts.push({
        succeed: () => {
          this.up = true
          resolve()
        },
        fail: reject,
      })
    })
  }

  async disconnect(): Promise<void> {
    this.disconnects += 1
    this.up = false
  }

  mayRetry(error: unknown): boolean {
    return !(error instanceof OutcryError)
  }

  watch(onLost: (error: unknown) => void): void {
    this.#onLost = onLost
  }

  lose(): void {
    this.up = false
    this.#onLost(new Error('gone'))
  }
}

class FarJournal extends MemoryJournal {
  readonly connection = new FakeConnection()

  override async append(batch: JournalBatch, sync: boolean): Promise<void> {
    if (!this.connection.up) throw new Error('not connected')
    await super.append(batch, sync)
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000 && !condition(); round += 1) await tick()
  expect(condition()).toBe(true)
}

function made() {
  const journal = new FarJournal()
  const { connection } = journal
  const engine = createEngine({ journal })
  const stateOf = (...path: readonly string[]): unknown => {
    let at: { getSnapshot(): unknown } | undefined = portOf(engine).plane.actor
    for (const name of path) {
      const { children } = (at?.getSnapshot() ?? {}) as { children?: Record<string, { getSnapshot(): unknown }> }
      at = children?.[name]
    }
    return (at?.getSnapshot() as { value?: unknown } | undefined)?.value
  }
  const state = () => stateOf('journal', 'connection')
  /** Decides the next attempt that is made. */
  const decide = async (how: (attempt: FakeConnection['attempts'][number]) => void) => {
    await until(() => connection.attempts.length > 0)
    const attempt = connection.attempts.shift()
    if (attempt !== undefined) how(attempt)
  }
  const started = async () => {
    const starting = engine.start()
    await decide((attempt) => attempt.succeed())
    await starting
  }
  return { journal, connection, engine, state, stateOf, decide, started }
}

const price = (n: number) => trade({ id: `t-${n}`, symbol: 'S', price: n + 1, size: 1 })
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('the connection of a journal', () => {
  it('is made before the journal is opened, and tried again when the first attempts fail', async () => {
    const { engine, state, stateOf, decide } = made()
    const starting = engine.start()
    expect(state()).toBe('connecting')
    expect(stateOf('journal')).toBe('connecting')
    await decide((attempt) => attempt.fail(new Error('starting up')))
    await decide((attempt) => attempt.fail(new Error('starting up')))
    await decide((attempt) => attempt.succeed())
    await starting
    expect(state()).toBe('connected')
    expect(stateOf('journal')).toBe('writing')
    await engine.stop()
  })

  it('is given up after as many attempts as it is allowed, with the last error as the cause', async () => {
    const { engine, connection, decide } = made()
    const starting = reasonOf(engine.start())
    for (const n of [1, 2, 3]) await decide((attempt) => attempt.fail(new Error(`refused ${n}`)))
    expect(await starting).toMatchObject({ code: 'OUTCRY_START_FAILED', cause: { message: 'refused 3' } })
    expect(connection.attempts).toEqual([])
    expect(connection.disconnects).toBeGreaterThan(0)
  })

  it('is given up at once where no other attempt would help', async () => {
    const { engine, decide } = made()
    const starting = reasonOf(engine.start())
    await decide((attempt) => attempt.fail(new OutcryError('OUTCRY_JOURNAL_LOCKED', 'held')))
    expect(await starting).toMatchObject({ code: 'OUTCRY_START_FAILED', cause: { code: 'OUTCRY_JOURNAL_LOCKED' } })
  })

  it('is made again when it is lost, however often that fails, and publishers wait meanwhile', async () => {
    const { engine, connection, state, decide, started } = made()
    await started()
    connection.lose()
    expect(state()).toBe('backingOff')
    const published = engine.publish(price(1))
    for (let n = 0; n < 10; n += 1) await decide((attempt) => attempt.fail(new Error('down')))
    expect(state()).toBe('backingOff')
    await decide((attempt) => attempt.succeed())
    await until(() => state() === 'connected')
    expect(await published).toMatchObject({ status: 'accepted' })
    await engine.stop()
  })

  it('fails the engine where it is lost for good, while nothing is written', async () => {
    const { engine, connection, stateOf, decide, started } = made()
    await started()
    connection.lose()
    await decide((attempt) => attempt.fail(new OutcryError('OUTCRY_JOURNAL_LOCKED', 'taken')))
    await until(() => engine.state === 'failed')
    expect(stateOf()).toBe('failed')
    expect(connection.attempts).toEqual([])
  })

  it('fails the engine where it is lost for good, while an append waits for it', async () => {
    const { engine, connection, stateOf, decide, started } = made()
    await started()
    connection.lose()
    const published = engine.publish(price(1))
    await until(() => JSON.stringify(stateOf('journal')) === JSON.stringify({ failing: 'waiting' }))
    await decide((attempt) => attempt.fail(new OutcryError('OUTCRY_JOURNAL_LOCKED', 'taken')))
    await until(() => engine.state === 'failed')
    expect(await published).toMatchObject({ status: 'refused' })
  })

  it('can be stopped while it is being made, and while it waits to be made again', async () => {
    const first = made()
    const starting = reasonOf(first.engine.start())
    expect(first.state()).toBe('connecting')
    await first.engine.stop()
    expect(await starting).toMatchObject({ code: 'OUTCRY_ENGINE_STOPPED' })
    const late = first.connection.attempts.shift()
    late?.succeed()
    await tick()
    expect(first.connection.attempts).toEqual([])

    const second = made()
    await second.started()
    second.connection.lose()
    expect(second.state()).toBe('backingOff')
    const report = await second.engine.stop({ drain: false })
    expect(report.clean).toBe(true)
    await tick()
    expect(second.connection.attempts).toEqual([])
  })
})

describe('the wait before the next attempt', () => {
  it('doubles, is capped, and is spread by chance', () => {
    const waitOf = (jitter: number, attempts: number, chance: number): number => {
      const waits: number[] = []
      const environment = { random: () => chance, watch: (_: () => void, ms: number) => waits.push(ms) }
      const connection = { backoff: { initialMs: 100, maxMs: 5_000, jitter, attempts: 3 }, watch: () => {} }
      const keeper = new ConnectionKeeper('c', connection as never, environment as never, silentLog, () => {})
      keeper.watchRetry(attempts)
      return waits[0] ?? Number.NaN
    }
    expect([0, 1, 2, 3, 10, 100].map((attempts) => waitOf(0, attempts, 0.5))).toEqual([
      100, 100, 200, 400, 5_000, 5_000,
    ])
    expect(waitOf(0.5, 1, 0)).toBe(50)
    expect(waitOf(0.5, 1, 0.999)).toBeCloseTo(150, 0)
    expect(waitOf(0.5, 50, 0.999)).toBe(5_000)
  })
})
