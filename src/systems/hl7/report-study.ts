/** Which examination a report is about: accession candidates, Study Instance UID, procedure, modality. Pure. */
import { type Accession, accession, type DicomUid, dicomUid } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import { capitals, type FieldPath, field, fieldPath, repetitions, value, valueAt, valueIn, valuesAt } from './fields.ts';
import type { Delimiters, ParsedMessage, Segment } from './message.ts';
import type { Observation } from './observation-rows.ts';
import type { SourceProfile } from './source-profile.ts';

export interface AccessionFound {
  readonly accession: Accession | null;
  readonly candidates: Report['accessionCandidates'];
  readonly flags: readonly string[];
}

/** DICOM Accession Number is an SH: longer ones cannot be in an archive as they are. */
const ACCESSION_LENGTH = 16;

/** A source's places, read once. */
const PATHS = new WeakMap<SourceProfile, readonly FieldPath[]>();

function accessionPaths(profile: SourceProfile): readonly FieldPath[] {
  const known = PATHS.get(profile);
  if (known) return known;
  const places = [profile.accessionField, 'IPC-1', profile.ihe ? 'OBR-18' : undefined, 'OBR-3.1', 'ORC-3.1', 'OBR-2.1'];
  const paths = [...new Set(places.filter((place) => place !== undefined))].map(fieldPath);
  PATHS.set(profile, paths);
  return paths;
}

const ZDS_1 = fieldPath('ZDS-1');
const IPC_3 = fieldPath('IPC-3');

/** The list of interfaces.md in the source's order. `part` is the message, or the segments of one order in it. */
export function findAccession(part: ParsedMessage, profile: SourceProfile): AccessionFound {
  const candidates: { value: string; field: string }[] = [];
  let chosen: Accession | null = null;
  let place = '';
  let isUnusable = false;
  let isSeveral = false;
  for (const path of accessionPaths(profile)) {
    for (const text of valuesAt(part, path)) {
      candidates.push({ value: text, field: path.text });
      const usable = accession(text);
      if (usable === undefined) isUnusable = true;
      else if (chosen !== null) isSeveral ||= place === path.text;
      else {
        chosen = usable;
        place = path.text;
      }
    }
  }
  const flags: string[] = [];
  if (isUnusable) flags.push('accession-unusable');
  if (chosen !== null && chosen.length > ACCESSION_LENGTH) flags.push('accession-too-long-for-dicom');
  if (isSeveral) flags.push('several-accessions');
  return { accession: chosen, candidates, flags };
}

export interface StudyUidFound {
  readonly studyInstanceUid: DicomUid | null;
  readonly flags: readonly string[];
}

/** ZDS-1 (IHE RAD-4), OBX 113014 (IHE RAD-128) or "Study Instance UID" (RAD-28), IPC-3. */
export function findStudyUid(part: ParsedMessage, rows: readonly Observation[]): StudyUidFound {
  const { delimiters } = part;
  const inRows: string[] = [];
  for (const row of rows) {
    if (!row.kind.isStudyUid) continue;
    for (const words of row.words) for (const raw of repetitions(words, delimiters)) inRows.push(...raw.split(delimiters.component));
  }
  const all = [...valuesAt(part, ZDS_1), ...inRows.map((raw) => value(raw, delimiters)), ...valuesAt(part, IPC_3)];
  if (all.length === 0) return { studyInstanceUid: null, flags: [] };
  const uids = [...new Set(all.map((text) => dicomUid(text)).filter((uid) => uid !== undefined))];
  const flags = uids.length > 1 ? ['several-study-uids'] : uids.length === 0 && all.some((text) => text !== '') ? ['study-uid-unusable'] : [];
  return { studyInstanceUid: uids[0] ?? null, flags };
}

export function findProcedure(order: Segment | undefined, part: ParsedMessage): Report['procedure'] {
  const raw = field(order, 4);
  // CWE: a code, its text, its system; then the same once more in the sender's own words.
  return codeIn(raw, 1, part.delimiters) ?? codeIn(raw, 4, part.delimiters);
}

function codeIn(raw: string, first: number, delimiters: Delimiters): Report['procedure'] {
  const code = valueIn(raw, first, 1, delimiters);
  const text = valueIn(raw, first + 1, 1, delimiters);
  return code || text ? { code, text, system: valueIn(raw, first + 2, 1, delimiters) } : null;
}

/** OBR-24 (table 0074 and what is used instead of it) to the DICOM modality. */
const MODALITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CT: 'CT',
    MR: 'MR',
    MRI: 'MR',
    NMR: 'MR',
    CR: 'CR',
    DX: 'DX',
    DR: 'DX',
    XR: 'DX',
    RX: 'DX',
    US: 'US',
    RUS: 'US',
    NM: 'NM',
    NMS: 'NM',
    PT: 'PT',
    PET: 'PT',
    MG: 'MG',
  }),
);

/** First match counts; an empty answer means that the words name two techniques, or one that none of these is. */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(PET|PETCT|SPECT|DEXA|DXA|FUSION|INTERVENTION\w*|IR)\b/i, ''],
  [/\b(CT|CTA|CAT SCAN|COMPUTED TOMOGRAPHY)\b/i, 'CT'],
  [/\b(MR|MRI|MRA|MAGNETIC RESONANCE)\b/i, 'MR'],
  [/\b(US|ULTRASOUND|SONOGRAM|DOPPLER)\b/i, 'US'],
  [/\bMAMM/i, 'MG'],
  [/\b(XR|X-?RAY|RADIOGRAPHS?|DX|CR|VIEWS?)\b|\b\dviews?\b/i, 'DX'],
];

/** Null when the message does not say it plainly. */
export function findModality(order: Segment | undefined, procedure: Report['procedure'], part: ParsedMessage): string | null {
  const section = capitals(valueAt(order, 24, 1, part.delimiters));
  const named = MODALITIES.get(section);
  if (named) return named;
  return BY_WORDS.find(([words]) => words.test(procedure?.text ?? ''))?.[1] || null;
}
