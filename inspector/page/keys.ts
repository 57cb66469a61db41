import { helping } from './help.js'
import { show, VIEWS, type View } from './route.js'
import { nextTheme } from './theme.js'

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable)

/** The keys that work everywhere. Views listen for their own. */
export function startKeys(views: () => readonly View[]): void {
  window.addEventListener('keydown', (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return
    const chosen = VIEWS[Number(event.key) - 1]
    if (chosen !== undefined && views().includes(chosen)) {
      event.preventDefault()
      show(chosen)
    } else if (event.key === '?') {
      event.preventDefault()
      helping.value = !helping.value
    } else if (event.key === 't') {
      nextTheme()
    } else if (event.key === '/') {
      const field = document.querySelector<HTMLInputElement>('input[type=search]')
      if (field === null) return
      event.preventDefault()
      field.focus()
      field.select()
    }
  })
}

/** Keys of one view; returns how to stop listening. */
export function onKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined
    if (action === undefined) return
    event.preventDefault()
    action(event)
  }
  window.addEventListener('keydown', listener)
  return () => window.removeEventListener('keydown', listener)
}
