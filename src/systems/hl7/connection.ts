/** One sender's connection: bytes to frames, frames one after the other to the intake, answers back in the same order. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Log } from '#src/lib/log.ts';
import type { Clock, Intake } from '#src/ports.ts';
import { buildAck } from './ack.ts';
import { answerCodes } from './answer-codes.ts';
import { splitBatch } from './batch.ts';
import { commitMessage } from './commit-message.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { type FrameEvent, FrameReader, mllpFrame } from './mllp-frame.ts';
import { type FrameOrigin, type ReceivedFrame, receiveFrame } from './receive-frame.ts';

/** Shared by all connections of a listener: bytes in work, and who waits for less of them. */
export interface Flow {
  inFlightBytes: number;
  unfinishedBytes: number;
  readonly waiting: Set<() => void>;
}

export interface ConnectionSurroundings {
  readonly intake: Intake;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ListenerLimits;
  readonly origin: FrameOrigin;
  readonly flow: Flow;
}

/** After our last byte, a peer has this long to end its side. */
const LINGER_MS = 500;

type Frame = Extract<FrameEvent, { kind: 'frame' }>;

export class Connection {
  readonly #socket: Socket;
  readonly #around: ConnectionSurroundings;
  readonly #reader: FrameReader;
  readonly #queue: Frame[] = [];
  #unfinished = 0;
  #working = false;
  #ended = false;
  #draining = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #wake = (): void => this.#resume();
  #finish: () => void = () => {};
  readonly #finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(socket: Socket, around: ConnectionSurroundings) {
    this.#socket = socket;
    this.#around = around;
    this.#reader = new FrameReader({ maxFrameBytes: around.limits.maxFrameBytes });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk: Buffer) => this.#draining || this.#take(this.#reader.push(chunk)));
    socket.on('end', () => this.#end());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
  }

  /** Finishes what has arrived whole, answers it, and ends. Bytes that come after this are not looked at: without an ACK they are sent again. */
  drain(): void {
    this.#draining = true;
    clearTimeout(this.#timer);
    this.#around.flow.waiting.delete(this.#wake);
    this.#socket.resume();
    this.#endIfDone();
  }

  /** Resolves when the socket is closed and no message is in work. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(events: readonly FrameEvent[]): void {
    const { limits, log, origin } = this.#around;
    for (const event of events) {
      if (event.kind === 'frame') {
        this.#queue.push(event);
        this.#around.flow.inFlightBytes += event.bytes.length;
      } else if (event.kind === 'incomplete') {
        log.warn('listener.refused', { source: origin.profile.name, code: 'HL7_INCOMPLETE', ack: 'none' });
      } else if (event.count > limits.maxGarbageBytes) {
        this.#hangUp('HL7_GARBAGE');
      }
    }
    this.#countUnfinished(this.#reader.insideFrame ? this.#reader.heldBytes : 0);
    if (this.#around.flow.unfinishedBytes > limits.maxUnfinishedBytes) this.#hangUp('HL7_TOO_MUCH_UNFINISHED');
    if (this.#isFull()) this.#pause();
    this.#watchSilence();
    void this.#work();
  }

  #countUnfinished(bytes: number): void {
    this.#around.flow.unfinishedBytes += bytes - this.#unfinished;
    this.#unfinished = bytes;
  }

  #isFull(): boolean {
    const { flow, limits } = this.#around;
    return this.#queue.length >= limits.maxQueuedFrames || flow.inFlightBytes >= limits.maxInFlightBytes;
  }

  #pause(): void {
    this.#socket.pause();
    this.#around.flow.waiting.add(this.#wake);
  }

  #resume(): void {
    if (this.#draining || this.#socket.destroyed || this.#queue.length > this.#around.limits.maxQueuedFrames / 2 || this.#isFull()) return;
    this.#around.flow.waiting.delete(this.#wake);
    this.#socket.resume();
    this.#watchSilence();
  }

  /** One timer: a second after an FS without CR, or the idle limit inside a frame; none while we are the ones who wait. */
  #watchSilence(): void {
    clearTimeout(this.#timer);
    if (!this.#reader.insideFrame || this.#socket.isPaused() || this.#ended) return;
    const { limits } = this.#around;
    const ms = this.#reader.awaitsCr ? limits.crWaitMs : limits.frameIdleMs;
    this.#timer = setTimeout(() => this.#silent(), ms).unref();
  }

  #silent(): void {
    if (this.#reader.awaitsCr) return this.#take(this.#reader.silence());
    this.#hangUp('HL7_FRAME_IDLE');
  }

  /** Closes on a sender that does what no sender should. Whole messages that it sent before are stored all the same. */
  #hangUp(code: string): void {
    this.#around.log.warn('listener.refused', { source: this.#around.origin.profile.name, code, ack: 'none' });
    this.#socket.destroy();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let frame = this.#queue.shift(); frame; frame = this.#queue.shift()) {
      // A sender that is gone has no use for an answer, but its whole message is stored all the same.
      await this.#process(frame).catch((cause: unknown) => this.#unexpected(cause));
      this.#resume();
    }
    this.#working = false;
    this.#endIfDone();
  }

