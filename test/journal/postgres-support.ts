import { afterAll, beforeAll, describe, it } from 'vitest'
import { type PostgresServer, startPostgres, whyNoPostgres } from '../../.ci/postgres.mjs'

export type { PostgresServer }

/**
 * Tests with a server of their own, which `body` is given a way to. Where there is none they are skipped
 * and say why; with OUTCRY_POSTGRES=required, as in CI, they fail instead.
 */
export function withPostgres(
  title: string,
  body: (server: () => PostgresServer) => void,
  options: Parameters<typeof startPostgres>[0] = {},
): void {
  const why = whyNoPostgres()
  if (why !== undefined) {
    const required = process.env.OUTCRY_POSTGRES === 'required'
    const test = required ? it : it.skip
    test(`${title}: ${why}`, () => {
      throw new Error(why)
    })
    return
  }
  describe(title, () => {
    let server: PostgresServer | undefined
    beforeAll(async () => {
      server = await startPostgres(options)
    }, 120_000)
    afterAll(async () => {
      await server?.stop()
    }, 60_000)
    body(() => {
      if (server === undefined) throw new Error('the server has not started')
      return server
    })
  })
}
