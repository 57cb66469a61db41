import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface Column<T> {
  readonly key: string
  readonly label: string
  /** A track of the grid: `minmax(120px, 1fr)`, `72px`. */
  readonly width: string
  readonly numeric?: boolean
  readonly sortable?: boolean
  cell(row: T): ComponentChildren
}

export interface Sorting {
  readonly key: string
  readonly descending: boolean
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  keyOf(row: T): string | number
  readonly selected: string | number | undefined
  onSelect(row: T): void
  onOpen?(row: T): void
  readonly sorting?: Sorting | undefined
  onSort?(key: string): void
  toneOf?(row: T): string
  readonly empty: ComponentChildren
}

const ROW = 28
/** Rows kept beyond what is seen, so that scrolling shows no gap. */
const AROUND = 6

function stepOf(key: string, page: number, rows: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return 1
    case 'ArrowUp':
    case 'k':
      return -1
    case 'PageDown':
      return page
    case 'PageUp':
      return -page
    case 'Home':
      return -rows
    case 'End':
      return rows
    default:
      return undefined
  }
}

/** All rows are as wide, whatever is in them: the least that the columns take together. Pixels. */
const leastWidth = (columns: readonly { readonly width: string }[]): number =>
  columns.reduce((sum, { width }) => sum + Number(/\d+/.exec(width)?.[0] ?? 0), 0)

/**
 * A table that holds only the rows that are seen. One stop for the Tab key: arrows, Page Up and
 * Down, Home and End move the selection and Enter opens it.
 */
export function Table<T>(props: TableProps<T>) {
  const { label, columns, rows, keyOf, selected, onSelect, onOpen, sorting, onSort, empty } = props
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(400)

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const at = selected === undefined ? -1 : rows.findIndex((row) => keyOf(row) === selected)
  const reveal = (index: number): void => {
    const element = box.current
    if (element === null || index < 0) return
    const from = index * ROW
    const room = element.clientHeight - 2 * ROW
    if (from < element.scrollTop) element.scrollTop = from
    else if (from > element.scrollTop + room) element.scrollTop = from - room
  }

  // A row chosen elsewhere comes into view; one that moves as the order changes does not drag the view along.
  // It follows the choice and nothing else.
  useEffect(() => reveal(at), [selected])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const here = rows[at]
    if (event.key === 'Enter' && here !== undefined) onOpen?.(here)
    const step = stepOf(event.key, Math.max(1, Math.floor(height / ROW) - 2), rows.length)
    if (step === undefined) return
    event.preventDefault()
    const to = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))
    const row = rows[to]
    if (row === undefined) return
    onSelect(row)
    reveal(to)
  }

  const first = Math.max(0, Math.floor(top / ROW) - AROUND)
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + AROUND)
  const idOf = (key: string | number | undefined): string => `${label} ${key}`.replace(/\W+/g, '-')
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot hold only the rows that are seen.
    <div
      class="table"
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      aria-activedescendant={at >= first && at < last ? idOf(selected) : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      style={{ '--template': columns.map(({ width }) => width).join(' '), '--least': `${leastWidth(columns)}px` }}
    >
      <Head columns={columns} sorting={sorting} onSort={onSort} />
      <div class="rows" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
        <div role="presentation" style={{ transform: `translateY(${first * ROW}px)` }}>
          {rows.slice(first, last).map((row, index) => {
            const key = keyOf(row)
            return (
              // biome-ignore lint/a11y: the grid has the focus, names its active row and handles the keys of all rows.
              <div
                key={key}
                id={idOf(key)}
                role="row"
                aria-rowindex={first + index + 2}
                aria-selected={key === selected}
                class={`tr ${props.toneOf?.(row) ?? ''}`}
                onClick={() => onSelect(row)}
                onDblClick={() => onOpen?.(row)}
              >
                {columns.map((column) => (
                  // biome-ignore lint/a11y: see the row.
                  <div key={column.key} role="gridcell" class={column.numeric === true ? 'td num' : 'td'}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
      {rows.length === 0 && <p class="empty">{empty}</p>}
    </div>
  )
}

interface HeadProps<T> {
  readonly columns: readonly Column<T>[]
  readonly sorting: Sorting | undefined
  readonly onSort: ((key: string) => void) | undefined
}

function Head<T>({ columns, sorting, onSort }: HeadProps<T>) {
  return (
    // biome-ignore lint/a11y: see the table.
    <div class="tr th" role="row" aria-rowindex={1}>
      {columns.map(({ key, label, numeric, sortable }) => (
        // biome-ignore lint/a11y: see the table.
        <div
          key={key}
          role="columnheader"
          class={numeric === true ? 'td num' : 'td'}
          aria-sort={sorting?.key !== key ? undefined : sorting.descending ? 'descending' : 'ascending'}
        >
          {sortable === true ? (
            <button type="button" tabIndex={-1} onClick={() => onSort?.(key)}>
              {label}
            </button>
          ) : (
            label
          )}
        </div>
      ))}
    </div>
  )
}
