import type { Action, ActionAnswer, Refusal } from '../protocol.js'

/** Where the page came from; every path of the server is relative to it. */
export const BASE = './'

let token = ''

export function setToken(value: string): void {
  token = value
}

/** An answer that is an error, in the server's own words. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

async function refusalOf(response: Response): Promise<RefusedError> {
  const text = await response.text().catch(() => '')
  try {
    const { code, message } = JSON.parse(text) as Refusal
    return new RefusedError(response.status, code, message)
  } catch {
    return new RefusedError(
      response.status,
      '',
      text === '' ? `the server answered ${response.status}` : text.slice(0, 200),
    )
  }
}

type Value = string | number | undefined

type Query = Readonly<Record<string, Value>>

async function fetchFrom(path: string, query: Query): Promise<Response> {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') words.set(name, String(value))
  }
  const search = words.size === 0 ? '' : `?${words}`
  const response = await fetch(`${BASE}api/${path}${search}`, { headers: { 'x-outcry-token': token } })
  if (!response.ok) throw await refusalOf(response)
  return response
}

/** @throws {RefusedError} with the server's reason; TypeError where it cannot be reached. */
export async function ask<T>(path: string, query: Query = {}): Promise<T> {
  const response = await fetchFrom(path, query)
  return (await response.json()) as T
}

/** @throws as {@link ask} does. */
export async function fetchText(path: string, query: Query = {}): Promise<string> {
  const response = await fetchFrom(path, query)
  return response.text()
}

export async function act(action: Action): Promise<ActionAnswer> {
  const response = await fetch(`${BASE}api/action`, {
    method: 'POST',
    headers: { 'x-outcry-token': token, 'content-type': 'application/json' },
    body: JSON.stringify(action),
  })
  try {
    return (await response.json()) as ActionAnswer
  } catch {
    return { ok: false, code: '', message: `the server answered ${response.status}` }
  }
}
