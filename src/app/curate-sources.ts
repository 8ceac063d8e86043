/** The reports of a curated set or of a backload: from a folder of HL7 files, or from our own store of messages. */

import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { MessageId } from '../case/ids.ts';
import type { Report } from '../case/report.ts';
import { reportVersionMove } from '../case/report-version.ts';
import type { Config } from '../config.ts';
import { messagesIn, readStoredMessage } from '../systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE, readSourceProfiles, type SourceProfile } from '../systems/hl7/source-profile.ts';
import { makeReplay } from '../systems/postgres/replay.ts';
import type { Data } from './open-data.ts';
import { openSpillFile, type SpillPlace } from './spill-file.ts';

export interface StoredReport {
  readonly report: Report;
  /** Every message that it was made from; none where they were not asked for. */
  readonly messages: readonly Uint8Array[];
}

/** Newest version of each examination's report, by source and accession number (or study). In memory are the keys; the reports lie in a spill file. */
export interface ReportHeap {
  /** Examinations. */
  readonly size: number;
  readonly messages: number;
  /** Messages that hold no usable report. */
  readonly unusable: number;
  /** In the order in which they came first. */
  keys(): Iterable<string>;
  get(key: string): StoredReport;
  close(): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly profile: SourceProfile;
  readonly flags: readonly string[];
}

/** All files below `folder`. A first folder whose name is a source's is read by that source's profile; any other name is taken as the source's name. */
export async function* piecesOfFolder(folder: string, config: Pick<Config, 'HL7_SOURCES'>): AsyncGenerator<Piece> {
  const profiles = profilesOf(config);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  for (const file of files.sort()) {
    const first = file.includes(sep) ? (file.split(sep)[0] ?? '') : '';
    const profile = profiles.find((one) => one.name === first) ?? named(first);
    for (const bytes of messagesIn(await readFile(join(folder, file)))) yield { bytes, profile, flags: [] };
  }
}

/** Messages that we received ourselves, from a day on. */
export async function* piecesOfStore(data: Data, since: Date, config: Pick<Config, 'HL7_SOURCES'>): AsyncGenerator<Piece> {
  const profiles = profilesOf(config);
  const store = makeReplay({ pool: data.pool, enqueue: data.jobs.enqueue });
  let after: MessageId | null = null;
  for (;;) {
    const messages: Awaited<ReturnType<typeof store.messages>> = await store.messages(since, after);
    for (const { bytes, source, flags } of messages) yield { bytes, profile: profiles.find((one) => one.name === source) ?? named(source), flags };
    after = messages.at(-1)?.id ?? null;
    if (after === null) return;
  }
}

export interface HeapWish {
  /** Keep the bytes of the messages too: what a curated set is searched for. Default true. */
  readonly withMessages?: boolean;
  /** Only reports of these days (YYYY-MM-DD, the second one excluded), and a margin in which a later version may move one. Default all. */
  readonly period?: { readonly from: string; readonly to: string };
  /** Where the spill file is made; it needs as much room as the reports and messages that are kept. Default the temporary folder. */
  readonly folder?: string;
}

/** Days around a period: an addendum comes within two months, or it is not found as one. */
const MARGIN_DAYS = 60;

/** What is not asked for is let go at once. Close it at the end. */
export async function heapOf(pieces: AsyncIterable<Piece>, { withMessages = true, period, folder = tmpdir() }: HeapWish = {}): Promise<ReportHeap> {
  const from = period && shifted(period.from, -MARGIN_DAYS);
  const to = period && shifted(period.to, MARGIN_DAYS);
  const isWanted = (report: Report): boolean => {
    const day = reportDay(report);
    return from === undefined || to === undefined || (day >= from && day < to);
  };

  const spill = openSpillFile<StoredReport>(folder);
  const places = new Map<string, SpillPlace>();
  const get = (key: string): StoredReport => spill.get(places.get(key) as SpillPlace);
  const keep = (key: string, report: Report, bytes: readonly Uint8Array[]): void =>
    void places.set(alone(key), spill.put(joined(places.has(key) ? get(key) : undefined, report, bytes)));
  let [messages, unusable] = [0, 0];
  const take = (piece: Piece): void => {
    messages += 1;
    const verdict = readStoredMessage(piece.bytes, piece.profile, piece.flags);
    if (verdict.kind !== 'report' || !verdict.report) {
      unusable += 1;
      return;
    }
    for (const one of [{ report: verdict.report, unusable: verdict.unusable }, ...verdict.more]) {
      const key = keyOf(one.report);
      if (one.unusable || key === null) unusable += 1;
      else if (isWanted(one.report)) keep(key, one.report, withMessages ? [piece.bytes] : []);
    }
  };
  try {
    for await (const piece of pieces) take(piece);
  } catch (error) {
    spill.close();
    throw error;
  }
  return { size: places.size, messages, unusable, keys: () => places.keys(), get, close: () => spill.close() };
}

/** The same text in memory of its own: a piece of a string holds all of that string, here a whole message. */
const alone = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');

function keyOf({ source, accession, studyInstanceUid }: Report): string | null {
  if (accession) return `${source}|accession|${accession}`;
  return studyInstanceUid ? `${source}|study|${studyInstanceUid}` : null;
}

/** Empty, and so in no period, where the report tells no time. */
export function reportDay({ reportedAt, examinedAt }: Report): string {
  return (reportedAt ?? examinedAt)?.slice(0, 10) ?? '';
}

const shifted = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

function joined(held: StoredReport | undefined, next: Report, bytes: readonly Uint8Array[]): StoredReport {
  if (!held) return { report: next, messages: bytes };
  const move = reportVersionMove(held.report, next);
  return { report: move.kind === 'replace' ? move.report : held.report, messages: [...held.messages, ...bytes] };
}

function profilesOf(config: Pick<Config, 'HL7_SOURCES'>): readonly SourceProfile[] {
  if (config.HL7_SOURCES === '') return [];
  const read = readSourceProfiles(readFileSync(config.HL7_SOURCES, 'utf8'));
  if ('faults' in read) throw new Error(`${config.HL7_SOURCES} is faulty: ${read.faults.join('; ')}`);
  return read.profiles;
}

function named(name: string): SourceProfile {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name) ? { ...DEFAULT_PROFILE, name } : DEFAULT_PROFILE;
}
