/** A receiver as a hospital has it: takes MLLP frames, remembers them, answers as it is told to (or not at all). Knows nothing of src/. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

interface TakenMessage {
  readonly text: string;
  readonly controlId: string;
}

/** What to answer to the nth message (from 0): an MSA-1 code, other bytes, a delay before AA, or silence. */
export type Answer = 'AA' | 'AE' | 'AR' | 'CA' | 'silence' | 'hang-up' | 'wrong-id' | { readonly delayMs: number } | { readonly raw: string };

export interface Receiver {
  readonly port: number;
  readonly taken: readonly TakenMessage[];
  close(): Promise<void>;
}

export interface ReceiverOptions {
  readonly answer?: (n: number, message: TakenMessage) => Answer;
  readonly port?: number;
  readonly tls?: TlsOptions;
}

export async function startHl7Receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const taken: TakenMessage[] = [];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let bytes: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let end = bytes.indexOf(0x1c); end >= 0; end = bytes.indexOf(0x1c)) {
        const text = bytes.subarray(bytes.indexOf(0x0b) + 1, end).toString('utf8');
        bytes = bytes.subarray(end + 1);
        const message = { text, controlId: text.split('\r')[0]?.split('|')[9] ?? '' };
        taken.push(message);
        answerWith(socket, options.answer?.(taken.length - 1, message) ?? 'AA', message);
      }
    });
  };
  const server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function answerWith(socket: Socket, answer: Answer, message: TakenMessage): void {
  if (answer === 'silence') return;
  if (answer === 'hang-up') {
    socket.destroy();
    return;
  }
  if (typeof answer === 'object' && 'raw' in answer) {
    socket.write(answer.raw);
    return;
  }
  const code = typeof answer === 'object' || answer === 'wrong-id' ? 'AA' : answer;
  const id = answer === 'wrong-id' ? 'ANOTHER' : message.controlId;
  const ack = `\x0bMSH|^~\\&|FLS|X|BACKSTOP|Y|20260302||ACK|A${id}|P|2.5.1\rMSA|${code}|${id}\r\x1c\r`;
  setTimeout(() => socket.write(ack), typeof answer === 'object' ? answer.delayMs : 0);
}
