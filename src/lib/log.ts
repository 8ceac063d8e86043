/** A closed list of log events with typed fields. No patient data, ever: a field that is not listed here cannot be logged. */
import { pino } from 'pino';

interface Events {
  'process.started': { role: string; node: string; pid: number };
  'process.stopping': { role: string; because: string };
  'config.faulty': { faults: string[] };
  'listener.ready': { source: string; port: number; tls: boolean };
  'listener.connection': { source: string; open: number };
  'listener.message': { source: string; messageType: string; bytes: number; ack: string; ms: number; messageId?: string };
  /** An acknowledged message has its case, or needs none; `ms` since it came. */
  'listener.filed': { source: string; messageId: string; caseId?: string; ms: number };
  /** An acknowledged message that nobody can use: kept with its reason, for a person. */
  'listener.set-aside': { source: string; messageId: string; code: string };
  /** Too many messages wait to be filed, and senders are held back; or no longer. */
  'listener.backlog': { unfiled: number; full: boolean };
  'listener.refused': { source: string; code: string; ack: string };
  'web.ready': { port: number };
  'web.request': { method: string; route: string; status: number; ms: number };
  'metrics.ready': { port: number };
  'worker.ready': { queues: string[]; concurrency: number };
  'model.loaded': { model: string; version: string; sha256: string; executionProvider: string; ms: number };
  'model.measured': { bodies: number; ms: number };
  'model.refused': { folder: string; because: string };
  'model.second-thread-ended': Record<string, never>;
  'model.not-promoted': { from: string; to: string };
  'shadow.ready': { live: string; shadow: string };
  'shadow.measured': { caseId: string; live: string; shadow: string; ms: number };
  'case.opened': { caseId: string };
  'step.done': { caseId: string; step: string; to: string; ms: number; rule?: string };
  'step.retry': { caseId: string; step: string; code: string; phase: string; attempt: number };
  'step.parked': { caseId: string; step: string; code: string };
  'step.stale': { caseId: string; step: string };
  'queue.error': { queue: string; code: string };
  'proof.ended': { ms: number; code: string };
  'queue.swept': { added: number };
  'cds.hook': { hook: string; cards: number; status: number; ms: number };
  /** A hook of a patient of another health record than ours: no card. */
  'cds.other-record': { hook: string; client: string };
  'cds.card': { caseId: string; hook: string; ms: number };
  'cds.refused': { status: number; code: string };
  'cds.feedback': { outcome: string; accepted: number; refused: number };
  'fhir.written': { caseId: string; resources: number; ms: number };
  'fhir.call': { method: string; resourceType: string; status: number; ms: number };
  'fhir.changed': { status: number };
  'fhir.subscription': { state: string };
  'archive.call': { operation: string; status: number; ms: number; bytes?: number };
  'delivery.tried': { caseId: string; channel: string; state: string; code?: string };
  'outbox.sent': { channel: string; ms: number };
  'outbox.retry': { channel: string; code: string; attempt: number };
  'retention.purged': {
    messages: number;
    cases: number;
    auditRows: number;
    backload: number;
    keptOpenCases: number;
    keptUnusableMessages: number;
    expired: number;
  };
  'audit.head': { row: string; hash: string };
  'audit.broken': { code: string; row: string };
  'audit.event': { action: string; outcome: string };
  'fault.unexpected': { where: string; name: string; code: string };
}

export type EventName = keyof Events;
export interface Log {
  info<E extends EventName>(event: E, fields: Events[E]): void;
  warn<E extends EventName>(event: E, fields: Events[E]): void;
  error<E extends EventName>(event: E, fields: Events[E]): void;
}

export type Severity = 'info' | 'warn' | 'error';

/** Metrics and traces are made from the same closed list: who listens here sees every event, whatever the log's level. It must not throw. */
export type EventSink = (severity: Severity, event: EventName, fields: Readonly<Record<string, unknown>>) => void;

/** JSON lines on stdout (`destination` 1) or stderr (2); level from LOG_LEVEL ('silent' in tests). */
export function makeLog(options: { level: string; destination?: number; sinks?: readonly EventSink[] }): Log {
  const base = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: options.destination ?? 1, sync: false }),
  );
  const sinks = options.sinks ?? [];
  const tell = <E extends EventName>(severity: Severity, event: E, fields: Events[E]): void => {
    base[severity]({ event, ...fields });
    for (const sink of sinks) sink(severity, event, fields);
  };
  return {
    info: (event, fields) => tell('info', event, fields),
    warn: (event, fields) => tell('warn', event, fields),
    error: (event, fields) => tell('error', event, fields),
  };
}
