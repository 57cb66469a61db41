import type { Measure } from './boxes.js'

const FONTS = {
  title: '600 13px "Inter Variable", system-ui, sans-serif',
  small: '500 11px "Inter Variable", system-ui, sans-serif',
} as const

const known = new Map<string, number>()
let pen: CanvasRenderingContext2D | null | undefined

/** Pixels; remembered, as the same names stand in many machines. */
export const measure: Measure = (text, style) => {
  const key = `${style} ${text}`
  const before = known.get(key)
  if (before !== undefined) return before
  pen ??= document.createElement('canvas').getContext('2d')
  let width = text.length * 7
  if (pen !== null && pen !== undefined) {
    pen.font = FONTS[style]
    ;({ width } = pen.measureText(text))
  }
  known.set(key, width)
  return width
}

/** Widths are only right once the font is there; where it cannot be loaded, the system's is measured. */
export const fontReady = (): Promise<unknown> =>
  Promise.all(Object.values(FONTS).map((font) => document.fonts.load(font))).catch(() => undefined)
