import type { ClientConfig, Pool, PoolClient, PoolConfig } from 'pg'
import { isOutcryError, OutcryError } from '../../errors.js'
import type { ConnectionBackoff, JournalConnection } from '../connection.js'
import { pg } from './driver.js'
import { journalError, mayPass, outlives } from './failure.js'
import type { PostgresSettings } from './options.js'

/** The oldest server whose statements are known to do: 13 of PostgreSQL. */
const OLDEST_SERVER = 130_000

/**
 * The connections of one journal: one is held, with the advisory lock that makes the journal ours, and
 * all that is written goes through it, so that whoever has lost the lock can no longer write either. The
 * others come and go with what is read.
 */
export class PostgresLink implements JournalConnection {
  readonly backoff: ConnectionBackoff
  readonly #settings: PostgresSettings
  #pool: Pool | undefined
  #held: PoolClient | undefined
  #connecting: Promise<void> | undefined
  #onLost: ((error: unknown) => void) | undefined
  /** Why it is not connected. */
  #reason: unknown
  /** The server's process of the connection that was held last. */
  #backend: number | undefined
  #isSynchronous = true
  /** One at a time: statements of two transactions must not mix on the held connection. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Times that a connection was lost. */
  lost = 0

  constructor(
    private readonly name: string,
    settings: PostgresSettings,
    /** Tells this journal's connections from those of all others. */
    private readonly token: string,
    /** Called with each new connection, once the lock is ours and before anybody else uses it. */
    private readonly onConnected: (client: PoolClient) => Promise<void>,
  ) {
    this.#settings = settings
    this.backoff = settings.backoff
  }

  watch(onLost: (error: unknown) => void): void {
    this.#onLost = onLost
  }

  mayRetry(error: unknown): boolean {
    return mayPass(error)
  }

  /** Connections of the pool: in all, idle ones, and how many wait for one. */
  figures(): Readonly<Record<string, number>> {
    const pool = this.#pool
    return {
      connected: this.#held === undefined ? 0 : 1,
      lost: this.lost,
      total: pool?.totalCount ?? 0,
      idle: pool?.idleCount ?? 0,
      waiting: pool?.waitingCount ?? 0,
      max: this.#settings.pool.max,
    }
  }

