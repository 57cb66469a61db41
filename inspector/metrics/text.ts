import type { Family, Labels } from './family.js'

/** What `/metrics` answers with as its content type: version 0.0.4 of Prometheus's text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"')

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

/** Metrics as Prometheus scrapes them. */
export function metricsText(families: readonly Family[]): string {
  const lines: string[] = []
  for (const family of families) {
    lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`, `# TYPE ${family.name} ${family.type}`)
    if (family.type === 'histogram') {
      const { buckets, sum, count } = family.distribution
      for (const { upTo, count: below } of buckets) lines.push(`${family.name}_bucket{le="${upTo}"} ${below}`)
      lines.push(`${family.name}_bucket{le="+Inf"} ${count}`)
      lines.push(`${family.name}_sum ${valueText(sum)}`, `${family.name}_count ${count}`)
    } else {
      for (const { labels, value } of family.samples)
        lines.push(`${family.name}${labelsText(labels)} ${valueText(value)}`)
    }
  }
  return `${lines.join('\n')}\n`
}
