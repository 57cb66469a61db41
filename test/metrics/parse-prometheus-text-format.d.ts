declare module 'parse-prometheus-text-format' {
  /** Metrics by family, as the text has them. */
  export default function parse(text: string): unknown
}
