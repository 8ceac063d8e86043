/** Cuts a byte stream into MLLP frames (HL7 Transport Specification MLLP R1: VT, message, FS CR). Pure: bytes in, events out, no clock. */
const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;
const LF = 0x0a;

export type FrameFlag =
  /** FS was not followed by CR. */
  | 'no-cr-after-fs'
  /** The sender forgot FS: the next message began inside this one. What we hold is cut off. */
  | 'cut-off'
  /** Longer than allowed: only its first bytes were kept. */
  | 'too-large';

export type FrameEvent =
  | { readonly kind: 'frame'; readonly bytes: Buffer; readonly flags: readonly FrameFlag[]; readonly length: number }
  /** Bytes that stand in no frame: dropped, counted since the last good frame. */
  | { readonly kind: 'garbage'; readonly count: number }
  /** The connection ended inside a frame: the sender has no acknowledgement and will send again. */
  | { readonly kind: 'incomplete'; readonly count: number };

export interface FrameLimits {
  readonly maxFrameBytes: number;
  /** How much of a message that is too long is kept, so that its header can be answered. */
  readonly keptHeadBytes: number;
}

const FRAME_LIMITS: FrameLimits = { maxFrameBytes: 32 * 1024 * 1024, keptHeadBytes: 64 * 1024 };

/** A VT in the text is content, unless one of these follows: then it starts a message. */
const STARTS = ['MSH', 'FHS', 'BHS'].map((name) => Buffer.from(name, 'latin1'));

/** Holds what is not decided yet: nothing, an FS, or a VT with the first letters of a segment name. */
type Held = { readonly kind: 'nothing' } | { readonly kind: 'fs' } | { readonly kind: 'vt'; readonly letters: readonly number[] };
const NOTHING: Held = { kind: 'nothing' };

/** One per connection. Feed it with `push`, tell it of a second's silence and of the end. */
export class FrameReader {
  readonly #limits: FrameLimits;
  #inside = false;
  #held: Held = NOTHING;
  #buffer: Buffer = Buffer.alloc(0);
  #kept = 0;
  #length = 0;
  #garbage = 0;
  #events: FrameEvent[] = [];

  constructor(limits: Partial<FrameLimits> = {}) {
    this.#limits = { ...FRAME_LIMITS, ...limits };
  }

  /** True between VT and the end of a frame: a sender may not be silent for long here. */
  get insideFrame(): boolean {
    return this.#inside;
  }

  /** Bytes that are held of a frame that has not ended. */
  get heldBytes(): number {
    return this.#kept;
  }

  /** True when an FS came and nothing since: after a second of silence the frame counts as ended. */
  get awaitsCr(): boolean {
    return this.#held.kind === 'fs';
  }

  push(chunk: Uint8Array): FrameEvent[] {
    const garbageBefore = this.#garbage;
    for (let at = 0; at < chunk.length; at++) {
      if (!this.#inside) this.#outside(chunk[at] as number);
      else if (this.#held.kind === 'nothing') at = this.#content(chunk, at);
      else this.#decide(this.#held, chunk[at] as number);
    }
    if (this.#garbage > garbageBefore) this.#events.push({ kind: 'garbage', count: this.#garbage });
    return this.#take();
  }

  /** Call after a second without bytes while `awaitsCr`. */
  silence(): FrameEvent[] {
    if (this.#held.kind === 'fs') this.#finish(['no-cr-after-fs']);
    return this.#take();
  }

  /** Call when the sender has ended its side. */
  end(): FrameEvent[] {
    if (this.#held.kind === 'fs') this.#finish(['no-cr-after-fs']);
    else if (this.#inside) this.#events.push({ kind: 'incomplete', count: this.#length });
    this.#inside = false;
    return this.#take();
  }

  #outside(byte: number): void {
    if (byte === VT) this.#start();
    else if (byte !== CR && byte !== LF) this.#garbage++;
  }

  /** Copies content up to the next VT or FS; returns the index of the last byte it used. */
  #content(chunk: Uint8Array, from: number): number {
    let to = from;
    while (to < chunk.length && chunk[to] !== VT && chunk[to] !== FS) to++;
    if (to > from) this.#append(chunk.subarray(from, to));
    if (to === chunk.length) return to;
    this.#held = chunk[to] === FS ? { kind: 'fs' } : { kind: 'vt', letters: [] };
    return to;
  }

  #decide(held: Exclude<Held, { kind: 'nothing' }>, byte: number): void {
    if (held.kind === 'fs') {
      if (byte === CR) return this.#finish([]);
      if (byte === LF) return this.#finish(['no-cr-after-fs']);
      if (byte === VT) {
        this.#finish(['no-cr-after-fs']);
        return this.#start();
      }
      this.#release([FS]);
    } else {
      const letters = [...held.letters, byte];
      if (STARTS.some((name) => letters.every((letter, index) => letter === name[index]))) {
        if (letters.length < 3) this.#held = { kind: 'vt', letters };
        else this.#restart(letters);
        return;
      }
      this.#release([VT, ...held.letters]);
    }
    this.#content(Uint8Array.of(byte), 0);
  }

  /** What was held turns out to be content. */
  #release(bytes: readonly number[]): void {
    this.#held = NOTHING;
    this.#append(Uint8Array.from(bytes));
  }

  #restart(letters: readonly number[]): void {
    if (this.#length > 0) this.#finish(['cut-off']);
    this.#start();
    this.#append(Uint8Array.from(letters));
  }

  #start(): void {
    this.#inside = true;
    this.#held = NOTHING;
    this.#kept = 0;
    this.#length = 0;
  }

  #finish(flags: readonly FrameFlag[]): void {
    const tooLarge = this.#length > this.#limits.maxFrameBytes;
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#kept));
    this.#events.push({ kind: 'frame', bytes, flags: tooLarge ? [...flags, 'too-large'] : flags, length: this.#length });
    if (this.#buffer.length > this.#limits.keptHeadBytes) this.#buffer = Buffer.alloc(0);
    this.#inside = false;
    this.#held = NOTHING;
    this.#garbage = 0;
    this.#kept = 0;
    this.#length = 0;
  }

  #append(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.#limits.maxFrameBytes) {
      this.#kept = Math.min(this.#kept, this.#limits.keptHeadBytes);
      if (this.#kept < this.#limits.keptHeadBytes) this.#copy(part.subarray(0, this.#limits.keptHeadBytes - this.#kept));
      return;
    }
    this.#copy(part);
  }

  #copy(part: Uint8Array): void {
    const needed = this.#kept + part.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(needed, this.#buffer.length * 2, 4096));
      this.#buffer.copy(grown, 0, 0, this.#kept);
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#kept);
    this.#kept = needed;
  }

  #take(): FrameEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** Puts a message into a frame. The message must hold no VT or FS; they would end it early, so they are refused. */
export function mllpFrame(message: Uint8Array): Buffer {
  if (message.includes(VT) || message.includes(FS)) throw new RangeError('a message with VT or FS bytes cannot be framed by MLLP');
  return Buffer.concat([Buffer.of(VT), message, Buffer.of(FS, CR)]);
}
