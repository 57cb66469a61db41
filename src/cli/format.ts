/** A count with thousands separators: 26683 → `26,683`. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

/** A count and its noun: `1 signal`, `2 signals`. */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`

/** Milliseconds as a person says them: `0.042 ms`, `8.31 ms`, `1.93 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 1) return `${ms.toFixed(3)} ms`
  if (ms < 100) return `${ms.toFixed(2)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`
  const seconds = Math.round(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${count(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Rounded to so many decimals, as a number. */
export const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals))

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a colour.
const ESCAPES = /\u001b\[[0-9;]*m/g

/** How many columns a text takes once its colours are spent. */
export const width = (text: string): number => [...text.replace(ESCAPES, '')].length

/** Padded on the right to a width, colours not counted. */
export const left = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))

/** Padded on the left to a width, colours not counted. */
export const right = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - width(text))) + text

/** On one line and safe for a terminal: control characters become spaces, and what is too long is cut. */
export function line(text: string, columns = Number.POSITIVE_INFINITY): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
  const characters = [...flat]
  return characters.length <= columns ? flat : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`
}

/** A place such as a path and a line, cut on the left where it is too long: its end tells it apart. */
export function place(text: string, columns: number): string {
  const characters = [...line(text)]
  return characters.length <= columns ? characters.join('') : `…${characters.slice(1 - columns).join('')}`
}

/** A bar of blocks, `share` (0 to 1) of `columns` long, to an eighth of a column. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8)
  const full = '█'.repeat(Math.floor(eighths / 8))
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ''
  return full + part
}
