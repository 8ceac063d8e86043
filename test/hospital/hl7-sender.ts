/** A sender as a hospital has it: a real socket, MLLP frames, waits for the ACK. Knows nothing of src/. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface Hl7Answer {
  /** The ACK as it came, without its frame. */
  readonly ack: Buffer;
  /** MSA-1 */
  readonly code: string;
  /** MSA-2: the control id that is answered. */
  readonly controlId: string;
  /** ERR-8, or MSA-3: why it was refused; empty when it was not. */
  readonly text: string;
}

export interface SendOptions {
  readonly timeoutMs?: number;
  readonly host?: string;
  /** Given: TLS. */
  readonly tls?: ConnectionOptions;
  /** True: the bytes go out as they are, without VT and FS CR. */
  readonly unframed?: boolean;
}

const VT = 0x0b;
const FS = 0x1c;

/** Opens a connection, sends one message, resolves with its answer. Rejects with a plain Error when none comes in time or the peer hangs up. */
export async function sendHl7(port: number, message: Uint8Array | string, options: SendOptions = {}): Promise<Hl7Answer> {
  const sender = await Hl7Sender.open(port, options);
  try {
    const bytes = typeof message === 'string' ? Buffer.from(message, 'utf8') : Buffer.from(message);
    return await sender.send(bytes, options);
  } finally {
    sender.close();
  }
}

/** A connection that stays open for several messages. */
export class Hl7Sender {
  readonly socket: Socket;
  readonly #answers: Hl7Answer[] = [];
  readonly #waiting: ((answer: Hl7Answer | null) => void)[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #gone = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#gone = true;
      for (const wake of this.#waiting.splice(0)) wake(null);
    });
  }

  static open(port: number, options: SendOptions = {}): Promise<Hl7Sender> {
    const host = options.host ?? '127.0.0.1';
    return new Promise((resolve, reject) => {
      const socket = options.tls ? connectTls({ host, port, ...options.tls }) : connect({ host, port });
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once(options.tls ? 'secureConnect' : 'connect', () => resolve(new Hl7Sender(socket)));
    });
  }

  async send(message: Uint8Array, options: SendOptions = {}): Promise<Hl7Answer> {
    this.write(options.unframed ? message : frame(message));
    return this.answer(options.timeoutMs);
  }

  write(bytes: Uint8Array): boolean {
    return this.socket.write(bytes);
  }

  /** The next answer that has not been taken yet. */
  async answer(timeoutMs = 10_000): Promise<Hl7Answer> {
    const ready = this.#answers.shift();
    if (ready) return ready;
    if (this.#gone) throw new Error('the peer has closed the connection');
    const { promise, resolve } = Promise.withResolvers<Hl7Answer | null | 'late'>();
    const timer = setTimeout(() => resolve('late'), timeoutMs);
    this.#waiting.push(resolve);
    const answer = await promise;
    clearTimeout(timer);
    if (answer === 'late') {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      throw new Error(`no answer within ${timeoutMs} ms`);
    }
    if (answer === null) throw new Error('the peer has closed the connection without an answer');
    return answer;
  }

  close(): void {
    this.socket.end();
    this.socket.destroySoon();
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (let end = this.#bytes.indexOf(FS); end >= 0; end = this.#bytes.indexOf(FS)) {
      const start = this.#bytes.indexOf(VT);
      const answer = readAnswer(this.#bytes.subarray(start + 1, end));
      this.#bytes = this.#bytes.subarray(end + 1);
      const wake = this.#waiting.shift();
      if (wake) wake(answer);
      else this.#answers.push(answer);
    }
  }
}

/** VT, message, FS CR. */
export function frame(message: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.of(VT), Buffer.from(message), Buffer.of(FS, 0x0d)]);
}

function readAnswer(bytes: Uint8Array): Hl7Answer {
  const ack = Buffer.from(bytes);
  const text = ack.toString('latin1');
  const separator = text.charAt(3);
  const rows = text.split('\r').map((row) => row.split(separator));
  const msa = rows.find((row) => row[0] === 'MSA') ?? [];
  const err = rows.find((row) => row[0] === 'ERR') ?? [];
  return { ack, code: msa[1] ?? '', controlId: msa[2] ?? '', text: err[8] || msa[3] || '' };
}
