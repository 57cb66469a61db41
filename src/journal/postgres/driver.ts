import { optionalPeer } from '../../peer.js'

/** The driver, an optional peer. */
export const pg = await optionalPeer('outcry/postgres', 'pg', () => import('pg'))
