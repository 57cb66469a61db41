import { signal } from '@preact/signals'
import type { Action } from '../protocol.js'
import { act } from './api.js'
import { environment, type Timer } from './environment.js'
import { hello } from './store.js'

interface Notice {
  readonly text: string
  readonly bad: boolean
}

/** What came of the last action; goes away by itself. */
export const notice = signal<Notice | undefined>(undefined)

const NOTICE_MS = 6_000
let timer: Timer | undefined

export function tell(text: string, bad = false): void {
  notice.value = { text, bad }
  environment.clearTimeout(timer)
  timer = environment.setTimeout(() => {
    notice.value = undefined
  }, NOTICE_MS)
}

export const NOT_ALLOWED = 'Looking only: start the engine with --allow-actions to act on it from here.'

export const mayAct = (): boolean => hello.value?.mode === 'live' && hello.value.allowActions

/** Carries an action out and says what came of it. Never rejects. */
export async function perform(action: Action, done: string): Promise<boolean> {
  try {
    const answer = await act(action)
    if (!answer.ok) {
      tell(answer.message, true)
      return false
    }
    const figures = Object.entries(answer.result).map(([name, value]) => `${name} ${value}`)
    tell(figures.length === 0 ? done : `${done}: ${figures.join(', ')}`)
    return true
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error), true)
    return false
  }
}

interface ActionButtonProps {
  readonly label: string
  readonly action: Action
  /** What is said once it is done. */
  readonly done: string
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly title?: string
  onDone?(): void
}

export function ActionButton({ label, action, done, danger, disabled = false, title, onDone }: ActionButtonProps) {
  const allowed = mayAct()
  return (
    <button
      type="button"
      class={danger === true ? 'button danger' : 'button'}
      disabled={!allowed || disabled}
      title={allowed ? title : NOT_ALLOWED}
      onClick={() => {
        void perform(action, done).then((ok) => {
          if (ok) onDone?.()
        })
      }}
    >
      {label}
    </button>
  )
}
