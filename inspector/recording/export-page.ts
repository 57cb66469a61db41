import { OutcryError } from 'outcry'
import type { ExportedRecording } from '../protocol.js'
import { listPageFiles, type PageFile, readPageFile } from '../server/page-files.js'
import { TraceFile } from './trace-file.js'

/** Entries in one exported page at most: some 20 MB. */
export const MOST_EXPORTED = 100_000

const safe = (json: string): string => json.replaceAll('<', '\\u003c')
const script = (code: string): string => code.replaceAll(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--')

/** A style sheet with its fonts in it. */
const withFonts = (css: string, files: ReadonlyMap<string, PageFile>): string =>
  css.replaceAll(/url\(["']?(?:[.]?\/)?([\w.-]+[.]woff2)["']?\)/g, (url, name: string) => {
    const font = files.get(`/${name}`)
    return font === undefined ? url : `url(data:font/woff2;base64,${readPageFile(font).toString('base64')})`
  })

/** A recording, or a part of it, as one HTML file that needs no server and no other file. */
export function exportPage(
  file: TraceFile,
  files: ReadonlyMap<string, PageFile>,
  from: number,
  to: number,
): string | undefined {
  const index = files.get('/index.html')
  if (index === undefined) return undefined
  const text = (path: string): string | undefined => {
    const found = files.get(path)
    return found === undefined ? undefined : readPageFile(found).toString('utf8')
  }
  const first = Math.max(1, from)
  const count = Math.min(to - first + 1, MOST_EXPORTED)
  const recording: ExportedRecording = {
    info: file.info,
    before: file.state(first - 1),
    entries: file.entries(first, count),
  }
  const inlined = readPageFile(index)
    .toString('utf8')
    .replaceAll(/<link\b[^>]*\brel="stylesheet"[^>]*\bhref="[.]?\/?([^"]+)"[^>]*>/g, (tag, path: string) => {
      const css = text(`/${path}`)
      return css === undefined ? tag : `<style>${withFonts(css, files).replaceAll('</', '<\\/')}</style>`
    })
    .replaceAll(/<link\b[^>]*\brel="(?:icon|modulepreload|preload)"[^>]*>/g, '')
  const code: string[] = []
  const bare = inlined.replaceAll(/<script\b[^>]*\bsrc="[.]?\/?([^"]+)"[^>]*><\/script>/g, (_tag, path: string) => {
    code.push(text(`/${path}`) ?? '')
    return ''
  })
  const later = [...files]
    .filter(([path]) => path.startsWith('/elk/') && path.endsWith('.js'))
    .map(([path, found]) => {
      const body = script(readPageFile(found).toString('utf8'))
      return `<script type="text/plain" data-file="${path.slice(1)}">${body}</script>`
    })
  const parts = [
    `<script type="application/json" id="outcry-recording">${safe(JSON.stringify(recording))}</script>`,
    ...later,
    ...code.map((body) => `<script type="module">${script(body)}</script>`),
  ]
  const end = bare.lastIndexOf('</body>')
  // A function: in a text, what stands behind a dollar would be read as a pattern.
  return `${bare.slice(0, end)}${parts.join('\n')}\n${bare.slice(end)}`
}

/**
 * A recorded run as the text of one HTML file, which shows it without a server.
 *
 * @throws {OutcryError} OUTCRY_TRACE_INVALID for a file that is no recording; OUTCRY_INSPECTOR_FAILED
 *   if the page is not in the package.
 */
export function exportRecording(path: string, range: { readonly from?: number; readonly to?: number } = {}): string {
  const file = new TraceFile(path)
  const html = exportPage(file, listPageFiles(), range.from ?? 1, range.to ?? file.info.entries)
  if (html === undefined) throw new OutcryError('OUTCRY_INSPECTOR_FAILED', 'The page is not in this package.')
  return html
}
