/** The senders of bench `mllp`, in a process of their own as in a hospital: each sends a new message, waits for its answer, sends the next. By IPC. */
import { randomUUID } from 'node:crypto';
import { Hl7Sender } from '#test/hospital/hl7-sender.ts';
import { reportMessage } from './report-message.ts';

export interface SendOrder {
  readonly name: string;
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** After so many messages a sender opens a new connection. */
  readonly messagesPerConnection: number;
}

export type SendAnswer = { readonly perSecond: number } | { readonly fault: string };

async function send(order: SendOrder): Promise<number> {
  const lanes = await Promise.all(Array.from({ length: order.connections }, () => Hl7Sender.open(order.port)));
  const started = performance.now();
  const end = started + order.seconds * 1000;
  let done = 0;
  const lane = async (first: Hl7Sender): Promise<void> => {
    let sender = first;
    for (let sent = 0; performance.now() < end; sent += 1) {
      if (sent > 0 && sent % order.messagesPerConnection === 0) {
        sender.close();
        sender = await Hl7Sender.open(order.port);
      }
      const controlId = randomUUID().slice(0, 18);
      const answer = await sender.send(reportMessage(controlId), { timeoutMs: 20_000 });
      if (answer.code !== 'AA') throw new Error(`${order.name} answered ${answer.code}: ${answer.text}`);
      // An answer to another message would let the sender run ahead of the server: its rate would be none of what the server does.
      if (answer.controlId !== controlId) throw new Error(`${order.name} answered another message than the one that was sent`);
      done += 1;
    }
    sender.close();
  };
  await Promise.all(lanes.map(lane));
  return (done * 1000) / (performance.now() - started);
}

process.on('message', (order: SendOrder) => {
  void send(order)
    .then((perSecond): SendAnswer => ({ perSecond }))
    .catch((cause: unknown): SendAnswer => ({ fault: cause instanceof Error ? cause.message : 'unknown' }))
    .then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
