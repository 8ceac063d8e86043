/** Traces (OpenTelemetry, OTLP over HTTP): log events with a duration become spans, BullMQ's jobs join them, and all of a case is one trace. */
import { type Context, context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type IdGenerator, NodeTracerProvider, RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import { BullMQOtel } from 'bullmq-otel';
import type { EventSink } from '#src/lib/log.ts';
import { rootOf } from './case-trace.ts';
import { closedListExporter, OURS } from './closed-list-exporter.ts';

export interface TraceOptions {
  /** OTLP/HTTP base, e.g. http://collector:4318; `/v1/traces` is added. */
  readonly endpoint: string;
  /** `backstop-listen`, `backstop-work`, `backstop-web`. */
  readonly serviceName: string;
}

export interface Traces {
  readonly sink: EventSink;
  /** For BullMQ's queues and workers. */
  readonly telemetry: BullMQOtel;
  /** Runs `work` as part of the case's trace; inside a span of that trace nothing changes. */
  withinCase<T>(caseId: string, work: () => T): T;
  /** Sends what is left. Never rejects: a collector that is down costs spans and nothing else. */
  close(): Promise<void>;
}

/** The root's ids are computed and not drawn, so the generator hands them out for the one span that is being started. */
class CaseIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  next: { readonly traceId: string; readonly spanId: string } | undefined;
  readonly generateTraceId = (): string => this.next?.traceId ?? this.#random.generateTraceId();
  readonly generateSpanId = (): string => this.next?.spanId ?? this.#random.generateSpanId();
}

/** Once for each process: registers the context that follows asynchronous calls. */
export function startTraces(options: TraceOptions): Traces {
  const ids = new CaseIds();
  const exporter = new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: 5_000 });
  const processor = new BatchSpanProcessor(closedListExporter(exporter), { scheduledDelayMillis: 1_000 });
  const provider = new NodeTracerProvider({
    idGenerator: ids,
    spanProcessors: [processor],
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
  });
  provider.register();
  const tracer = provider.getTracer('backstop');

  /** Opens the trace of a new case with the span that all its others can name as their parent. */
  const open = (caseId: string): void => {
    const root = rootOf(caseId);
    if (!root) return;
    ids.next = root;
    try {
      tracer.startSpan('case', { root: true, kind: SpanKind.SERVER, attributes: { [`${OURS}caseId`]: caseId } }).end();
    } finally {
      ids.next = undefined;
    }
  };
  const contextOf = (caseId: unknown): Context => {
    const here = context.active();
    const root = typeof caseId === 'string' ? rootOf(caseId) : undefined;
    if (!root || trace.getSpanContext(here)?.traceId === root.traceId) return here;
    return trace.setSpanContext(here, root);
  };
  const sink: EventSink = (level, event, fields) => {
    if (event === 'case.opened') return open(String(fields['caseId']));
    const { ms, ...rest } = fields;
    const attributes = Object.fromEntries(Object.entries(rest).map(([key, value]) => [`${OURS}${key}`, plain(value)]));
    // What has no duration but a case (a retry, a parked step) is a point in the picture of that case.
    if (typeof ms !== 'number' && !('caseId' in fields)) return;
    const endTime = Date.now();
    const lasted = typeof ms === 'number' ? ms : 0;
    const span: Span = tracer.startSpan(event, { startTime: endTime - lasted, attributes }, contextOf(fields['caseId']));
    if (level === 'error') span.setStatus({ code: 2 });
    span.end(endTime);
  };
  return {
    sink,
    telemetry: new BullMQOtel({ tracerName: 'backstop' }),
    withinCase: (caseId, work) => context.with(contextOf(caseId), work),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

function plain(value: unknown): string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}
