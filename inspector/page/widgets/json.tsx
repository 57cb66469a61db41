interface JsonProps {
  readonly value: unknown
  readonly name?: string
  readonly depth?: number
}

/** How many levels are open at first. */
const OPEN_LEVELS = 2
const MOST = 200
/** Of a list of plain values, which stand in one line. */
const MOST_INLINE = 24

const kindOf = (value: unknown): string => (value === null ? 'null' : typeof value)

/** Plain data, one line a value, branches to be opened and closed by the browser's own means. */
export function Json({ value, name, depth = 0 }: JsonProps) {
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="json-line">
        {name !== undefined && <span class="json-key">{name}</span>}
        <span class={`json-${kindOf(value)}`}>{typeof value === 'string' ? value : String(value)}</span>
      </div>
    )
  }
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one !== 'object' || one === null)) {
    return (
      <div class="json-line">
        {name !== undefined && <span class="json-key">{name}</span>}
        <span class="json-number">{value.slice(0, MOST_INLINE).map(String).join(', ')}</span>
        {value.length > MOST_INLINE && <span class="json-null"> … {value.length} in all</span>}
      </div>
    )
  }
  const entries = Object.entries(value)
  const brackets = Array.isArray(value) ? `[${entries.length}]` : entries.length === 0 ? '{}' : ''
  if (entries.length === 0) {
    return (
      <div class="json-line">
        {name !== undefined && <span class="json-key">{name}</span>}
        <span class="json-null">{brackets}</span>
      </div>
    )
  }
  const lines = entries.slice(0, MOST).map(([key, one]) => <Json key={key} name={key} value={one} depth={depth + 1} />)
  const rest = entries.length > MOST ? <div class="json-line">… and {entries.length - MOST} more</div> : null
  if (name === undefined) {
    return (
      <div class="json">
        {lines}
        {rest}
      </div>
    )
  }
  return (
    <details class="json-branch" open={depth <= OPEN_LEVELS}>
      <summary>
        <span class="json-key">{name}</span> <span class="json-null">{brackets}</span>
      </summary>
      {lines}
      {rest}
    </details>
  )
}
