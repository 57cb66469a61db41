/**
 * The built product. The benchmark measures what is shipped, so it takes the public face from `dist`; it
 * does so by a computed address, since this file itself is compiled one folder deeper than it is written.
 */
export type { Engine, EventDraft } from '../dist/src/index.js'

const face: string = new URL('../../dist/src/index.js', import.meta.url).href

export const { createEngine, defineStrategy, news, trade } = (await import(
  face
)) as typeof import('../dist/src/index.js')
