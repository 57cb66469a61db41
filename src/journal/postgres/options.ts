import { z } from 'zod'

/** Postgres cuts longer names short, and two journals would become one. */
const MAX_NAME_BYTES = 63

const backoff = z.strictObject({
  initialMs: z.number().positive().max(3_600_000).default(100),
  maxMs: z.number().positive().max(3_600_000).default(5_000),
  jitter: z.number().min(0).max(1).default(0.5),
  attempts: z.number().int().min(1).max(1_000).default(3),
})

const pool = z
  .strictObject({
    min: z.number().int().min(0).default(0),
    max: z.number().int().min(2, 'takes at least 2: one is held, and one reads').max(1_000).default(4),
    idleTimeoutMs: z.number().int().min(0).max(86_400_000).default(30_000),
    connectTimeoutMs: z.number().int().min(1).max(600_000).default(5_000),
  })
  .refine(({ min, max }) => min <= max, { message: 'takes no more than `max`', path: ['min'] })

export const postgresOptions = z.strictObject({
  connectionString: z
    .string()
    .refine(
      (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
      'takes postgres://user:password@host:port/database',
    )
    .optional(),
  host: z.string().min(1).optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  database: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  password: z.string().optional(),
  ssl: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
  schema: z
    .string()
    .min(1)
    .refine((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES, `takes at most ${MAX_NAME_BYTES} bytes`)
    .refine((name) => !name.includes('\0'), 'takes no NUL')
    .default('outcry'),
  pool: pool.prefault({}),
  backoff: backoff.prefault({}),
  statementTimeoutMs: z.number().int().min(100).max(3_600_000).default(30_000),
  lockWaitMs: z.number().int().min(1).max(600_000).default(1_000),
  allowUnsafeServer: z.boolean().default(false),
  onDamage: z.enum(['refuse', 'quarantine']).default('refuse'),
})

export type PostgresSettings = z.output<typeof postgresOptions>

export interface PostgresJournalOptions {
  /** `postgres://user:password@host:port/database`. What it and the fields below leave out, the variables `PG…` say. */
  readonly connectionString?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly database?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** TLS, as `node:tls` takes its options. */
  readonly ssl?: boolean | Record<string, unknown> | undefined
  /** The schema that the journal's tables are in: one journal each. Made where it is missing. Default `outcry`. */
  readonly schema?: string | undefined
  /** Of connections: one is held for as long as the journal is open, the others read. */
  readonly pool?:
    | {
        /** Connections that are kept though they are idle. Default 0. */
        readonly min?: number | undefined
        /** Connections at most. Default 4, at least 2. */
        readonly max?: number | undefined
        /** An idle connection is closed after this. Milliseconds; default 30,000; 0 keeps them. */
        readonly idleTimeoutMs?: number | undefined
        /** Milliseconds; default 5,000. */
        readonly connectTimeoutMs?: number | undefined
      }
    | undefined
  /** Between attempts to connect. Milliseconds; default 100 to 5,000, give or take half, 3 attempts at the start. */
  readonly backoff?:
    | {
        readonly initialMs?: number | undefined
        readonly maxMs?: number | undefined
        readonly jitter?: number | undefined
        readonly attempts?: number | undefined
      }
    | undefined
  /** A statement that takes longer has failed, and its connection is given up. Milliseconds; default 30,000. */
  readonly statementTimeoutMs?: number | undefined
  /** How long to wait for a process that has just been killed to let go. Milliseconds; default 1,000. */
  readonly lockWaitMs?: number | undefined
  /** Take a server that runs with `fsync=off`, on which no event is ever safe: for tests alone. Default false. */
  readonly allowUnsafeServer?: boolean | undefined
  /** What to do about a row that does not have its checksum, as of `lmdbJournal`. Default `refuse`. */
  readonly onDamage?: 'refuse' | 'quarantine' | undefined
}
