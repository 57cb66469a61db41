import { useEffect, useState } from 'preact/hooks'
import type { ActorDetail } from '../../protocol.js'
import { ask } from '../api.js'
import { environment } from '../environment.js'

const EVERY_MS = 300

/** An actor in full, asked for again and again while it is shown; undefined before the first answer. */
export function useDetail(actor: number | undefined): ActorDetail | undefined {
  const [detail, setDetail] = useState<ActorDetail>()
  useEffect(() => {
    if (actor === undefined) return
    let wanted = true
    const stop = environment.poll(async () => {
      const answer = await ask<ActorDetail>('actor', { actor })
      if (wanted) setDetail(answer)
    }, EVERY_MS)
    return () => {
      wanted = false
      stop()
    }
  }, [actor])
  return detail?.actor === actor ? detail : undefined
}
