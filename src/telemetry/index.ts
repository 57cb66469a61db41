export { type TraceEngineOptions, traceEngine } from './trace-engine.js'
