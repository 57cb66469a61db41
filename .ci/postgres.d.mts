export interface PostgresServer {
  readonly port: number
  readonly url: string
  crash(): Promise<void>
  shutDown(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}
export function postgresBinaries(): string | undefined
export function whyNoPostgres(): string | undefined
export function startPostgres(options?: {
  readonly fsync?: boolean
  readonly settings?: Readonly<Record<string, string | number>>
}): Promise<PostgresServer>
