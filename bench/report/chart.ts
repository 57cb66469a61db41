import { grouped } from '../harness/table.js'

export interface Bar {
  readonly label: string
  readonly value: number
  /** The product's own. */
  readonly own: boolean
}

const WIDTH = 760
const LABEL = 150
const ROOM_FOR_FIGURES = 110
const ROW = 26
const TOP = 44

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/**
 * Bars from a common zero, longest first, with their figures: a picture that reads the same without
 * colour. It follows the reader's theme through `prefers-color-scheme`.
 */
export const barChart = (title: string, bars: readonly Bar[]): string => {
  const sorted = bars.toSorted((a, b) => b.value - a.value)
  const longest = sorted[0]?.value ?? 1
  const span = WIDTH - LABEL - ROOM_FOR_FIGURES
  const rows = sorted.map(({ label, value, own }, at) => {
    const y = TOP + at * ROW
    const width = Math.max(2, Math.round((value / longest) * span))
    const kind = own ? 'own' : 'peer'
    return [
      `<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end" class="${kind}-text">${escaped(label)}</text>`,
      `<rect x="${LABEL}" y="${y + 3}" width="${width}" height="16" rx="2" class="${kind}"/>`,
      `<text x="${LABEL + width + 8}" y="${y + 15}" class="figure">${grouped(value)}</text>`,
    ].join('\n')
  })
  const height = TOP + sorted.length * ROW + 10
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #3d4451 }
.title { font-size: 15px; font-weight: 600; fill: #1b1f27 }
.figure { font-variant-numeric: tabular-nums }
.own-text { font-weight: 600; fill: #1b1f27 }
.own { fill: #0b7a75 }
.peer { fill: #b6bdc9 }
@media (prefers-color-scheme: dark) {
  text { fill: #aab3c2 } .title, .own-text { fill: #eef1f6 } .own { fill: #35c2ba } .peer { fill: #566072 }
}
</style>
<text x="0" y="20" class="title">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`
}
