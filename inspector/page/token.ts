const KEY = 'outcry-token'

/**
 * The run's token, from the address that the engine printed. It stays there, since the server asks for
 * it again when the page is loaded anew; it is also kept for this tab, for addresses without it.
 */
export function takeToken(): string {
  const given = new URL(location.href).searchParams.get('token')
  if (given === null) return sessionStorage.getItem(KEY) ?? ''
  sessionStorage.setItem(KEY, given)
  return given
}
