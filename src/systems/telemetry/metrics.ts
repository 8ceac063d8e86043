/**
 * Prometheus metrics, counted from the closed list of log events: nothing else in the code knows of metrics, and no label can hold patient data.
 * Labels are names of ours (step, code, source, route) and never ids, so their number is bounded.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventSink } from '#src/lib/log.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Seconds. An acknowledgement and a card should take milliseconds, a model run takes minutes: both ends must show. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

interface Meter {
  readonly event: string;
  /** Counted once for each event. */
  readonly count?: { readonly name: string; readonly help: string; readonly labels: readonly string[] };
  /** Takes the event's `ms`, in seconds. */
  readonly time?: { readonly name: string; readonly help: string; readonly labels: readonly string[] };
}

const METERS: readonly Meter[] = [
  {
    event: 'listener.message',
    count: { name: 'backstop_hl7_messages_total', help: 'HL7 messages answered.', labels: ['source', 'ack'] },
    time: { name: 'backstop_hl7_ack_seconds', help: 'From the whole frame to its acknowledgement.', labels: ['source'] },
  },
  {
    event: 'listener.filed',
    time: { name: 'backstop_hl7_filed_seconds', help: 'From the commit of a message to its case.', labels: ['source'] },
  },
  {
    event: 'listener.set-aside',
    count: { name: 'backstop_hl7_set_aside_total', help: 'Acknowledged messages that nobody can use, by cause.', labels: ['source', 'code'] },
  },
  {
    event: 'listener.backlog',
    count: { name: 'backstop_hl7_backlog_total', help: 'Times that senders were held back, or no longer.', labels: ['full'] },
  },
  {
    event: 'listener.refused',
    count: { name: 'backstop_hl7_refused_total', help: 'HL7 messages or connections refused, by cause.', labels: ['source', 'code'] },
  },
  {
    event: 'step.done',
    count: { name: 'backstop_steps_total', help: 'Steps done.', labels: ['step', 'to'] },
    time: { name: 'backstop_step_seconds', help: 'Time of a step that was done.', labels: ['step'] },
  },
  { event: 'step.retry', count: { name: 'backstop_step_retries_total', help: 'Steps put back to be tried again.', labels: ['step', 'code'] } },
  { event: 'step.parked', count: { name: 'backstop_cases_stopped_total', help: 'Cases parked or closed by a fault.', labels: ['step', 'code'] } },
  {
    event: 'archive.call',
    time: { name: 'backstop_archive_seconds', help: 'Calls to the image archive (status 0: no answer).', labels: ['operation', 'status'] },
  },
  {
    event: 'fhir.call',
    time: {
      name: 'backstop_fhir_seconds',
      help: 'Calls to the health record (status 0: no answer).',
      labels: ['method', 'resourceType', 'status'],
    },
  },
  { event: 'web.request', time: { name: 'backstop_web_seconds', help: 'Pages and forms.', labels: ['method', 'route', 'status'] } },
  { event: 'cds.hook', time: { name: 'backstop_cds_hook_seconds', help: 'CDS Hooks answered.', labels: ['hook', 'status'] } },
  { event: 'cds.card', count: { name: 'backstop_cds_cards_total', help: 'Cards shown.', labels: ['hook'] } },
  {
    event: 'cds.other-record',
    count: {
      name: 'backstop_cds_other_record_total',
      help: 'Hooks of patients of another health record: answered without a card.',
      labels: ['client'],
    },
  },
  { event: 'cds.refused', count: { name: 'backstop_cds_refused_total', help: 'CDS calls refused, by cause.', labels: ['status', 'code'] } },
  { event: 'cds.feedback', count: { name: 'backstop_cds_feedback_total', help: 'Answers to cards.', labels: ['outcome'] } },
  {
    event: 'delivery.tried',
    count: { name: 'backstop_deliveries_delayed_total', help: 'Deliveries that did not go through at once.', labels: ['channel', 'state', 'code'] },
  },
  { event: 'outbox.sent', time: { name: 'backstop_outbox_seconds', help: 'HL7 messages sent and acknowledged.', labels: ['channel'] } },
  { event: 'outbox.retry', count: { name: 'backstop_outbox_retries_total', help: 'HL7 messages to be sent again.', labels: ['channel', 'code'] } },
  { event: 'model.refused', count: { name: 'backstop_model_refused_total', help: 'Model folders refused at the start.', labels: [] } },
  { event: 'queue.error', count: { name: 'backstop_queue_errors_total', help: 'Faults of the queue or its database.', labels: ['queue', 'code'] } },
  {
    event: 'fault.unexpected',
    count: { name: 'backstop_unexpected_faults_total', help: 'Faults that nobody foresaw: each is a bug.', labels: ['where'] },
  },
];

