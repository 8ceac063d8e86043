/** A connection to a receiver: one message at a time, its answer matched by MSA-2, each wait with a limit. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { TryLater } from '#src/lib/errors.ts';
import { field, firstSegment, value } from './fields.ts';
import { parseMessage } from './message.ts';
import { FrameReader, mllpFrame } from './mllp-frame.ts';

export interface ReceiverAddress {
  readonly host: string;
  readonly port: number;
  /** Given: TLS 1.2 or newer; the receiver's certificate is always checked. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;
}

export interface ReceiverAnswer {
  /** MSA-1: AA or CA taken, AE or CE again, AR or CR never. */
  readonly code: string;
  /** ERR-3 or MSA-3, cut short; may be shown to staff, is not logged. */
  readonly text: string;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

export class MllpClient {
  readonly #address: ReceiverAddress;
  readonly #connectLimitMs: number;
  #socket: Socket | null = null;
  #reader = new FrameReader();
  #onAnswer: ((text: string) => void) | null = null;
  #onLost: ((cause: unknown) => void) | null = null;

  constructor(address: ReceiverAddress, connectLimitMs: number) {
    this.#address = address;
    this.#connectLimitMs = connectLimitMs;
  }

  /** Sends one message and resolves with its answer. Answers to other messages are passed over. Throws TryLater; the connection is then gone. */
  async send(message: Uint8Array, controlId: string, answerLimitMs: number): Promise<ReceiverAnswer> {
    const socket = this.#socket ?? (await this.#connect());
    const { promise, resolve, reject } = Promise.withResolvers<ReceiverAnswer>();
    const fail = (code: string, text: string, cause?: unknown): void => reject(new TryLater(text, { code, phase: 'answer', cause }));
    const timer = setTimeout(() => fail('HL7_OUT_NO_ANSWER', 'the receiver did not answer in time'), answerLimitMs);
    this.#onLost = (cause) => fail('HL7_OUT_LOST', 'the receiver closed the connection before its answer', cause);
    this.#onAnswer = (text) => {
      const answer = readAnswer(text);
      if (answer?.controlId === controlId) resolve(answer);
    };
    try {
      socket.write(mllpFrame(message));
      return await promise;
    } catch (cause) {
      this.close();
      throw cause;
    } finally {
      clearTimeout(timer);
      this.#onAnswer = null;
      this.#onLost = null;
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #connect(): Promise<Socket> {
    const { host, port, tls } = this.#address;
    const socket = tls ? connectTls({ host, port, minVersion: 'TLSv1.2', ...tls }) : connect({ host, port });
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const fail = (cause: unknown): void => {
      socket.destroy();
      reject(new TryLater('the receiver cannot be reached', { code: 'HL7_OUT_UNREACHABLE', phase: 'connect', cause }));
    };
    const timer = setTimeout(() => fail(new Error('connect timed out')), this.#connectLimitMs);
    socket.once('error', fail);
    socket.once(tls ? 'secureConnect' : 'connect', () => resolve(socket));
    return promise.then(() => this.#use(socket, fail)).finally(() => clearTimeout(timer));
  }

  #use(socket: Socket, fail: (cause: unknown) => void): Socket {
    socket.off('error', fail);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    this.#reader = new FrameReader({ maxFrameBytes: MAX_ANSWER_BYTES });
    this.#socket = socket;
    let lastError: unknown;
    socket.on('error', (error) => {
      lastError = error;
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
      this.#onLost?.(lastError);
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    return socket;
  }

  #read(chunk: Buffer): void {
    const events = this.#reader.push(chunk);
    // An answer needs no wait for the CR behind its FS.
    for (const event of this.#reader.awaitsCr ? [...events, ...this.#reader.silence()] : events) {
      if (event.kind === 'frame') this.#onAnswer?.(event.bytes.toString('utf8'));
    }
  }
}

/** Null for what is no acknowledgement. */
function readAnswer(text: string): (ReceiverAnswer & { readonly controlId: string }) | null {
  const message = parseMessage(text);
  if (!message) return null;
  const msa = firstSegment(message, 'MSA');
  const get = (number: number): string => value(field(msa, number), message.delimiters);
  const code = get(1).toUpperCase();
  return /^[AC][AER]$/.test(code) ? { code, controlId: get(2), text: get(3).slice(0, 200) } : null;
}