  connect(): Promise<void> {
    if (this.#held !== undefined) return Promise.resolve()
    this.#connecting ??= this.#take().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async disconnect(): Promise<void> {
    await this.#connecting?.catch(() => undefined)
    const held = this.#held
    const pool = this.#pool
    this.#held = undefined
    this.#pool = undefined
    this.#reason = undefined
    // The lock goes with its session.
    held?.release(true)
    await pool?.end().catch(() => undefined)
  }

  /** A connection to read by, for one statement. */
  reader(): Pool {
    if (this.#pool !== undefined) return this.#pool
    throw this.#absent()
  }

  /**
   * Runs `work` on the held connection, when all that was asked for before is done.
   *
   * @param sync whether what is committed outlives a loss of power once `work` has resolved.
   * @throws {OutcryError} OUTCRY_JOURNAL_FAILED; then nothing of a transaction that was begun is left open.
   */
  async exclusively<T>(sync: boolean, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const before = this.#turn
    const own = before.then(() => this.#run(sync, work))
    this.#turn = own.catch(() => undefined)
    return own
  }

  async #run<T>(sync: boolean, work: (client: PoolClient) => Promise<T>): Promise<T> {
    // Without an engine nobody else sees to it.
    if (this.#held === undefined && this.#onLost === undefined && this.#pool !== undefined) await this.connect()
    const client = this.#held
    if (client === undefined) throw this.#absent()
    try {
      if (sync !== this.#isSynchronous) {
        await client.query(`SET synchronous_commit TO ${sync ? 'on' : 'off'}`)
        this.#isSynchronous = sync
      }
      return await work(client)
    } catch (error) {
      // What was begun must not be there for whoever comes next.
      if (isOutcryError(error) || outlives(error)) {
        await client.query('ROLLBACK').catch((worse: unknown) => this.#drop(client, worse))
      } else this.#drop(client, error)
      throw error
    }
  }

  async #take(): Promise<void> {
    this.#pool ??= this.#makePool()
    let client: PoolClient | undefined
    try {
      client = await this.#pool.connect()
      // From here on it may break off at any time, and an error that nobody hears would end the process.
      const mine = client
      client.on('error', (error) => this.#drop(mine, error))
      client.on('end', () => this.#drop(mine, new Error('the server has closed the connection')))
      await this.#prepare(client)
      await this.#lock(client)
      await this.onConnected(client)
      this.#held = client
      this.#reason = undefined
    } catch (error) {
      client?.release(true)
      const failure = journalError(this.name, 'cannot be connected', error)
      this.#reason = failure
      throw failure
    }
  }

  #makePool(): Pool {
    const { pool } = this.#settings
    const config: PoolConfig = {
      ...clientConfig(this.#settings),
      min: pool.min,
      max: pool.max,
      idleTimeoutMillis: pool.idleTimeoutMs,
      application_name: this.token,
    }
    const made = new pg.Pool(config)
    // An idle connection that breaks off is taken out of the pool; whoever reads next gets another.
    made.on('error', () => {})
    return made
  }

  async #prepare(client: PoolClient): Promise<void> {
    await client.query('SET synchronous_commit TO on; SET idle_in_transaction_session_timeout TO 0')
    this.#isSynchronous = true
    const { rows } = await client.query<{ version: number; fsync: string; commit: string; pid: number }>(
      `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit, pg_backend_pid() AS pid`,
    )
    const { version = 0, fsync, commit } = rows[0] ?? {}
    if (version < OLDEST_SERVER) {
      throw this.#refusal(`wants PostgreSQL 13 or newer, and the server is of ${version}`)
    }
    if (version >= 140_000) await client.query('SET idle_session_timeout TO 0')
    if (this.#settings.allowUnsafeServer) return
    if (fsync !== 'on' || commit !== 'on') {
      throw this.#refusal(
        `is on a server with fsync=${fsync} and synchronous_commit=${commit}: nothing would be durable`,
      )
    }
  }

  async #lock(client: PoolClient): Promise<void> {
    const key = `outcry journal ${this.#settings.schema}`
    const take = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked, pg_backend_pid() AS pid'
    const first = await client.query<{ locked: boolean; pid: number }>(take, [key])
    if (first.rows[0]?.locked !== true) {
      // A connection of ours that broke off may live on at the server's end until it notices.
      const mine = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND application_name = $2'
      if (this.#backend !== undefined) await client.query(mine, [this.#backend, this.token])
      // The server may still be about what a process that was killed had asked of it.
      await client.query(`SET lock_timeout TO ${this.#settings.lockWaitMs}`)
      try {
        await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [key])
      } catch (error) {
        if ((error as { readonly code?: string }).code === '55P03') throw await this.#taken(client, key)
        throw error
      }
      await client.query('SET lock_timeout TO 0')
    }
    this.#backend = first.rows[0]?.pid
  }

  async #taken(client: PoolClient, key: string): Promise<OutcryError> {
    const { rows } = await client.query<{ pid: number; application: string | null; address: string | null }>(
      `SELECT l.pid, a.application_name AS application, a.client_addr::text AS address
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0)`,
      [key],
    )
    const { pid, application, address } = rows[0] ?? {}
    const who = application == null || application === '' ? 'somebody' : application
    const where = address == null ? '' : ` from ${address}`
    const message = `${this.name} is held by ${who}${where}, backend ${pid ?? 'unknown'} of the server.`
    return new OutcryError('OUTCRY_JOURNAL_LOCKED', message, { path: this.name, value: pid })
  }

  #drop(client: PoolClient, error: unknown): void {
    if (this.#held !== client) return
    this.#held = undefined
    this.lost += 1
    this.#reason = error
    client.release(true)
    this.#onLost?.(journalError(this.name, 'has lost its connection', error))
  }

  #absent(): OutcryError {
    if (this.#pool === undefined) {
      return new OutcryError('OUTCRY_JOURNAL_FAILED', `${this.name} is not open.`, { path: this.name })
    }
    return journalError(this.name, 'is not connected', new Error(messageOf(this.#reason), { cause: this.#reason }))
  }

  #refusal(what: string): OutcryError {
    // Nobody but the server's administrator can help: an SQLSTATE that lasts says so.
    const cause = Object.assign(new Error(what), { code: '0A000' })
    return new OutcryError('OUTCRY_JOURNAL_FAILED', `${this.name} ${what}.`, { path: this.name, cause })
  }
}

const messageOf = (reason: unknown): string =>
  reason instanceof Error ? reason.message : reason === undefined ? 'it never was' : String(reason)

/** Where a connection goes and how long it may take, as the driver has it. */
export function clientConfig(settings: PostgresSettings): ClientConfig {
  const { connectionString, host, port, database, user, password, ssl, pool, statementTimeoutMs } = settings
  return {
    connectionTimeoutMillis: pool.connectTimeoutMs,
    query_timeout: statementTimeoutMs,
    keepAlive: true,
    ...(connectionString === undefined ? {} : { connectionString }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
  }
}
