import type { Comparison } from '../../protocol.js'
import { count } from '../format.js'
import { Entries } from './entries.js'
import type { Opened, Tape } from './tape.js'

interface ComparedProps {
  readonly opened: Opened
  readonly second: Tape
  readonly comparison: Comparison
}

export const partingOf = (comparison: Comparison | undefined): number | undefined => comparison?.divergence?.entry

function verdict({ equal, common, entries, divergence }: Comparison): string {
  if (equal) return `Both runs are equal, entry by entry: ${count(common)}.`
  if (divergence === undefined)
    return `One run ends after ${count(common)} equal entries; they hold ${count(entries[0])} and ${count(entries[1])}.`
  const { fields } = divergence
  const where = fields.length === 0 ? '' : ` in ${fields.slice(0, 6).join(', ')}${fields.length > 6 ? ' …' : ''}`
  return `Equal for ${count(common)} entries; they part at ${count(divergence.entry)}${where}.`
}

/** Two runs entry by entry, beside each other, both at the same place. */
export function Compared({ opened, second, comparison }: ComparedProps) {
  const { first } = opened
  const parting = partingOf(comparison)
  const go = (entry: number): void => {
    first.go(entry)
    second.go(entry)
  }
  return (
    <>
      <div class={comparison.equal ? 'verdict-bar ok' : 'verdict-bar bad'} role="status">
        <b>{comparison.equal ? 'Equal' : 'Different'}</b>
        <span>{verdict(comparison)}</span>
        {parting !== undefined && (
          <button type="button" class="button" onClick={() => go(parting)}>
            To the first difference
          </button>
        )}
      </div>
      <div class="both">
        <Entries tape={first} title={first.info.file} parting={parting} onGo={go} />
        <Entries tape={second} title={second.info.file} parting={parting} onGo={go} />
      </div>
    </>
  )
}
