import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { count, timeOfDay } from '../format.js'
import { Panel } from '../widgets/panel.js'
import type { Tape } from './tape.js'
import { wordsOf } from './words.js'

interface EntriesProps {
  readonly tape: Tape
  readonly title: string
  /** An entry that stands out: where two runs part. */
  readonly parting?: number | undefined
  readonly onGo: (entry: number) => void
}

const ROW = 28
const AROUND = 6
/** Browsers draw nothing that is taller; beyond it the bar stands for several entries a pixel. */
const TALLEST = 4_000_000

/** Every entry of a recording in a list that holds only those that are seen. */
export function Entries({ tape, title, parting, onGo }: EntriesProps) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(400)
  const { info } = tape
  const at = tape.at.value
  tape.loaded.value

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const whole = Math.min(TALLEST, tape.length * ROW)
  const rows = Math.max(1, Math.floor(height / ROW))
  const shrink = (tape.length * ROW) / whole
  const begin = tape.first
  const first = Math.max(begin, begin + Math.floor((top * shrink) / ROW) - AROUND)
  const last = Math.min(tape.last, first + rows + 2 * AROUND)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const y = ((at - begin) * ROW) / shrink
    if (y < element.scrollTop + ROW || y > element.scrollTop + element.clientHeight - 2 * ROW) {
      element.scrollTop = y - element.clientHeight / 2 + ROW
    }
  }, [at, height])

  const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  // Where the list is shrunk, rows keep their height and follow the bar.
  const from = shrink === 1 ? (first - begin) * ROW : top - AROUND * ROW
  return (
    <Panel title={title} class="entries" flush aside={<span class="note">{count(tape.length)} entries</span>}>
      <div class="entry-scroll" ref={box} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <div style={{ height: `${whole}px` }}>
          <ol style={{ transform: `translateY(${Math.max(0, from)}px)` }}>
            {numbers.map((number) => {
              const entry = tape.entry(number)
              const said = entry === undefined ? undefined : wordsOf(info, entry)
              const classes = [
                'entry',
                entry?.kind ?? '',
                said?.tone ?? '',
                number === parting ? 'parting' : '',
                number > at ? 'ahead' : '',
              ]
              return (
                <li key={number}>
                  <button
                    type="button"
                    class={classes.filter((name) => name !== '').join(' ')}
                    aria-current={number === at ? 'step' : undefined}
                    title={entry === undefined ? undefined : `${entry.kind} at ${timeOfDay(entry.clock)}`}
                    tabIndex={-1}
                    onClick={() => onGo(number)}
                  >
                    <i>{number}</i>
                    <b>{said?.about ?? '…'}</b>
                    <span>{said?.text}</span>
                  </button>
                </li>
              )
            })}
          </ol>
        </div>
      </div>
    </Panel>
  )
}
