import type { ExportedRecording } from '../../protocol-recording.js'

/** What an exported file carries; undefined in a page that a server sent. */
export function takeEmbedded(): ExportedRecording | undefined {
  const text = document.getElementById('outcry-recording')?.textContent
  return text === undefined || text === null ? undefined : (JSON.parse(text) as ExportedRecording)
}