/** What is read from the database when somebody asks (the role web). */
export interface Standing {
  queues(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  /** Cases that are on their way or parked; the finished ones are for the audit, and counting them all would cost more each day. */
  unfinished(): Promise<Readonly<Record<string, number>>>;
  /** Acknowledged messages that wait to be filed. */
  unfiled(): Promise<{ readonly count: number; readonly oldestSeconds: number }>;
}

export interface Metrics {
  readonly sink: EventSink;
  /** Adds the gauges that are read from the database at each scrape. */
  watch(standing: Standing): void;
  /** The text of /metrics (Prometheus exposition format 0.0.4) and its content type. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  readonly names: () => readonly string[];
}

export function makeMetrics(options: { readonly role: string; readonly version: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role: options.role });
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'backstop_info', help: 'Version of this process; always 1.', labelNames: ['version'], registers: [registry] }).set(
    { version: options.version },
    1,
  );
  const lastMessage = new Gauge({
    name: 'backstop_feed_last_message_timestamp_seconds',
    help: 'When a source last sent a message, or when its listener started (Unix time).',
    labelNames: ['source'],
    registers: [registry],
  });
  const listeners = new Map(METERS.map((meter) => [meter.event, listenerOf(meter, registry)]));
  return {
    sink: (_severity, event, fields) => {
      listeners.get(event)?.(fields);
      if (event === 'listener.message' || event === 'listener.ready') lastMessage.setToCurrentTime(labels(['source'], fields));
    },
    watch: (standing) => watch(standing, registry),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    names: () => registry.getMetricsAsArray().map((metric) => metric.name),
  };
}

function listenerOf(meter: Meter, registry: Registry): (fields: Fields) => void {
  const { count, time } = meter;
  const counter = count && new Counter({ name: count.name, help: count.help, labelNames: [...count.labels], registers: [registry] });
  const histogram =
    time && new Histogram({ name: time.name, help: time.help, labelNames: [...time.labels], buckets: BUCKETS, registers: [registry] });
  return (fields) => {
    if (counter && count) counter.inc(labels(count.labels, fields));
    if (histogram && time && typeof fields['ms'] === 'number') histogram.observe(labels(time.labels, fields), fields['ms'] / 1000);
  };
}

function labels(names: readonly string[], fields: Fields): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(fields[name] ?? 'none')]));
}

/** A database that does not answer leaves these gauges out; the scrape itself goes on, and `up` of the database shows it. */
function watch(standing: Standing, registry: Registry): void {
  const gauge = (name: string, help: string, labelNames: string[], read: (metric: Gauge) => Promise<void>): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect(): Promise<void> {
        this.reset();
        await read(this).catch(() => this.reset());
      },
    });
  };
  gauge('backstop_queue_jobs', 'Jobs in each queue by state.', ['queue', 'state'], async (metric) => {
    for (const [queue, states] of Object.entries(await standing.queues()))
      for (const [state, count] of Object.entries(states)) metric.set({ queue, state }, count);
  });
  gauge('backstop_unfinished_cases', 'Cases on their way or parked, by state.', ['state'], async (metric) => {
    for (const [state, count] of Object.entries(await standing.unfinished())) metric.set({ state }, count);
  });
  gauge('backstop_hl7_unfiled_messages', 'Acknowledged messages that wait to be filed.', [], async (metric) => {
    metric.set((await standing.unfiled()).count);
  });
  gauge('backstop_hl7_oldest_unfiled_seconds', 'How long the oldest of them waits.', [], async (metric) => {
    metric.set((await standing.unfiled()).oldestSeconds);
  });
}
