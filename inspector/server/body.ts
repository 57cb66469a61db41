import type { IncomingMessage } from 'node:http'
import { Refused } from './reply.js'

/** No action needs more. Bytes. */
export const MAX_BODY_BYTES = 16_384

const tooLarge = (): Refused => new Refused(413, 'body', `The body is larger than ${MAX_BODY_BYTES} bytes.`)

/** The body of a POST as JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const { 'content-type': type = '', 'content-length': length } = request.headers
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new Refused(415, 'content-type', 'The body must be application/json.')
  if (Number(length ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BODY_BYTES) throw tooLarge()
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new Refused(400, 'body', 'The body is no JSON.')
  }
}
