/** More than can be stored, in long messages (100 kB): a sender that never waits for an answer. It must be slowed down by its own socket, and every message still be acknowledged. */
import { frame, Hl7Sender } from '#test/hospital/hl7-sender.ts';
import { streamedReport } from './report-stream.ts';

const COPIES = 40;

export interface Flood {
  readonly messages: number;
  readonly megabytes: number;
  readonly acknowledged: number;
  readonly seconds: number;
  /** How often the socket said "wait" (its buffer and the listener's window were full). */
  readonly heldBack: number;
  /** Most messages that the socket had taken and that were not answered yet. */
  readonly mostUnanswered: number;
}

export async function flood(options: { readonly port: number; readonly messages: number }): Promise<Flood> {
  const sender = await Hl7Sender.open(options.port);
  const started = performance.now();
  let heldBack = 0;
  let acknowledged = 0;
  let sent = 0;
  let sentBytes = 0;
  let mostUnanswered = 0;
  const reading = (async () => {
    for (let n = 0; n < options.messages; n += 1) if ((await sender.answer(120_000)).code === 'AA') acknowledged += 1;
  })();
  for (; sent < options.messages; sent += 1) {
    const { bytes } = streamedReport(sent, 'B', COPIES);
    sentBytes += bytes.length;
    mostUnanswered = Math.max(mostUnanswered, sent - acknowledged);
    if (sender.write(frame(bytes))) continue;
    heldBack += 1;
    await new Promise<void>((go) => sender.socket.once('drain', () => go()));
  }
  await reading;
  sender.close();
  return { messages: sent, megabytes: sentBytes / 1e6, acknowledged, seconds: (performance.now() - started) / 1000, heldBack, mostUnanswered };
}
