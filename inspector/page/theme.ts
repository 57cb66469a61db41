import { signal } from '@preact/signals'

export type Theme = 'auto' | 'dark' | 'light'

const KEY = 'outcry-theme'
const THEMES: readonly Theme[] = ['auto', 'dark', 'light']

const stored = (): Theme => THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto'

export const theme = signal<Theme>('auto')
/** Raised when colours change, for what is drawn on a canvas. */
export const colours = signal(0)

function apply(): void {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
  colours.value += 1
}

export function startTheme(): void {
  theme.value = stored()
  apply()
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply)
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto'
  localStorage.setItem(KEY, theme.value)
  apply()
}

/** The value of a colour as it is now; a canvas knows no variables. */
export function colour(name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
