import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

export const helping = signal(false)

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['1 – 5', 'Overview, statechart, sequence, dead letters, time travel'],
  ['/', 'search'],
  ['↑ ↓  j k', 'move the selection'],
  ['Enter', "open the selected actor's statechart"],
  ['← →', 'close and open branches; in time travel, one entry back and forth'],
  ['Shift ← →', 'ten entries back and forth'],
  ['n  p', 'next and previous landmark, or match'],
  ['Space', 'play and pause'],
  ['h', 'heat: visits of edges, time spent in states'],
  ['0  + −', 'fit, enlarge and reduce the statechart'],
  ['t', 'theme: as the system, dark, light'],
  ['Esc', 'close, clear'],
]

/** The keys; a dialog of the browser's own, so that Esc and focus work as they should. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = helping.value
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog ref={dialog} class="dialog help" aria-labelledby="help-title" onClose={() => (helping.value = false)}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p>
        Drawn with Preact, uPlot and elkjs (EPL-2.0, unmodified); set in Inter. Their licences:{' '}
        <a href="./NOTICES.txt">notices</a>, <a href="./elk/LICENSE.md">elkjs</a>.
      </p>
      <footer>
        <button type="button" class="button" onClick={() => (helping.value = false)}>
          Close
        </button>
      </footer>
    </dialog>
  )
}
