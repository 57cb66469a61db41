import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Engine } from 'outcry'
import type { LiveSource } from '../collect/live-source.js'
import type { Bounds } from '../collect/redact.js'
import { act, parseAction } from './actions.js'
import { readJson } from './body.js'
import { listLetters, viewLetter } from './letters.js'
import { notFound, numberOf } from './query.js'
import { Refused, sendJson } from './reply.js'
import type { Face, Request } from './server.js'

export interface LiveFacePorts {
  readonly engine: Engine
  readonly source: LiveSource
  readonly bounds: Bounds
  readonly allowActions: boolean
}

/** Answers about a running engine. */
export class LiveFace implements Face {
  constructor(private readonly ports: LiveFacePorts) {}

  get source(): LiveSource {
    return this.ports.source
  }

  get engine(): Engine {
    return this.ports.engine
  }

  get({ path, query }: Request, response: ServerResponse): boolean {
    const { engine, source, bounds } = this.ports
    switch (path) {
      case '/api/actor': {
        const detail = source.actor(numberOf(query, 'actor'))
        if (detail === undefined) throw notFound('actor')
        sendJson(response, detail)
        return true
      }
      case '/api/sequence':
        sendJson(response, source.sequencePage(numberOf(query, 'after', 0)))
        return true
      case '/api/dead-letters':
        sendJson(response, listLetters(engine, query, bounds))
        return true
      case '/api/dead-letter': {
        const letter = viewLetter(engine, query.get('id') ?? '', bounds)
        if (letter === undefined) throw notFound('dead letter')
        sendJson(response, letter)
        return true
      }
      default:
        return false
    }
  }

  async post({ path }: Request, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (path !== '/api/action') return false
    const action = parseAction(await readJson(request))
    const { engine, allowActions } = this.ports
    if (!allowActions)
      throw new Refused(403, 'actions', 'This inspector only looks: start it with --allow-actions to let it act.')
    sendJson(response, await act(engine, action))
    return true
  }
}
