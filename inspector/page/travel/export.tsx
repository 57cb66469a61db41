import { tell } from '../actions.js'
import { fetchText } from '../api.js'
import type { Tape } from './tape.js'

/** Entries in one exported file at most, around the one that is looked at. */
const MOST = 20_000

async function save(tape: Tape, path: string): Promise<void> {
  const { file } = tape.info
  const from = Math.max(tape.first, Math.min(tape.at.value - MOST / 2, tape.last - MOST + 1))
  const to = Math.min(tape.last, from + MOST - 1)
  const text = await fetchText(path, { run: tape.run, from, to })
  const address = URL.createObjectURL(new Blob([text], { type: 'text/html' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${file.replace(/^.*[\\/]/, '').replace(/\.[a-z]+$/, '')}.html`
  link.click()
  URL.revokeObjectURL(address)
  tell(`Saved as ${link.download}: entries ${from} to ${to}`)
}

/** The recording, or the part around the place looked at, as one HTML file that needs nothing else. */
export function ExportButton({ tape }: { readonly tape: Tape }) {
  const path = tape.source.exportPath
  if (path === undefined) return null
  return (
    <button
      type="button"
      class="button"
      title="One HTML file that shows this recording without a server"
      onClick={() => {
        save(tape, path).catch((error: unknown) => tell(error instanceof Error ? error.message : String(error), true))
      }}
    >
      Export
    </button>
  )
}
