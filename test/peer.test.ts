import { describe, expect, it } from 'vitest'
import { isOutcryError } from '../src/errors.js'
import { optionalPeer } from '../src/peer.js'

const failureOf = async (load: () => Promise<unknown>): Promise<unknown> =>
  optionalPeer('outcry/http', 'undici', load).then(
    () => undefined,
    (error: unknown) => error,
  )

const notFound = (name: string): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /somewhere/client.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  })

describe('an optional peer', () => {
  it('that is not installed is told of in one line, with what installs it', async () => {
    const error = await failureOf(() => Promise.reject(notFound('undici')))
    expect(isOutcryError(error) && `${error.code} ${error.message}`).toBe(
      'OUTCRY_PEER_MISSING outcry/http needs the package undici, which is not installed: npm install undici',
    )
  })

  it('that is there is handed over, and one that fails otherwise fails as it does', async () => {
    expect(await optionalPeer('outcry/http', 'undici', async () => ({ Pool: 1 }))).toEqual({ Pool: 1 })
    const own = new Error('built for another Node')
    expect(await failureOf(() => Promise.reject(own))).toBe(own)
    // A package of the peer's own that is missing is a broken installation of the peer.
    const inner = notFound('msgpackr')
    expect(await failureOf(() => Promise.reject(inner))).toBe(inner)
  })
})
