/** Sends at a steady rate over several connections, each one message at a time; a message that comes due while its connection waits is late by our fault, and counted so. */
import { setTimeout as pause } from 'node:timers/promises';
import { Hl7Sender } from '#test/hospital/hl7-sender.ts';
import { streamedReport } from './report-stream.ts';

export interface Acknowledged {
  /** From the bytes given to the socket to the ACK read. */
  readonly ackMs: number;
  /** From the moment at which the message was due. */
  readonly dueMs: number;
  readonly code: string;
}

export interface SteadyOptions {
  readonly port: number;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
}

export async function sendSteadily(options: SteadyOptions, told: (one: Acknowledged) => void): Promise<void> {
  const started = performance.now();
  const perConnection = options.connections / options.rate;
  const lane = async (index: number): Promise<void> => {
    const sender = await Hl7Sender.open(options.port);
    for (let turn = 0; ; turn += 1) {
      const dueAt = started + 1000 * (turn * perConnection + index / options.rate);
      if (dueAt - started >= options.seconds * 1000) break;
      const { bytes } = streamedReport(turn * options.connections + index, 'A');
      await pause(Math.max(0, dueAt - performance.now()));
      const sentAt = performance.now();
      const { code } = await sender.send(bytes, { timeoutMs: 60_000 });
      const now = performance.now();
      told({ ackMs: now - sentAt, dueMs: now - dueAt, code });
    }
    sender.close();
  };
  await Promise.all(Array.from({ length: options.connections }, (_, index) => lane(index)));
}
