/** Log, metrics and traces of one process: three readers of one closed list of events. */
import type { Config } from '../config.ts';
import { type Log, makeLog } from '../lib/log.ts';
import { makeMetrics, type Standing } from '../systems/telemetry/metrics.ts';
import { startMetricsServer } from '../systems/telemetry/metrics-server.ts';
import type { Traces } from '../systems/telemetry/traces.ts';

export interface Observing {
  readonly log: Log;
  /** Undefined when no collector is configured: then nothing of OpenTelemetry is loaded. */
  readonly traces: Traces | undefined;
  /** Adds the gauges that need the database. */
  watch(standing: Standing): void;
  close(): Promise<void>;
}

export async function observe(config: Config, role: string, version: string): Promise<Observing> {
  const metrics = makeMetrics({ role, version });
  const traces =
    config.OTEL_EXPORTER_OTLP_ENDPOINT === ''
      ? undefined
      : (await import('../systems/telemetry/traces.ts')).startTraces({
          endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
          serviceName: `backstop-${role}`,
        });
  const log = makeLog({ level: config.LOG_LEVEL, sinks: [metrics.sink, ...(traces ? [traces.sink] : [])] });
  const server = config.METRICS_PORT === '' ? undefined : await startMetricsServer({ host: config.METRICS_HOST, port: config.METRICS_PORT, metrics });
  if (server) log.info('metrics.ready', { port: server.port });
  return {
    log,
    traces,
    watch: metrics.watch,
    close: async () => {
      await server?.close();
      await traces?.close();
    },
  };
}
