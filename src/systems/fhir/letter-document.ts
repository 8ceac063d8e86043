/** The letter of a case as a DocumentReference with the PDF inside, one for each case: a corrected report changes it, and what no longer stands is withdrawn. */
import { createHash } from 'node:crypto';
import type { DocumentReference, Resource } from '@medplum/fhirtypes';
import type { Case, WrittenResource } from '../../case/case.ts';
import { AskAHuman, TryLater } from '../../lib/errors.ts';
import { keyOf } from './keys.ts';
import { letterLayout, type Picture } from './letter-layout.ts';
import { letterPdf } from './letter-pdf.ts';
import { letterWords } from './letter-words.ts';
import { says } from './merge-resource.ts';
import { KEY_SYSTEM, LOINC } from './names.ts';
import { dateTime, identifierOf, metaOf } from './planned.ts';
import type { RecordClient, Stored } from './record-client.ts';
import { Refusal } from './refusal.ts';

export interface LetterOptions {
  readonly declareProfiles: boolean;
  readonly mode: 'live' | 'test';
  readonly productVersion: string;
}

const CHANGES_BEFORE_LATER = 3;

/** Null when the case has nothing that a letter may say, or no patient of the record to say it of. The same case gives the same bytes. */
export function letterDocument(subject: Case, picture: Picture | null, options: LetterOptions): DocumentReference | null {
  const { history, decision, report } = subject.facts;
  const words = letterWords(subject, options.productVersion);
  if (!words || !history) return null;
  const layout = letterLayout(words, picture);
  const pdf = letterPdf(layout.texts, layout.picture, words.title);
  const date = dateTime(report.examinedAt);
  return {
    resourceType: 'DocumentReference',
    meta: metaOf({ ...options, caseId: subject.id, profileName: 'referral-letter', madeByModel: true }),
    identifier: identifierOf(keyOf(subject.id, 'letter')),
    status: 'current',
    docStatus: decision?.confirmedBy ? 'final' : 'preliminary',
    type: { coding: [{ system: LOINC, code: '57133-1', display: 'Referral note' }], text: words.title },
    subject: { reference: history.patientReference },
    author: [{ type: 'Device', display: `Backstop ${options.productVersion} (artificial intelligence)` }],
    description: `${words.title}: rule ${decision?.rule ?? 'none'}, report version ${subject.reportVersion}`,
    content: [
      {
        attachment: {
          contentType: 'application/pdf',
          language: 'en',
          data: pdf.toString('base64'),
          size: pdf.length,
          hash: createHash('sha1').update(pdf).digest('base64'),
          title: words.title,
        },
      },
    ],
    ...(date && { context: { period: { start: date } } }),
  };
}

/** Null: nothing to say and nothing there. Throws AskAHuman (FHIR_LETTER_REFUSED) when the record takes no documents, TryLater as the client does. */
export async function writeLetter(client: RecordClient, subject: Case, wanted: DocumentReference | null): Promise<WrittenResource | null> {
  const key = keyOf(subject.id, 'letter');
  const query = `identifier=${encodeURIComponent(`${KEY_SYSTEM}|${key}`)}`;
  try {
    const there = await findLetters(client, query);
    for (const extra of there.slice(1)) await change(client, extra, asWithdrawn);
    const [first] = there;
    if (!wanted) {
      if (first) await change(client, first, asWithdrawn);
      return null;
    }
    const existing = first ?? (await client.createOnce(wanted, query)) ?? (await findLetters(client, query))[0];
    const saved = existing && (await change(client, existing, (current) => (sameLetter(current, wanted) ? null : merged(current, wanted))));
    if (!saved) throw new TryLater('a letter that must be there is not found', { code: 'FHIR_NOT_FOUND_AFTER_CREATE', phase: 'answer' });
    return { resourceType: 'DocumentReference', id: saved.id, versionId: saved.meta?.versionId ?? null, key, role: 'letter' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AskAHuman(`the health record refuses the letter (${[error.status, ...error.issueCodes].join(' ')})`, {
      code: 'FHIR_LETTER_REFUSED',
      phase: 'send',
      cause: error,
    });
  }
}

/** Gives 1 when there was a letter to withdraw. A record without documents has none. */
export async function withdrawLetter(client: RecordClient, caseId: string): Promise<number> {
  const query = `identifier=${encodeURIComponent(`${KEY_SYSTEM}|${keyOf(caseId, 'letter')}`)}`;
  try {
    const standing = (await findLetters(client, query)).filter((one) => one.status !== 'entered-in-error');
    for (const letter of standing) await change(client, letter, asWithdrawn);
    return standing.length;
  } catch (error) {
    if (error instanceof Refusal && [403, 404, 405, 501].includes(error.status)) return 0;
    throw error;
  }
}

type Letter = Stored<DocumentReference>;

/** Oldest first: of two that a race made, the oldest stays. */
async function findLetters(client: RecordClient, query: string): Promise<readonly Letter[]> {
  const { resources } = await client.search(`DocumentReference?${query}`, 10);
  const age = (resource: Resource) => `${resource.meta?.lastUpdated ?? ''} ${resource.id ?? ''}`;
  return resources
    .filter((one): one is Letter => one.resourceType === 'DocumentReference' && one.id !== undefined)
    .toSorted((a, b) => age(a).localeCompare(age(b)));
}

/** By hash: a server may keep the PDF elsewhere and give a URL for it. */
function sameLetter(there: Letter, wanted: DocumentReference): boolean {
  const hash = (document: DocumentReference) => document.content[0]?.attachment.hash;
  return (
    there.status === wanted.status && there.docStatus === wanted.docStatus && hash(there) === hash(wanted) && says(there.subject, wanted.subject)
  );
}

function merged(there: Letter, wanted: DocumentReference): Letter {
  return { ...there, ...wanted, id: there.id, meta: { ...there.meta, ...wanted.meta } };
}

function asWithdrawn(there: Letter): Letter | null {
  return there.status === 'entered-in-error' ? null : { ...there, status: 'entered-in-error' };
}

/** With If-Match; when somebody else was quicker it is made anew on what they left. */
async function change(client: RecordClient, letter: Letter, make: (current: Letter) => Letter | null): Promise<Letter | undefined> {
  let current: Letter | undefined = letter;
  for (let attempt = 0; attempt < CHANGES_BEFORE_LATER && current !== undefined; attempt += 1) {
    const next = make(current);
    if (next === null) return current;
    const saved: Letter | 'changed' = await client.update<DocumentReference>(next);
    if (saved !== 'changed') return saved;
    current = (await client.read('DocumentReference', letter.id)) as Letter | undefined;
  }
  if (current === undefined) return undefined;
  throw new TryLater('others keep changing the letter', { code: 'FHIR_CHANGED_MEANWHILE', phase: 'send' });
}
