/** New names from old ones by a secret (HMAC-SHA-256): the same secret gives the same names in every run, and nobody without it can go back. */
import { createHmac } from 'node:crypto';

export interface Pseudonyms {
  /** 'P' and 16 hex digits, of a patient's number within its source. */
  patient(source: string, patientId: string): string;
  /** 'S' and 16 hex digits. */
  study(studyInstanceUid: string): string;
  /** A UUID-derived UID (PS3.5 annex B.2). The standard's own UIDs (1.2.840.10008.) stay. */
  uid(uid: string): string;
  /** Days by which everything of a patient is moved back: 1 to 3650. */
  daysBack(patient: string): number;
  /** A number from 0 up to 1 that is the patient's own: orders draws and splits without a random source. */
  draw(purpose: string, name: string): number;
}

const SHORTEST_SECRET = 32;

/** Throws RangeError for a secret that could be guessed. */
export function makePseudonyms(secret: string): Pseudonyms {
  const key = secret.trim();
  if (key.length < SHORTEST_SECRET)
    throw new RangeError(`the secret must have at least ${SHORTEST_SECRET} characters: openssl rand -hex 32 makes one`);
  const digest = (kind: string, text: string): Buffer => createHmac('sha256', key).update(`${kind}\0${text}`).digest();
  const hex = (kind: string, text: string): string => digest(kind, text).toString('hex', 0, 8);
  return {
    patient: (source, patientId) => `P${hex('patient', `${source}\0${patientId}`)}`,
    study: (studyInstanceUid) => `S${hex('study', studyInstanceUid)}`,
    uid: (uid) => {
      if (uid === '' || uid.startsWith('1.2.840.10008.')) return uid;
      const bytes = digest('uid', uid).subarray(0, 16);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
    },
    daysBack: (patient) => 1 + (digest('days', patient).readUInt32BE(0) % 3650),
    draw: (purpose, name) => digest(`draw ${purpose}`, name).readUInt32BE(0) / 2 ** 32,
  };
}

/** YYYYMMDD moved back by whole days; anything else becomes empty. */
export function shiftedDay(day: string, daysBack: number): string {
  const found = /^(\d{4})\.?(\d{2})\.?(\d{2})/.exec(day.trim());
  if (!found) return '';
  const at = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])) - daysBack * 86_400_000;
  return Number.isFinite(at) ? new Date(at).toISOString().slice(0, 10).replaceAll('-', '') : '';
}
