/**
 * One turn of filing: the oldest messages that wait, as many as go together, in one transaction; then, each in its own, those of them whose case was there
 * already. The advisory lock in each transaction makes one listener of several file at a time, in the order of arrival; that a message waits is its claim,
 * so none is filed twice.
 */
import { type CaseId, type MessageId, messageId } from '#src/case/ids.ts';
import { nextStep } from '#src/flow.ts';
import type { Enqueue } from './case-store.ts';
import { type BatchJobs, fileBatch, type ToFile } from './file-batch.ts';
import { fileMessage, type Reading } from './file-message.ts';
import { examinationKey } from './fresh-case.ts';
import type { Client, Pool } from './pool.ts';
import * as sql from './queries.ts';

/** A stored message that waits, as the reader gets it. */
export interface Unfiled {
  readonly id: MessageId;
  readonly source: string;
  readonly messageType: string;
  readonly charset: string;
  readonly flags: readonly string[];
  /** Since it came. */
  readonly waitedMs: number;
  readonly bytes: Uint8Array;
}

export interface TurnOptions {
  readonly pool: Pool;
  readonly jobs: BatchJobs;
  readonly enqueue: Enqueue;
  /** Sources whose messages this process can read. */
  readonly sources: readonly string[];
  /** Pure: from bytes to what they mean. */
  read(message: Unfiled): Reading;
}

export interface Filed {
  readonly message: Unfiled;
  readonly caseId: CaseId | null;
  readonly unusableCode: string | null;
}

/** A turn that failed. */
export class TurnFault extends Error {
  /** Null: not the fault of one message by itself. */
  readonly culprit: MessageId | null;
  /** True when the connection lived on and the error is of the kind that data cause. */
  readonly isOfItems: boolean;
  constructor(cause: unknown, culprit: MessageId | null, isOfItems: boolean) {
    super('filing failed', { cause });
    this.culprit = culprit;
    this.isOfItems = isOfItems;
  }
}

const MOST_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly message: Unfiled;
  readonly reading: Reading;
}

export interface Turn {
  /** In order. */
  readonly filed: readonly Filed[];
  /** False when nothing else waited when it began. */
  readonly more: boolean;
}

/** `most` 1: the oldest, alone. Throws TurnFault. */
export async function fileTurn(options: TurnOptions, most: number): Promise<Turn> {
  const { waiting, run, done } = await inTurn(options.pool, async (tx) => {
    const waiting = (await unfiled(tx, options.sources, most)).map((message) => ({ message, reading: safely(options, message) }));
    const run = most > 1 ? takeRun(waiting) : [];
    return { waiting, run, done: run.length > 0 ? await fileBatch(tx, options.jobs, run.map(toFile)) : new Map<MessageId, CaseId | null>() };
  });
  const step = nextStep('received');
  if (step && done.size > 0) options.jobs.wake(step.queue);
  const taken = run.length > 0 ? run : waiting.slice(0, 1);
  const filed: Filed[] = [];
  for (const one of taken) {
    const { id } = one.message;
    const made = done.has(id) ? (done.get(id) ?? null) : await inTurn(options.pool, (tx) => fileAlone(tx, options.enqueue, one), id);
    if (made !== undefined) filed.push({ message: one.message, caseId: made, unusableCode: unusableOf(one.reading)?.code ?? null });
  }
  return { filed, more: waiting.length > taken.length || waiting.length >= most };
}

/** A reader that fails must not hold up the messages behind. */
function safely({ read }: TurnOptions, message: Unfiled): Reading {
  try {
    return read(message);
  } catch {
    return { kind: 'store', unusable: { code: 'HL7_PARSER_FAULT', text: 'reading the message failed; the message is kept' } };
  }
}

/** Undefined: another listener, or an eraser, was there first. */
async function fileAlone(tx: Client, enqueue: Enqueue, { message, reading }: Waiting): Promise<CaseId | null | undefined> {
  const waits = await tx.query(sql.isUnfiled, [message.id]);
  return waits.rowCount === 0 ? undefined : await fileMessage(tx, enqueue, message.id, message.source, reading);
}

/** It ends as a message that nobody could use: with its reason, on the page of what stopped, and to be replayed. False when it waits no more. */
export async function setAside(pool: Pool, id: MessageId, code: string, text: string): Promise<boolean> {
  return ((await pool.query(sql.setFiled, [id, null, code, text])).rowCount ?? 0) > 0;
}

/** Those at the head that can be filed in one statement: up to a merge, a message with several reports, or a second one about an examination. May be none. */
function takeRun(waiting: readonly Waiting[]): readonly Waiting[] {
  const keys = new Set<string>();
  const run: Waiting[] = [];
  for (const one of waiting) {
    const { reading } = one;
    const isPlain = reading.kind === 'store' || (reading.kind === 'report' && reading.more.length === 0);
    const key = reading.kind === 'report' && reading.report ? examinationKey(reading.report) : null;
    if (!isPlain || (key !== null && keys.has(key))) return run;
    if (key !== null) keys.add(key);
    run.push(one);
  }
  return run;
}

function toFile({ message, reading }: Waiting): ToFile {
  const report = reading.kind === 'report' ? reading.report : null;
  return { id: message.id, source: message.source, report, unusable: unusableOf(reading) };
}

function unusableOf(reading: Reading): ToFile['unusable'] {
  return reading.kind === 'merge' ? null : reading.unusable;
}

/** The driver writes bytes as hexadecimal text, twice their size, unless it is asked for the plain ones: then every column comes as bytes. */
const PLAIN = { binary: true, types: { getTypeParser: () => (value: Buffer) => Buffer.from(value) } } as const;

async function unfiled(tx: Client, sources: readonly string[], most: number): Promise<Unfiled[]> {
  const values = [sources, most, MOST_BYTES];
  const found = await tx.query<Record<string, Buffer>>({ name: 'unfiled', text: sql.unfiledMessages, values, ...PLAIN } as never);
  return found.rows.map((row) => {
    const text = (name: string): string => (row[name] as Buffer).toString('utf8');
    return {
      id: messageId(text('id')),
      source: text('source'),
      messageType: text('message_type'),
      charset: text('charset'),
      flags: JSON.parse(text('flags')) as string[],
      waitedMs: Number(text('waited_ms')),
      bytes: row['bytes'] as Buffer,
    };
  });
}

async function inTurn<T>(pool: Pool, work: (tx: Client) => Promise<T>, culprit: MessageId | null = null): Promise<T> {
  const tx = await pool.connect().catch((cause: unknown) => {
    throw new TurnFault(cause, null, false);
  });
  let isAlive = true;
  try {
    await tx.query(sql.beginFiling);
    const result = await work(tx);
    await tx.query('COMMIT');
    return result;
  } catch (cause) {
    isAlive = await tx.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    throw new TurnFault(cause, culprit, isAlive && isOfData(cause));
  } finally {
    tx.release(!isAlive);
  }
}

/** SQLSTATE of bad data, a broken rule of the tables, a limit of the program, a function's refusal. Without a SQLSTATE: our own code, or a lost connection. */
const OF_DATA = /^(21|22|23|54|P0|XX)\w{3}$/;
const OF_CONNECTION = /connect|terminat|timeout|timed out|clos|ended|socket|not queryable/i;

function isOfData(cause: unknown): boolean {
  if (!(cause instanceof Error)) return true;
  if ('severity' in cause && 'code' in cause) return OF_DATA.test(String(cause.code));
  return !('code' in cause && /^E[A-Z]+$/.test(String(cause.code))) && !OF_CONNECTION.test(cause.message);
}
