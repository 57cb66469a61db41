import { signal } from '@preact/signals'

export const VIEWS = ['overview', 'statechart', 'sequence', 'letters', 'travel'] as const
export type View = (typeof VIEWS)[number]

/** What is looked at: a view, and the path of the actor selected. It stands in the address, so that a reload keeps it. */
export const view = signal<View>('overview')
export const selected = signal<string | undefined>(undefined)

function read(): void {
  const [name = '', ...path] = location.hash.replace(/^#\/?/, '').split('/')
  view.value = VIEWS.find((one) => one === name) ?? view.value
  if (path.length > 0) selected.value = decodeURIComponent(path.join('/'))
}

function write(): void {
  const path = selected.value === undefined ? '' : `/${selected.value.split('/').map(encodeURIComponent).join('/')}`
  const hash = `#/${view.value}${path}`
  if (location.hash !== hash) history.replaceState(history.state, '', hash)
}

export function startRoute(): void {
  read()
  window.addEventListener('hashchange', read)
}

export function show(to: View): void {
  view.value = to
  write()
}

export function select(path: string | undefined): void {
  selected.value = path
  write()
}
