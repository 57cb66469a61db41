import { Refused } from './reply.js'

/** A whole number from a query; without a fallback it has to be there. */
export function numberOf(query: URLSearchParams, name: string, fallback?: number): number {
  const text = query.get(name)
  if ((text === null || text === '') && fallback !== undefined) return fallback
  const value = Number(text)
  if (text === null || text === '' || !Number.isSafeInteger(value) || value < 0)
    throw new Refused(400, 'query', `${name} takes a whole number from 0 up.`)
  return value
}

export const textOf = (query: URLSearchParams, name: string): string | undefined => {
  const text = query.get(name)
  return text === null || text === '' ? undefined : text.slice(0, 500)
}

export const notFound = (what: string): Refused => new Refused(404, 'not-found', `There is no such ${what}.`)