  async #process(frame: Frame): Promise<void> {
    const { flow } = this.#around;
    let held = frame.bytes.length;
    const release = (): void => {
      flow.inFlightBytes -= held;
      held = 0;
      for (const wake of flow.waiting) wake();
    };
    const settled: Promise<unknown>[] = [];
    try {
      for (const part of splitBatch(frame.bytes)) {
        const { settled: done } = await this.#answer(receiveFrame(part, frame.flags, this.#around.origin));
        settled.push(done);
      }
    } finally {
      void Promise.all(settled).then(release);
    }
  }

  /** Commits one message, then answers. `settled`: when the intake lets go of the bytes. */
  async #answer(frame: ReceivedFrame): Promise<{ settled: Promise<unknown> }> {
    const { intake, limits, log, origin } = this.#around;
    const source = origin.profile.name;
    if (frame.admission.kind === 'ignore') {
      log.warn('listener.refused', { source, code: 'HL7_UNASKED_ACK', ack: 'none' });
      return { settled: Promise.resolve() };
    }
    const started = performance.now();
    const done = await commitMessage(frame, intake, limits.commitLimitMs);
    const codes = answerCodes(frame.header, done.outcome, origin.profile.ackMode);
    for (const code of codes) await this.#send(this.#ackBytes(frame, code, done.outcome, done.code));
    const ack = codes.join(' ') || 'none';
    if (done.code !== null) log.warn('listener.refused', { source, code: done.code, ack });
    log.info('listener.message', {
      source,
      messageType: loggable(frame.raw.messageType),
      bytes: frame.raw.bytes.length,
      ack,
      ms: Math.round(performance.now() - started),
      ...(done.messageId === null ? {} : { messageId: done.messageId }),
    });
    return { settled: done.settled };
  }

  #ackBytes(frame: ReceivedFrame, code: Parameters<typeof buildAck>[0]['code'], outcome: string, faultCode: string | null): Buffer {
    const { admission } = frame;
    const refused = admission.kind === 'refuse' ? { code: admission.errorCode, text: admission.fault.text } : null;
    const error =
      outcome === 'accepted' ? null : outcome === 'refused' ? refused : { code: '207', text: `not stored, please send again (${faultCode ?? ''})` };
    return mllpFrame(buildAck({ header: frame.header, code, controlId: newControlId(), at: this.#around.clock.now(), error }));
  }

  /** Waits until the sender has read enough: a sender that never reads its answers is not read either. */
  async #send(bytes: Buffer): Promise<void> {
    const socket = this.#socket;
    if (!socket.writable || socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  #unexpected(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error('unknown');
    this.#around.log.error('fault.unexpected', { where: 'hl7-connection', name: error.name, code: 'HL7_UNEXPECTED' });
    // Without an answer the sender would wait for ever; a closed connection makes it send again.
    this.#socket.destroy();
  }

  #end(): void {
    this.#take(this.#reader.end());
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#working || this.#queue.length > 0) return;
    if (this.#socket.destroyed) return this.#finish();
    if (!this.#ended && !this.#draining) return;
    const socket = this.#socket;
    // A peer that does not end its side in turn is not waited for.
    if (!socket.writableEnded) socket.end(() => setTimeout(() => socket.destroy(), LINGER_MS).unref());
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#countUnfinished(0);
    this.#around.flow.waiting.delete(this.#wake);
    for (const wake of this.#around.flow.waiting) wake();
    this.#endIfDone();
  }
}

/** Of this process: no two processes answer under one id. */
const PROCESS_MARK = `BS${randomBytes(6).toString('hex').toUpperCase()}`;
let answers = 0;

/** MSH-10 of ours: 20 characters, the most that HL7 2.5 allows. Counted, because asking for random bytes costs more than building the answer. */
function newControlId(): string {
  answers = (answers + 1) % 36 ** 6;
  return PROCESS_MARK + answers.toString(36).toUpperCase().padStart(6, '0');
}

/** A message type is a code; anything else could be a patient's name in the wrong place. */
function loggable(type: string): string {
  return /^[A-Z]{3}(\^[A-Z][A-Z0-9]{2})?$/.test(type) ? type : 'other';
}
