/**
 * One trace for each case: the case's id (a UUID, 128 bits) is the trace id, so the trace of a case is found without looking anything up,
 * and a sweep, a replay or a process that was killed in between cannot lose it (W3C Trace Context 3.2.2.3: any non-zero 16 bytes).
 */
import { createHash } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

/** 32 lower-case hexadecimal digits. Undefined when the id is no UUID. */
export function traceIdOf(caseId: string): string | undefined {
  const digits = caseId.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) && !/^0+$/.test(digits) ? digits : undefined;
}

/** The trace's first span: every process can name it as the parent without having seen it. */
export function rootOf(caseId: string): SpanContext | undefined {
  const traceId = traceIdOf(caseId);
  if (!traceId) return undefined;
  const spanId = createHash('sha256').update(`root of ${traceId}`).digest('hex').slice(0, 16);
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
