/**
 * The built product. The benchmark measures what is shipped, so it takes the public face from `dist`; it
 * does so by a computed address, since this file itself is compiled one folder deeper than it is written.
 */
export type { Engine, EventDraft } from '../dist/src/index.js'

const face: string = new URL('../../dist/src/index.js', import.meta.url).href

const outcry = (await import(face)) as typeof import('../dist/src/index.js')

export const { alert, createEngine, defineEvent, defineStrategy, leanFeed, mergeFeeds, news, reutersFeed, trade } =
  outcry
/** The class of the drafts, for whoever dispatches by class. */
export const DraftClass = outcry.EventDraft

const inspectorFace: string = new URL('../../dist/inspector/index.js', import.meta.url).href

/** Loaded only where it is measured. */
export const openInspector = async (engine: import('../dist/src/index.js').Engine) => {
  const { inspect } = (await import(inspectorFace)) as typeof import('../dist/inspector/index.js')
  return inspect(engine)
}

const metricsFace: string = new URL('../../dist/inspector/metrics/index.js', import.meta.url).href

/** Loaded only where it is measured. */
export const openMetrics = async () =>
  (await import(metricsFace)) as typeof import('../dist/inspector/metrics/index.js')
